"""How long what follows a search takes: runs of finalists, what replaces the winner's model, and the last reading."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from cnnsearch.experiment import Experiment
from cnnsearch.study.progress.breakdown import Breakdown, is_first_of_process
from cnnsearch.study.progress.pace import Pace
from cnnsearch.study.ranking import Score
from cnnsearch.study.record.lines import Ended, FinalistLine, TrialLine
from cnnsearch.study.winner.lasting import epochs_after_patience

__all__ = ["JOINING", "READING", "AfterSearch", "Full", "growth", "report_seconds"]

JOINING = 2.0
"""Seconds in which a worker makes several networks one."""

READING = 2.0
"""Seconds in which a worker takes the last job and reads the test split, where no trial tells."""

_REPORT, _REPORT_OF_TRIAL = 5.0, 0.004
"""Seconds in which Ray is left and the report is written, and those of them that each trial takes."""

_MOST_REPORT = 0.1
"""Of the minutes, that are kept for this."""


@dataclass(frozen=True)
class Full:
    """What a trial tells of a training to its end.

    Attributes:
        trained: seconds of it.
        once: seconds beside these, in which came about what is kept: programs, features of frozen layers, and what a
            process does for the first time.
        again: seconds of one that ships it: where patience ended it, of as many epochs as that may have, each
            as long as those of a trial.
        leaving: seconds beside the training, as in which its model was written.
    """

    score: Score
    number: int
    trained: float
    once: float
    again: float
    leaving: float = 0.0

    @property
    def seconds(self) -> float:
        """Of all."""
        return self.trained + self.once

    def __lt__(self, other: Full) -> bool:
        return (self.score, -self.number) < (other.score, -other.number)

    @classmethod
    def of(cls, line: Ended, score: Score, experiment: Experiment, taken: Breakdown, is_whole: bool) -> Full | None:
        """By the line of a trial: itself, or its epochs and as many as it has not had.

        Args:
            line: of the trial.
            score: of the trial.
            experiment: of which it is one.
            taken: what its seconds went into.
            is_whole: whether it has had all of its epochs.

        Returns:
            ``None`` where the line does not tell when it began.
        """
        if line.started is None:
            return None
        # Once, however many epochs there are, and kept for whoever trains the same again.
        first = taken.rest if is_first_of_process(line) else 0.0
        once = taken.programs + max(first, min(line.cost.get("features_seconds", 0.0), taken.trained))
        trained = taken.trained + taken.programs - once
        if not is_whole:
            trained += taken.each * (experiment.epochs - line.epochs)
        trainings = max(1, len(line.runs))  # what follows trains on one seed at a time
        if line.folds and experiment.cross_validation is not None:  # or on one partition
            trainings *= experiment.cross_validation.repeats
        again = trained
        if is_whole and line.end_reason == "patience":
            again += taken.each * (epochs_after_patience(experiment, line.epochs) - line.epochs)
        return cls(score, line.trial, trained / trainings, once, again / trainings, _leaving(line))


@dataclass(frozen=True)
class _Run:
    """One of a finalist that has ended: seconds of it, and of those that in which its program was compiled."""

    seconds: float
    compiling: float


class AfterSearch:
    """Learns from trials, and from what of it is over.

    Args:
        experiment: with its sections ``finalists`` and ``final``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._runs: list[_Run] = []
        self._began = 0.0
        self._ends: dict[Hashable, float] = {}
        self._computed: list[float] = []

    def end(self, line: TrialLine) -> None:
        """A trial ended: it tells how long pictures take to go through frozen layers."""
        self._began = max(self._began, line.ended)
        epoch = line.cost.get("saved_seconds", 0.0) / max(1, line.epochs)
        if line.cost.get("features_seconds", 0.0) > epoch:  # it did not find them
            self._computed.append(line.cost["features_seconds"])

    def run(self, line: FinalistLine) -> None:
        """A run of a finalist ended; its worker begins the next one."""
        self._ends[line.worker.process or len(self._ends)] = line.ended
        if line.started is not None:
            self._runs.append(_Run(line.ended - line.started, line.cost.get("compile_seconds", 0.0)))

    def left(self, best: Sequence[Full], runs: int, at_once: int, pace: Pace) -> float:
        """Seconds of so many runs and of all that comes after them, from the last end on; 0 where nothing does.

        Args:
            best: what the best trials tell; there is one at least.
            runs: of finalists, that have not ended.
            at_once: workers.
            pace: of the search.
        """
        if not runs and self._experiment.final == "keep" and not self._runs:
            return 0.0
        # Each run writes its model, as of trials those do that may be among the best.
        leaving = max(full.leaving for full in best)
        one = self._mean(best, lambda full: full.trained)
        each = self._one_run(pace)
        program = pace.programs.seconds or 0.0
        compiling = self._programs(runs, at_once) * pace.programs.missing(pace.at_once) * program / at_once
        waiting = self._until_over(runs, one + leaving if each is None else each, at_once) + compiling
        # The test split is read after the refit, or in place of it.
        again = self._mean(best, lambda full: full.again) * self._experiment.refit_times
        return waiting + self._refit(again, at_once, pace) + leaving * self._trains_again + self.reading(best, pace)

    def _mean(self, best: Sequence[Full], seconds: Callable[[Full], float]) -> float:
        """Their mean over the finalists, as far as these are known; without finalists those of the winner."""
        asked = self._experiment.finalists
        likely = heapq.nlargest(1 if asked is None else asked.top, best)
        return sum(map(seconds, likely)) / len(likely)

    @property
    def _trains_again(self) -> bool:
        return self._experiment.final != "keep" and growth(self._experiment) > 0.0

    def _one_run(self, pace: Pace) -> float | None:
        """Seconds of a run whose program is there; ``None`` where none has ended."""
        warm = [run.seconds for run in self._runs if not run.compiling]
        program = pace.programs.seconds or 0.0
        told = warm or [max(0.0, run.seconds - max(run.compiling, program)) for run in self._runs]
        return sum(told) / len(told) if told else None

    def _until_over(self, runs: int, each: float, at_once: int) -> float:
        """Seconds from the last end on until so many runs are over, each on the worker that is free first.

        Those that run now are among them, and began when their workers were free.
        """
        ends = sorted(max(end, self._began) for end in self._ends.values())[-at_once:]
        free = [self._began] * (at_once - len(ends)) + ends
        last = free[-1]
        for _ in range(runs):
            heapq.heapreplace(free, max(free[0] + each, last))
        return max(free) - last

    def _refit(self, one: float, at_once: int, pace: Pace) -> float:
        """Seconds of the training of what replaces the winner's model, where one of a trial takes ``one``."""
        if not self._trains_again:
            return 0.0
        asked = self._experiment.finalists
        had = 1 if asked is None else min(asked.seeds, at_once)
        missing = 1.0 if _measures(self._experiment) else (1.0 - had / at_once) * pace.programs.missing(pace.at_once)
        networks = self._experiment.networks if self._experiment.final == "refit" else 1
        each = one * growth(self._experiment) + missing * (pace.programs.seconds or 0.0)
        return math.ceil(networks / at_once) * each + (JOINING if networks > 1 else 0.0)

    def reading(self, best: Sequence[Full], pace: Pace) -> float:
        """Seconds in which the test split is read, by a program that is compiled for it and a model of a file."""
        # Pictures go through the whole network, frozen layers too, as where their features were computed.
        whole = sum(self._computed) / len(self._computed) if self._computed else 0.0
        compiling = READING if pace.programs.compile_seconds is None else pace.programs.compile_seconds
        return compiling + whole + max(full.leaving for full in best)

    def _programs(self, runs: int, at_once: int) -> float:
        """Of finalists, that workers will run which did not have them as trials."""
        asked = self._experiment.finalists
        if asked is None or not runs:
            return 0.0
        compiled = sum(run.compiling > 0.0 for run in self._runs)
        return max(0, asked.top * (min(at_once, asked.seeds) - 1) - compiled)


