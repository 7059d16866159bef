"""replay: propose again what a study proposed, from its record alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.search.held import Held, recorded_sizes
from cnnsearch.search.rebuilding import Past, config_of, recall
from cnnsearch.search.starts import sampler_of
from cnnsearch.space import Config, config_key
from cnnsearch.study import Study
from cnnsearch.study.control.origins import is_queued

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True)
class Replayed:
    """A proposal, made again.

    Attributes:
        trial: its number.
        told: results that the sampler knew.
        recorded: the config that ran.
        proposed: what the sampler proposes now, told the same in the same order.
    """

    trial: int
    told: int
    recorded: Config
    proposed: Config | None

    @property
    def agrees(self) -> bool:
        return self.proposed is not None and config_key(self.recorded) == config_key(self.proposed)


def replay(study: str | os.PathLike[str] | Study) -> Iterator[Replayed]:
    """Make every proposal of the sampler of a study again, in order, with the versions that are installed now.

    A study that went on in another space, or with another sampler, is replayed in each as it was at the time.

    Args:
        study: path or URI of the study, or the study itself.

    Raises:
        InputError: it is none, or its record does not tell the order of its results.
    """
    known = study if isinstance(study, Study) else Study.load(study)
    past = Past.read(known.store)
    eras = [*_eras(known), (len(past.proposals), known.experiment)]
    for (first, experiment), (end, _) in pairwise(eras):
        yield from _replayed(past, experiment, first, end)


def _eras(study: Study) -> list[tuple[int, Experiment]]:
    """The number of the first proposal of each space and sampler, and the experiment with these."""
    found = []
    experiment = study.experiment
    for session in reversed(study.environment.get("resumed", ())):
        if session.get("replaced"):
            found.append((session["proposed"], experiment))
            with reading_a_record():
                experiment = experiment.updated(session["replaced"])
    return [(0, experiment), *reversed(found)]


def _replayed(past: Past, experiment: Experiment, first: int, end: int) -> Iterator[Replayed]:
    sampler = sampler_of(experiment, Held.of(experiment, recorded_sizes(past.proposals)))
    outcomes = list(past.outcomes(experiment))
    before = past.completed(experiment).proposals
    told = 0
    for number, line in enumerate(past.proposals[:end]):
        for trial, _, outcome in outcomes[told : line.told]:
            sampler.tell(trial, outcome)
        told = line.told
        if number < first or is_queued(line):  # what a user queued is no proposal of the sampler's
            recall(before[number], sampler)
        else:
            yield Replayed(line.trial, told, experiment.space.own(config_of(line)), sampler.propose(line.trial))
