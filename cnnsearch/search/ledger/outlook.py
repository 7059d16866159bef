"""How a search stands and how long the rest of the sweep will take, for whoever observes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.standing import Standing
from cnnsearch.study.clock import Time
from cnnsearch.study.progress.forecast import Forecast
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.progress.search_limits import SearchLimits
from cnnsearch.study.ranking import Leading, Ranking
from cnnsearch.study.record.lines import Ended, TrialLine

__all__ = ["Outlook"]

_FORECAST = 0.5
"""Seconds for which a forecast is good: made at every report, it took a third of the driver's time in short trials."""


class Outlook:
    """What follows from the trials that ended, and from the clock.

    Args:
        experiment: what is run.
        observe: called with the progress.
        clock: of the sweep.
        spent: seconds of the budget's minutes that are over.

    Attributes:
        standing: what ended.
        limits: of the search.
        forecast: of the rest.
    """

    def __init__(self, experiment: Experiment, observe: Callable[[Progress], None], clock: Time, spent: float) -> None:
        self.standing = Standing(Leading(Ranking.of(experiment)))
        self.limits = SearchLimits(experiment)
        self.forecast = Forecast(experiment)
        self._minutes = experiment.budget.minutes
        self._observe = observe
        self._clock = clock
        self._began = clock.now() - spent
        self._foretold: tuple[float, float] | None = None

    @property
    def seconds_left(self) -> float:
        """Of the budget's minutes, but for those of the report; infinity where it has none."""
        if self._minutes is None:
            return math.inf
        return self._began + self._minutes * 60 - self.forecast.report - self._clock.now()

    def postpone(self, seconds: float) -> None:
        """The search begins so much later."""
        self._began += seconds

    def pause(self, line: Ended) -> None:
        """A worker let a trial go, which waits."""
        self.limits.pause(line)
        self.forecast.pause(line)

    def end(self, line: TrialLine, at_once: int) -> None:
        """A trial ended, and so many trained at once."""
        if not self.standing.ended:
            self._foretold = None  # by the minutes alone
        self.standing.end(line)
        self.limits.end(line)
        self.forecast.end(line, at_once)

    def tell(self, running: Mapping[int, int], trials: int | None, queued: int, refused: int) -> None:
        """Tell the observer; arguments as of :class:`~cnnsearch.study.progress.progress.Progress`."""
        progress = self.standing.progress(
            running=running,
            elapsed=self._clock.now() - self._began,
            trials=trials,
            seconds=self._minutes * 60 if self._minutes is not None else None,
            queued=queued,
            refused=refused,
        )
        left = self._left(progress)
        self._observe(replace(progress, left=left, late=self.forecast.late(progress, left)))

    def _left(self, progress: Progress) -> float | None:
        """Seconds to the end of all; counted down from the last forecast where that is no older than ``_FORECAST``."""
        now = self._clock.now()
        if self._foretold is None or now - self._foretold[0] >= _FORECAST:
            left = self.forecast.left(progress, now)
            self._foretold = None if left is None else (now, left)
        return None if self._foretold is None else max(0.0, self._foretold[1] - (now - self._foretold[0]))