def _measures(experiment: Experiment) -> bool:
    """Whether programs hold what is measured of the training pictures, so that for more pictures there is another one.

    With folds it is measured of all that are in folds, as for a refit.
    """
    if experiment.cross_validation is not None:
        return False
    is_scaled = experiment.preprocessing.scaling == "standardize"
    return is_scaled or experiment.predicted.measures or experiment.family.reads_texts  # which have a vocabulary


def _leaving(line: Ended) -> float:
    """Seconds of a trial beside its training, where it began in a process that was there and ended in it."""
    if line.started is None or is_first_of_process(line) or (isinstance(line, TrialLine) and line.attempts > 1):
        return 0.0
    held = line.worked_until - line.started
    return max(0.0, held - line.cost.get("wall_seconds", held))


def growth(experiment: Experiment) -> float:
    """Work of a refit or an ensemble over that of what follows a trial, where the split is drawn by its shares."""
    if experiment.final == "ensemble":  # the winner's folds once more, or models that are there
        return 0.0 if experiment.cross_validation is None else 1.0
    if experiment.cross_validation is not None:  # one training on all pictures, after one on each fold's others
        return 1.0 / (experiment.cross_validation.folds - 1)
    held, test = experiment.dataset.validation, experiment.dataset.test
    return (1.0 - test) / (1.0 - test - held)


def report_seconds(experiment: Experiment, trials: int) -> float:
    """Of the budget's minutes those in which the report of so many trials is written; 0 where it comes on top."""
    budget = experiment.budget
    if not budget.all or budget.minutes is None:
        return 0.0
    return min(_MOST_REPORT * 60 * budget.minutes, _REPORT + _REPORT_OF_TRIAL * trials)
