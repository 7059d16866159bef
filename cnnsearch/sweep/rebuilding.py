"""What the record tells of a sweep so far, and how sampler and scheduler are brought to where they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.space import Config
from cnnsearch.space.values import freeze
from cnnsearch.study.record import ATTEMPTS, CURVES, PROPOSALS, TRIALS, read_lines
from cnnsearch.study.store import Store
from cnnsearch.sweep.sampler import Outcome, Untried

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
        return cls(proposals, epochs, tuple(sorted(ends, key=lambda line: line["event"])), attempts)

    @property
    def in_flight(self) -> tuple[Line, ...]:
        """Proposals of trials that have not ended."""
        ended = {line["trial"] for line in self.ends}
        return tuple(line for line in self.proposals if line["trial"] not in ended)

    @property
    def next_event(self) -> int:
        """The number after those of all reports and ends."""
        return max((line["event"] for line in (*self.epochs, *self.ends)), default=-1) + 1

    def curve(self, trial: int, metric: str) -> dict[int, float]:
        """Epoch, counted from 1, -> objective; of an epoch told twice the last."""
        return self.curves(metric).get(trial, {})

    def curves(self, metric: str) -> dict[int, dict[int, float]]:
        """The curve of every trial that has told of an epoch."""
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
