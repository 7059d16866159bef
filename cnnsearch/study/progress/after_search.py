"""How long what follows a search takes: runs of finalists, what replaces the winner's model, and the last reading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from cnnsearch.experiment import Experiment
from cnnsearch.study.progress.pace import Pace, is_first_of_process
from cnnsearch.study.ranking import Score
from cnnsearch.study.record.lines import Ended, TrialLine

__all__ = ["READING", "AfterSearch", "Full", "growth"]

READING = 2.0
"""Seconds in which a worker takes the last job and reads the test split, where no trial tells."""


@dataclass(frozen=True)
class Full:
    """What a trial tells of a training to its end.

    Attributes:
        trained: seconds of it.
        once: seconds beside these, in which came about what is kept: programs, and features of frozen layers.
        is_first: of its process, which then did much for the first time.
        leaving: seconds beside the training, as in which its model was written.
    """

    score: Score
    number: int
    trained: float
    once: float
    is_first: bool = False
    leaving: float = 0.0

    @property
    def seconds(self) -> float:
        """Of all."""
        return self.trained + self.once

    def __lt__(self, other: Full) -> bool:
        return (self.score, -self.number) < (other.score, -other.number)

    @classmethod
    def of(cls, line: Ended, score: Score, experiment: Experiment, is_whole: bool) -> Full | None:
        """By the line of a trial: itself, or its epochs and as many as it has not had; ``None`` where it had none."""
        if line.started is None or not line.epochs:
            return None
        seconds = max(line.cost.get("wall_seconds", line.ended - line.started), 0.0)
        # Once, however many epochs there are, and kept for whoever trains the same again.
        once = min(line.cost.get("compile_seconds", 0.0) + line.cost.get("features_seconds", 0.0), seconds)
        trained = seconds - once
        if not is_whole:
            each = min(line.cost.get("compute_seconds", trained), trained) / line.epochs
            trained += each * (experiment.epochs - line.epochs)
        trained /= max(1, len(line.runs))  # what follows trains on one seed at a time
        if line.folds and experiment.cross_validation is not None:  # or on one partition
            trained /= experiment.cross_validation.repeats
        return cls(score, line.trial, trained, once, is_first_of_process(line), _leaving(line))


class AfterSearch:
    """Learns from trials, and from what of it is over.

    Args:
        experiment: with its sections ``finalists`` and ``final``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._spans: list[float] = []
        self._compiled = 0
        self._computed: list[float] = []

    def end(self, line: TrialLine) -> None:
        """A trial ended: it tells how long pictures take to go through frozen layers."""
        epoch = line.cost.get("saved_seconds", 0.0) / max(1, line.epochs)
        if line.cost.get("features_seconds", 0.0) > epoch:  # it did not find them
            self._computed.append(line.cost["features_seconds"])

    def run(self, seconds: float, compiling: float) -> None:
        """A run of a finalist took so many seconds, in some of which its program was compiled."""
        self._spans.append(max(0.0, seconds - compiling))
        self._compiled += compiling > 0.0

    def left(self, best: Sequence[Full], runs: int, at_once: int, pace: Pace) -> float:
        """Seconds of so many runs and of all that comes after them; 0 where nothing does.

        Args:
            best: what the best trials tell; there is one at least.
            runs: of finalists, that have not ended.
            at_once: workers.
            pace: of the search.
        """
        refits = self._experiment.final != "keep"
        if not runs and not refits and not self._spans:
            return 0.0
        trained = refits and growth(self._experiment) > 0.0
        warm = [full for full in best if not full.is_first] or best
        # Each run writes its model, as of trials those do that may be among the best.
        leaving = max(full.leaving for full in best)
        one = median(full.trained for full in warm)
        each = sum(self._spans) / len(self._spans) if self._spans else one + leaving
        refit = one * growth(self._experiment) + leaving if trained else 0.0
        compiling = self._programs(runs, at_once) * pace.missing * (pace.compile_seconds or 0.0) / at_once
        # The test split is read after the refit, or in place of it.
        return math.ceil(runs / at_once) * each + compiling + refit + self.reading(best, pace)

    def reading(self, best: Sequence[Full], pace: Pace) -> float:
        """Seconds in which the test split is read, by a program that is compiled for it and a model of a file."""
        # Pictures go through the whole network, frozen layers too, as where their features were computed.
        whole = sum(self._computed) / len(self._computed) if self._computed else 0.0
        compiling = READING if pace.compile_seconds is None else pace.compile_seconds
        return compiling + whole + max(full.leaving for full in best)

    def _programs(self, runs: int, at_once: int) -> float:
        """Of finalists, that workers will run which did not have them as trials."""
        asked = self._experiment.finalists
        if asked is None or not runs:
            return 0.0
        return max(0, asked.top * (min(at_once, asked.seeds) - 1) - self._compiled)


def _leaving(line: Ended) -> float:
    """Seconds of a trial beside its training, where it began in a process that was there and ended in it."""
    if line.started is None or is_first_of_process(line) or (isinstance(line, TrialLine) and line.attempts > 1):
        return 0.0
    return max(0.0, line.ended - line.started - line.cost.get("wall_seconds", line.ended - line.started))


def growth(experiment: Experiment) -> float:
    """Work of a refit or an ensemble over that of what follows a trial, where the split is drawn by its shares."""
    if experiment.final == "ensemble":  # the winner's folds once more, or models that are there
        return 0.0 if experiment.cross_validation is None else 1.0
    if experiment.cross_validation is not None:  # one training on all pictures, after one on each fold's others
        return 1.0 / (experiment.cross_validation.folds - 1)
    held, test = experiment.dataset.validation, experiment.dataset.test
    return (1.0 - test) / (1.0 - test - held)
