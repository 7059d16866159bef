"""How long the rest of a sweep will take, by the trials that it had, and what of it there is time for."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.sections import Finalists
from cnnsearch.study.progress.after_search import JOINING, READING, AfterSearch, Full, growth, report_seconds
from cnnsearch.study.progress.pace import Pace
from cnnsearch.study.progress.search_limits import SearchLimits
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import Ended, EpochLine, FinalistLine, TrialLine

if TYPE_CHECKING:
    from cnnsearch.study.progress.progress import Progress

__all__ = ["MARGIN", "Forecast"]

_MOST_SHARE = 0.5
"""Of the minutes, that what follows may take; the search has the others in any case."""

MARGIN = 1.15
"""Another seed may train for longer, and a split that joins two has more pictures than either."""

_LATE = 0.7
"""Of its forecast a refit must find at least, which is cautious: trials in flight end somewhat late."""

_LITTLE_LATE, _LATEST = 5.0, 10.0
"""Seconds: a refit that will end so little late may begin in any case, and one that will end later than that never."""

_LIKE = 3
"""Of the best trials so many tell how long a training will take; more where there are more finalists."""

_SOON = 0.5
"""Seconds that are left at the least, until nothing is."""


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
        self._best: list[Full] = []
        self._running: dict[int, Ended] = {}
        self._ended = 0
        self._at_once = 1
        self._pace = Pace(experiment)
        self._last = 0.0
        self._after_search = AfterSearch(experiment)
        self._limits = SearchLimits(experiment)

    def begin(self, trial: int, time: float) -> None:
        """A trial begins, or goes on, at this Unix time."""
        self._pace.begin(trial, time)

    def epochs(self, lines: Iterable[EpochLine]) -> None:
        """A trial that runs told of some."""
        self._pace.epochs(lines)

    def follow(self, time: float, run: FinalistLine | None = None) -> None:
        """At this Unix time a run of a finalist ended, or what takes the place of the winner's model began.

        Args:
            time: when.
            run: the run.
        """
        self._last = max(self._last, time)
        if run is not None:
            self._after_search.run(run)

    def tell(self, line: Ended) -> None:
        """A trial that runs reported; it tells how long one takes as long as none has ended."""
        self._running[line.trial] = line

    def pause(self, line: Ended) -> None:
        """A worker let a trial go, which waits."""
        self._limits.pause(line)

    def end(self, line: TrialLine, at_once: int = 1) -> None:
        """A trial ended.

        Args:
            line: of the record.
            at_once: workers that trained when it did.
        """
        self._ended += 1
        self._at_once = max(self._at_once, at_once)
        self._last = max(self._last, line.ended)
        self._running.pop(line.trial, None)
        full = self._full(line, is_whole=line.state == "COMPLETED" and line.end_reason != "budget")
        self._pace.end(line)
        self._limits.end(line)
        self._after_search.end(line)
        if full is None:
            return
        heapq.heappush(self._best, full)
        if len(self._best) > self._like:
            heapq.heappop(self._best)

    def _full(self, line: Ended, is_whole: bool) -> Full | None:
        """What a training tells of one to its end; ``None`` where it has no value."""
        score = self._ranking.score(line)
        if score is None or not line.epochs:
            return None
        return Full.of(line, score, self._experiment, self._pace.breakdown(line), is_whole)

    @property
    def report(self) -> float:
        """Seconds of the minutes that are left to the report when all has been trained."""
        return report_seconds(self._experiment, self._ended)

    @property
    def run_seconds(self) -> float | None:
        """Of one training; ``None`` where no trial tells."""
        told = self._told
        return MARGIN * sum(full.seconds for full in told) / len(told) if told else None

    @property
    def trial_seconds(self) -> float | None:
        """Of one trial, on all of its seeds or partitions; ``None`` where no trial tells."""
        one, folds = self.run_seconds, self._experiment.cross_validation
        return None if one is None else one * (self._experiment.repeats if folds is None else folds.repeats)

    @property
    def _told(self) -> list[Full]:
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
            return self._after_search.reading(self._best, self._pace) if self._best else READING
        rest = self._coming(progress)
        if progress.finalists is not None or progress.refitting is not None or rest == 0:
            ended, planned = progress.finalists or (0, self._runs)
            return self._counted_down(self._after(planned - ended), now)
        minutes = None if progress.seconds is None else max(0.0, progress.seconds - self.report - progress.elapsed)
        search = self._search(rest, progress, now)
        known = [seconds for seconds in (minutes, search) if seconds is not None]
        if not known:
            return None
        following = self._after(self._runs) or 0.0
        if self._experiment.budget.all and minutes is not None:  # which are those of all
            return minutes if search is None else min(minutes, search + following)
        return min(known) + following

    def late(self, progress: Progress, left: float | None) -> float:
        """Seconds after the budget's minutes at which all ends, the report too; 0 where these are not of all.

        Args:
            progress: how far the sweep is.
            left: seconds to the end of all but the report; ``None``: nothing tells.
        """
        if not self._experiment.budget.all or progress.seconds is None or left is None:
            return 0.0
        return max(0.0, progress.elapsed + left + self.report - progress.seconds)

    def _search(self, trials: int | None, progress: Progress, now: float) -> float | None:
        """Seconds until so many trials have ended, or the budget's hours or cost are used; ``None``: nothing tells."""
        until = None if trials is None else self._pace.left(trials, progress.running, now)
        seconds = self._limits.worker_seconds(self._pace.at_once)
        used = None if seconds is None else self._pace.until_used(seconds, progress.running, now)
        return min((each for each in (until, used) if each is not None), default=None)

    def _coming(self, progress: Progress) -> int | None:
        """Trials that have not ended, were the search to end as its limits say; ``None`` where minutes alone end it."""
        trials, running = progress.trials, len(progress.running)
        most = None if trials is None else max(0, trials - sum(progress.ended.values()))
        expected = self._limits.expected(most)
        if expected is None:
            return None
        # Those in flight when it ends go on to their own ends.
        until = round(expected)
        coming = until + max(running, self._pace.at_once) - 1 if until else running
        return coming if most is None else min(most, coming)

    @property
    def _runs(self) -> int:
        """Of all finalists."""
        asked = self._experiment.finalists
        return 0 if asked is None else asked.top * asked.seeds

    def _counted_down(self, following: float | None, now: float) -> float | None:
        """What followed when the last training ended, less the time since then."""
        return None if following is None else max(_SOON, following - max(0.0, now - self._last))

    def _after(self, runs: int) -> float | None:
        """Seconds of so many runs of finalists and of all that comes after them; ``None`` where nothing tells."""
        if not self._best:
            return None
        return self._after_search.left(self._best, runs, max(self._at_once, self._pace.at_once), self._pace)

    def reserve(self, left: float) -> float:
        """Seconds that the search leaves to what follows it; 0 before a trial has told of an epoch.

        Trials in flight are ended where they report, so it includes the time until they have.

        Args:
            left: seconds of the budget, but for the report.
        """
        if not self._experiment.budget.all:
            return 0.0
        networks = self.networks(left)
        whole = networks > 0 and self._may_follow(networks, left, whole=True)
        times = self._times(lambda times: self._is_of_share(networks, left, times)) if whole else 1
        most = max(self._share, min(self._beside_one, self.seconds(None, networks, whole, times)))
        following = min(most, self.seconds(self._experiment.finalists, networks, whole, times))
        return following + self._pace.next_reports if following else 0.0

    def networks(self, left: float) -> int:
        """How many networks are trained again, in a refit or an ensemble of several; 0: the winner's model stays.

        As many as are asked for, or fewer: their time is no more than what it may take. Else the search has that time:
        half a search and half a training are worth less than the one of them. Of an ensemble of finalists or of folds,
        which is made or not, 1.

        Args:
            left: seconds of the budget, but for the report.
        """
        if self._experiment.final == "keep":
            return 0
        asked = self._experiment.networks if self._experiment.final == "refit" else 1
        if not self._experiment.budget.all or self.run_seconds is None:
            return asked
        return next((count for count in range(asked, 0, -1) if self._may_follow(count, left)), 0)

    def _may_follow(self, networks: int, left: float, whole: bool = False) -> bool:
        needed = self.seconds(None, networks, whole)
        is_rest = networks == 1 and needed / MARGIN <= self._beside_one
        return (needed <= self._share or is_rest) and _is_enough(left, needed)

    def _is_of_share(self, networks: int, left: float, times: int) -> bool:
        """Whether a refit that is so many times as long leaves the search its share."""
        needed = self.seconds(None, networks, whole=True, times=times)
        return needed <= self._share and _is_enough(left, needed)

    def _times(self, fits: Callable[[int], bool]) -> int:
        """The most times as long, of those that were asked for, that fit; 1 where none does."""
        return next((times for times in range(self._experiment.refit_times, 1, -1) if fits(times)), 1)

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
        """Those of the budget, but for the report, in seconds."""
        minutes = self._experiment.budget.minutes
        return math.inf if minutes is None else minutes * 60 - self.report

    def has_time_for_all_epochs(self, finalists: Finalists | None, networks: int, left: float) -> bool:
        """Whether what patience ended can be trained again for all epochs; else it is for those that lasted.

        Args:
            finalists: that come before.
            networks: that are trained again.
            left: seconds of the budget, but for the report.
        """
        if not self._experiment.budget.all or not networks or not self._told:
            return True
        winner = max(self._told)
        is_longer = winner.again > winner.trained
        return not is_longer or _is_enough(left, self.seconds(finalists, networks, whole=True))

    def refit_times(self, finalists: Finalists | None, networks: int, left: float) -> int:
        """How many times as long as a trial the refit may be, as far as that was asked for.

        Args:
            finalists: that come before.
            networks: that are trained again.
            left: seconds of the budget, but for the report.
        """
        if not self._experiment.budget.all or not networks or not self._told:
            return self._experiment.refit_times
        return self._times(lambda times: _is_enough(left, self.seconds(finalists, networks, whole=True, times=times)))

    def seconds(self, finalists: Finalists | None, networks: int, whole: bool = False, times: int = 1) -> float:
        """Of all that follows, with these finalists, and so many networks that are trained in the winner's place.

        Args:
            finalists: that come before.
            networks: that are trained again.
            whole: for all epochs, where patience ended the winner's training before.
            times: as long as those of a trial is each of its epochs.
        """
        one = self.run_seconds
        if one is None or (finalists is None and not networks):
            return 0.0
        rounds = 0 if finalists is None else math.ceil(finalists.top * finalists.seeds / self._at_once)
        again = math.ceil(networks / self._at_once) * growth(self._experiment)
        joining = JOINING if networks > 1 else 0.0
        winner = max(self._told)
        each = winner.once + times * (winner.again if whole else winner.trained)
        return rounds * one + MARGIN * each * again + joining + READING

    def fitting(self, left: float) -> Finalists | None:
        """The finalists that there is time for, those that were asked for or fewer; ``None``: for none of them.

        Seeds go before finalists, down to two of them: one training each tells nothing of chance.

        Args:
            left: seconds of the budget, but for the report.
        """
        asked, networks = self._experiment.finalists, self.networks(left)
        if asked is None or self.run_seconds is None:
            return asked
        for top in range(asked.top, 0, -1):
            for seeds in range(asked.seeds, 1, -1):
                found = Finalists(top=top, seeds=seeds)
                if self.seconds(found, networks) <= left:
                    return found
        return None


def _is_enough(left: float, needed: float) -> bool:
    """Whether a refit may begin that is forecast to need so many seconds, with a margin."""
    late = needed / MARGIN - left
    return late <= _LITTLE_LATE or (late <= _LATEST and _LATE * needed <= left)
