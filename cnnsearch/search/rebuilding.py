"""What the record tells of a sweep so far, and how sampler and scheduler are brought to where they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import completed
from cnnsearch.search.samplers.sampler import Outcome, Untried
from cnnsearch.space import Config
from cnnsearch.space.values import freeze
from cnnsearch.study.record import ATTEMPTS, CURVES, PROPOSALS, TRIALS, read_lines
from cnnsearch.study.store import Store

if TYPE_CHECKING:
    from cnnsearch.sweep.decisions import Decisions

__all__ = ["Past", "rebuild_decisions", "rebuild_sampler", "recall"]

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Past:
    """The record of a sweep.

    Attributes:
        proposals: lines, in the order of the trials.
        epochs: lines of the curves, in the order in which they arrived.
        ends: lines of the trials that ended, in that order.
        attempts: lines, one for each time that a trial was given to another worker.
    """

    proposals: tuple[Line, ...]
    epochs: tuple[Line, ...]
    ends: tuple[Line, ...]
    attempts: tuple[Line, ...]

    @classmethod
    def read(cls, store: Store) -> Past:
        """The record of a study.

        Raises:
            InputError: it does not tell in which order its results arrived.
        """
        proposals, epochs, ends, attempts = (
            tuple(read_lines(store, name)) for name in (PROPOSALS, CURVES, TRIALS, ATTEMPTS)
        )
        if not all("event" in line for line in (*epochs, *ends)):
            rule = "was written by an earlier version, and does not tell in which order its results arrived"
            raise InputError(Problem("STUDY", rule, store.location))
        return cls(
            _once(proposals, "trial"),
            _once(epochs, "event", "epoch"),
            _once(ends, "event"),
            _once(attempts, "trial", "attempt"),
        )

    def completed(self, experiment: Experiment) -> Past:
        """With what trials had in parameters that were added to the space after them."""
        proposals, ends = (
            tuple({**line, "config": completed(config_of(line), experiment)} for line in lines)
            for lines in (self.proposals, self.ends)
        )
        return replace(self, proposals=proposals, ends=ends)

    @property
    def in_flight(self) -> tuple[Line, ...]:
        """Proposals of trials that have not ended."""
        ended = {line["trial"] for line in self.ends}
        return tuple(line for line in self.proposals if line["trial"] not in ended)

    @property
    def next_event(self) -> int:
        """The number after those of all reports and ends."""
        return max((line["event"] for line in (*self.epochs, *self.ends)), default=-1) + 1

    @property
    def times(self) -> Iterator[float]:
        """Unix times of what is recorded."""
        for lines, key in ((self.proposals, "time"), (self.epochs, "time"), (self.ends, "ended")):
            yield from (line[key] for line in lines if key in line)

    def curves(self, metric: str) -> dict[int, dict[int, float]]:
        """Of every trial that has told of an epoch: epoch, counted from 1, -> objective; the last one told counts."""
        found: dict[int, dict[int, float]] = {}
        for line in self.epochs:
            found.setdefault(line["trial"], {})[line["epoch"]] = line[metric]
        return found

    def outcomes(self, metric: str) -> Iterator[tuple[int, Config, Outcome]]:
        """Trial, config and outcome of each end, as the sampler was told them, in that order."""
        curves = self.curves(metric)
        for line in self.ends:
            curve = () if line["state"] == "FAILED" else tuple(sorted(curves.get(line["trial"], {}).items()))
            yield line["trial"], config_of(line), Outcome(line["state"], line["value"], curve)


def _once(lines: Iterable[Line], *keys: str) -> tuple[Line, ...]:
    """In the order of ``keys``, each once: on object storage lines may come twice."""
    return tuple(line for _, line in sorted({tuple(line[key] for key in keys): line for line in lines}.items()))


def config_of(line: Line) -> Config:
    """The config of a line, with tuples where JSON has lists."""
    return {name: freeze(value) for name, value in line["config"].items()}


def recall(line: Line, sampler: Untried) -> None:
    """Let the sampler be as if it had just made this proposal."""
    repeats = [{name: freeze(value) for name, value in repeat.items()} for repeat in line.get("repeats", ())]
    sampler.recall(line["trial"], config_of(line), repeats)


def rebuild_sampler(past: Past, sampler: Untried, metric: str) -> None:
    """Bring a new sampler to where that of the record was."""
    for line in past.proposals:
        recall(line, sampler)
    for trial, _, outcome in past.outcomes(metric):
        sampler.tell(trial, outcome)


def rebuild_decisions(past: Past, decisions: Decisions, metric: str) -> None:
    """Let a new scheduler decide on everything again, in the order in which it arrived."""
    last: dict[int, Line] = {}
    for line in sorted((*past.epochs, *past.ends), key=lambda line: (line["event"], line.get("epoch", 0))):
        trial = line["trial"]
        if "epoch" in line:
            last[trial] = line
            if line.get("asked"):
                decisions.judge(trial, line["epoch"], line[metric])
        elif line["state"] == "FAILED" or trial not in last:
            decisions.close(trial, line["epochs"], None)
        else:
            decisions.close(trial, last[trial]["epoch"], last[trial][metric])
