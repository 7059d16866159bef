"""How long the rest of a sweep will take, by the trials that it had, and what of it there is time for."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.sections import Finalists
from cnnsearch.study.pace import Pace
from cnnsearch.study.ranking import Ranking, Score
from cnnsearch.study.record.lines import Ended, TrialLine

if TYPE_CHECKING:
    from cnnsearch.study.progress import Progress

__all__ = ["MARGIN", "READING", "Forecast", "growth"]

_MOST_SHARE = 0.5
"""Of the minutes, that what follows may take; the search has the others in any case."""

MARGIN = 1.15
"""Another seed may train for longer, and a split that joins two has more pictures than either."""

_LATE = 0.7
"""Of its forecast a refit must find at least: trials in flight end somewhat late, and the forecast is cautious."""

_LIKE = 3
"""Of the best trials so many tell how long a training will take; more where there are more finalists."""

READING = 2.0
"""Seconds in which a worker takes the last job and reads the test split."""


@dataclass(frozen=True)
class _Full:
    """What a trial tells of a training to its end.

    Attributes:
        seconds: of all.
        compiling: of these in which programs were compiled, which are kept.
    """

    score: Score
    number: int
    seconds: float
    compiling: float

    def __lt__(self, other: _Full) -> bool:
        return (self.score, -self.number) < (other.score, -other.number)


class Forecast:
    """Counts the seconds of trainings that a search still leaves to be done.

    Args:
        experiment: with its sections ``finalists`` and ``final``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._ranking = Ranking.of(experiment)
        asked = experiment.finalists
        self._like = max(_LIKE, asked.top if asked is not None else 0)
        self._best: list[_Full] = []
        self._running: dict[int, Ended] = {}
        self._at_once = 1
        self._pace = Pace(experiment)

    def tell(self, line: Ended) -> None:
        """A trial that runs reported; it tells how long one takes as long as none has ended."""
        self._running[line.trial] = line

    def end(self, line: TrialLine, at_once: int = 1) -> None:
        """A trial ended.

        Args:
            line: of the record.
            at_once: workers that trained when it did.
        """
        self._at_once = max(self._at_once, at_once)
        self._running.pop(line.trial, None)
        self._pace.end(line)
        full = self._full(line, is_whole=line.state == "COMPLETED" and line.end_reason != "budget")
        if full is None:
            return
        heapq.heappush(self._best, full)
        if len(self._best) > self._like:
            heapq.heappop(self._best)

    def _full(self, line: Ended, is_whole: bool) -> _Full | None:
        """What a training tells of one to its end: itself, or its epochs and as many as it has not had."""
        score = self._ranking.score(line)
        if score is None or line.started is None or not line.epochs:
            return None
        seconds = max(line.cost.get("wall_seconds", line.ended - line.started), 0.0)
        whole = line.epochs if is_whole else self._experiment.epochs
        each = seconds / line.epochs / max(1, len(line.runs))  # what follows trains on one seed at a time
        if line.folds and self._experiment.cross_validation is not None:  # or on one partition
            each /= self._experiment.cross_validation.repeats
        return _Full(score, line.trial, each * whole, min(line.cost.get("compile_seconds", 0.0), each * whole))

    @property
    def run_seconds(self) -> float | None:
        """Of one training; ``None`` where no trial tells."""
        told = self._told
        return MARGIN * sum(full.seconds for full in told) / len(told) if told else None

    @property
    def _told(self) -> list[_Full]:
        """What tells how long a training will take."""
        running = (self._full(line, is_whole=False) for line in self._running.values())
        return self._best or [full for full in running if full is not None]

    def left(self, progress: Progress) -> float | None:
        """Seconds to the end of all, finalists and refit included; ``None`` where nothing tells.

        Args:
            progress: how far the sweep is.
        """
        if progress.refitting is not None:
            return None
        if progress.finalists is not None:
            ended, planned = progress.finalists
            return self._following(planned - ended)
        minutes = None if progress.seconds is None else max(0.0, progress.seconds - progress.elapsed)
        rest = None if progress.trials is None else max(0, progress.trials - sum(progress.ended.values()))
        search = None if rest is None else self._pace.left(rest, len(progress.running))
        known = [seconds for seconds in (minutes, search) if seconds is not None]
        if not known:
            return None
        asked, is_all = self._experiment.finalists, self._experiment.budget.all
        runs = 0 if asked is None else asked.top * asked.seeds
        following = self._following(runs) or 0.0
        if is_all and minutes is not None:  # which are those of all
            return minutes if search is None else min(minutes, search + following)
        return min(known) + following

    def _following(self, runs: int) -> float | None:
        """Seconds of so many runs of finalists and of what replaces the winner's model: its programs are there."""
        refits = self._experiment.final != "keep"
        if not self._best or (not runs and not refits):
            return None if not self._best else 0.0
        one = sum(full.seconds - full.compiling for full in self._best) / len(self._best)
        refit = one * growth(self._experiment) if refits else 0.0
        return math.ceil(runs / max(self._at_once, self._pace.at_once)) * one + refit + READING

    def reserve(self, left: float) -> float:
        """Seconds that the search leaves to what follows it; 0 before a trial has told of an epoch.

        Args:
            left: seconds of the budget.
        """
        if not self._experiment.budget.all:
            return 0.0
        refits = self.refits(left)
        most = max(self._share, min(self._beside_one, self.seconds(None, refits)))
        return min(most, self.seconds(self._experiment.finalists, refits))

    def refits(self, left: float) -> bool:
        """Whether a refit or an ensemble follows: it is asked for, and its time is no more than what it may take.

        Else the search has that time: half a search and half a training are worth less than the one of them.

        Args:
            left: seconds of the budget.
        """
        if self._experiment.final == "keep":
            return False
        if not self._experiment.budget.all or self.run_seconds is None:
            return True
        needed = self.seconds(None, refits=True)
        may_follow = needed <= self._share or needed / MARGIN <= self._beside_one
        return may_follow and _LATE * needed <= left

    @property
    def _share(self) -> float:
        """Seconds that what follows may take, where the search has many trials."""
        return _MOST_SHARE * self._minutes

    @property
    def _beside_one(self) -> float:
        """Seconds that a refit may take where the search has one trial: all but those of this one."""
        return self._minutes - max(self._told).seconds if self._told else 0.0

    @property
    def _minutes(self) -> float:
        """Those of the budget, in seconds."""
        minutes = self._experiment.budget.minutes
        return math.inf if minutes is None else minutes * 60

    def seconds(self, finalists: Finalists | None, refits: bool) -> float:
        """Of all that follows, with these finalists, and what replaces the winner's model, or not."""
        one = self.run_seconds
        if one is None or (finalists is None and not refits):
            return 0.0
        rounds = 0 if finalists is None else math.ceil(finalists.top * finalists.seeds / self._at_once)
        refit = MARGIN * max(self._told).seconds * growth(self._experiment) if refits else 0.0
        return rounds * one + refit + READING

    def fitting(self, left: float) -> Finalists | None:
        """The finalists that there is time for, those that were asked for or fewer; ``None``: for none of them.

        Seeds go before finalists, down to two of them: one training each tells nothing of chance.

        Args:
            left: seconds.
        """
        asked, refits = self._experiment.finalists, self.refits(left)
        if asked is None or self.run_seconds is None:
            return asked
        for top in range(asked.top, 0, -1):
            for seeds in range(asked.seeds, 1, -1):
                found = Finalists(top=top, seeds=seeds)
                if self.seconds(found, refits) <= left:
                    return found
        return None


def growth(experiment: Experiment) -> float:
    """Work of a refit or an ensemble over that of what follows a trial, where the split is drawn by its shares."""
    if experiment.final == "ensemble":  # the winner's folds once more, or models that are there
        return 0.0 if experiment.cross_validation is None else 1.0
    if experiment.cross_validation is not None:  # one training on all pictures, after one on each fold's others
        return 1.0 / (experiment.cross_validation.folds - 1)
    held, test = experiment.dataset.validation, experiment.dataset.test
    return (1.0 - test) / (1.0 - test - held)
