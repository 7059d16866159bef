"""How long the rest of a sweep will take, by the trials that it had, and what of it there is time for."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.sections import Finalists
from cnnsearch.study.pace import Pace, is_first_of_process
from cnnsearch.study.patience import expected_trials
from cnnsearch.study.ranking import Ranking, Score
from cnnsearch.study.record.lines import Ended, EpochLine, TrialLine

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

_SOON = 1.0
"""Seconds that are left at the least, until nothing is."""

READING = 2.0
"""Seconds in which a worker takes the last job and reads the test split."""


@dataclass(frozen=True)
class _Full:
    """What a trial tells of a training to its end.

    Attributes:
        seconds: of all.
        compiling: of these in which programs were compiled, which are kept.
        is_first: of its process, which then did much for the first time.
        leaving: seconds beside the training, as in which its model was written.
    """

    score: Score
    number: int
    seconds: float
    compiling: float
    is_first: bool = False
    leaving: float = 0.0

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
        self._last = 0.0
        self._spans: list[float] = []
        self._leader: Score | None = None
        self._valued = self._since = 0

    def begin(self, trial: int, time: float) -> None:
        """A trial begins, or goes on, at this Unix time."""
        self._pace.begin(trial, time)

    def epochs(self, lines: Iterable[EpochLine]) -> None:
        """A trial that runs told of some."""
        self._pace.epochs(lines)

    def follow(self, time: float, seconds: float | None = None) -> None:
        """At this Unix time a run of a finalist ended, or what takes the place of the winner's model began.

        Args:
            time: when.
            seconds: that the run took.
        """
        self._last = max(self._last, time)
        if seconds is not None:
            self._spans.append(seconds)

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
        self._last = max(self._last, line.ended)
        self._running.pop(line.trial, None)
        self._pace.end(line)
        self._rank(line)
        full = self._full(line, is_whole=line.state == "COMPLETED" and line.end_reason != "budget")
        if full is None:
            return
        heapq.heappush(self._best, full)
        if len(self._best) > self._like:
            heapq.heappop(self._best)

    def _rank(self, line: TrialLine) -> None:
        """Count the trials since the best one."""
        score = self._ranking.score(line)
        if score is None:
            return
        self._valued += 1
        self._since += 1
        if self._leader is None or score > self._leader:
            self._leader, self._since = score, 0

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
        compiling = min(line.cost.get("compile_seconds", 0.0), each * whole)
        return _Full(score, line.trial, each * whole, compiling, is_first_of_process(line), _leaving(line))

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

    def left(self, progress: Progress, now: float) -> float | None:
        """Seconds to the end of all, finalists and refit included; ``None`` where nothing tells.

        Args:
            progress: how far the sweep is.
            now: Unix time.
        """
        if progress.refitting is False:
            return READING
        rest = None if progress.trials is None else self._coming(progress.trials, progress)
        if progress.finalists is not None or progress.refitting is not None or rest == 0:
            ended, planned = progress.finalists or (0, self._runs)
            return self._counted_down(self._following(planned - ended), now)
        minutes = None if progress.seconds is None else max(0.0, progress.seconds - progress.elapsed)
        search = None if rest is None else self._pace.left(rest, progress.running, now)
        known = [seconds for seconds in (minutes, search) if seconds is not None]
        if not known:
            return None
        following = self._following(self._runs) or 0.0
        if self._experiment.budget.all and minutes is not None:  # which are those of all
            return minutes if search is None else min(minutes, search + following)
        return min(known) + following

    def _coming(self, trials: int, progress: Progress) -> int:
        """Trials that have not ended, of so many that there may be, were the search to end as its patience says."""
        rest = max(0, trials - sum(progress.ended.values()))
        stop = self._experiment.stop
        if stop is None or stop.patience_trials is None:
            return rest
        # Those in flight when it ends go on to their own ends.
        new = rest - len(progress.running)
        until = expected_trials(self._valued, self._since, stop.patience_trials, rest)
        return len(progress.running) + min(new, round(until))

    @property
    def _runs(self) -> int:
        """Of all finalists."""
        asked = self._experiment.finalists
        return 0 if asked is None else asked.top * asked.seeds

    def _counted_down(self, following: float | None, now: float) -> float | None:
        """What followed when the last training ended, less the time since then."""
        return None if following is None else max(_SOON, following - max(0.0, now - self._last))

    def _following(self, runs: int) -> float | None:
        """Seconds of so many runs of finalists and of what replaces the winner's model: its programs are there."""
        refits = self._experiment.final != "keep"
        if not self._best or (not runs and not refits):
            return None if not self._best else 0.0
        warm = [full for full in self._best if not full.is_first]
        one = median(full.seconds - full.compiling + full.leaving for full in warm or self._best)
        if self._spans:  # better than what trials tell: each writes its model
            one = sum(self._spans) / len(self._spans)
        # It is given its pictures anew, as the first training of a process is.
        whole = sum(full.seconds - full.compiling for full in self._best) / len(self._best)
        refit = max(one, whole) * growth(self._experiment) if refits else 0.0
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
