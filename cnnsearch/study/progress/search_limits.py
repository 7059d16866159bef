"""SearchLimits: when a search has had enough, by what it has used of its budget and by what it has come to.

All follows from the ends of trials in the order in which they arrived, so that whoever reads the record comes to the
same answer. The budget's trials and minutes are known elsewhere: by what was proposed, and by the clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnnsearch.numbers import plural
from cnnsearch.search.schedulers import together
from cnnsearch.study.progress.expected_gain import (
    FEWEST,
    MOST_AHEAD,
    expected_gain,
    trials_to_gain_less,
    trials_to_reach,
)
from cnnsearch.study.progress.patience import expected_trials
from cnnsearch.study.ranking import Ranking, Score
from cnnsearch.study.record.lines import Ended, TrialLine

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["SearchLimits", "idle_rules", "limit_reached", "overrun_in_words"]

_FAR = 1000
"""Trials that are looked ahead where their number has no limit; a rule that needs half of them tells nothing."""


class SearchLimits:
    """The limits of one search. Once one is reached no trial is proposed any more; those in flight go on to their ends.

    Args:
        experiment: with its sections ``budget`` and ``stop``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._budget, self._stop = experiment.budget, experiment.stop
        self._metric = experiment.objective.metric
        self._ranking = Ranking.of(experiment)
        self._bound = experiment.objective.bound
        self._gains: list[float] = []
        self._best: tuple[Score, TrialLine] | None = None
        self._since = 0
        self._epochs = 0
        self._worker_seconds = 0.0
        self._busy: dict[str, list[tuple[float, float]]] = {}
        self._let_go: dict[int, list[Ended]] = {}
        self._ended = 0
        self._reached: str | None = None
        self._used_then = (0, 0.0, 0.0)

    @property
    def reached(self) -> str | None:
        """The first limit that was reached, in words, with what trials that were in flight then took beyond it."""
        if self._reached is None:
            return None
        epochs, seconds, spent = (now - then for now, then in zip(self._used_now(), self._used_then, strict=True))
        more = {
            "budget.epochs": f"{epochs:,} more" if epochs else "",
            "budget.worker_hours": f"{seconds / 3600:.3g} hours more" if seconds else "",
            "budget.cost": f"{spent:.4g} more" if spent else "",
        }.get(self._reached.partition(":")[0], "")
        return f"{self._reached}; trials in flight then took {more}" if more else self._reached

    def pause(self, line: Ended) -> None:
        """A worker let a trial go, which waits: what it had done counts when the trial has ended."""
        self._let_go.setdefault(line.trial, []).append(line)

    def end(self, line: TrialLine) -> None:
        """A trial ended; those that did before have been told, and the pauses of this one."""
        self._ended += 1
        self._epochs += line.epochs
        self._worker_seconds += line.worked_seconds
        for each in (*self._let_go.pop(line.trial, ()), line):
            if each.started is not None:
                _cover(self._busy.setdefault(each.worker.node or "", []), each.started, each.worked_until)
        score = self._ranking.score(line)
        if score is not None:
            self._gains.append(score[1])
            self._since += 1
            if self._best is None or score > self._best[0]:
                self._best, self._since = (score, line), 0
        if self._reached is None:
            self._reached, self._used_then = self._used() or self._achieved(), self._used_now()

    def expected(self, most: int | None) -> float | None:
        """Trials that will probably still end before the first limit is reached; ``None`` where nothing tells.

        For how long hours and cost last is told by :meth:`worker_seconds`.

        Args:
            most: that there may still be; all of them where no limit is reached before; ``None``: any number.
        """
        if self.reached is not None:
            return 0.0
        if self._budget.epochs is not None and self._epochs:
            left = math.ceil((self._budget.epochs - self._epochs) * self._ended / self._epochs)
            most = left if most is None else min(most, left)
        if not self._ended:
            return most
        if most is None:
            return min((until for until in self._until(_FAR) if until < _FAR / 2), default=None)
        return min([float(most), *self._until(most)])

    def worker_seconds(self, at_once: int) -> float | None:
        """Seconds for which workers may still train by the budget's hours and cost; ``None``: there is no such limit.

        Args:
            at_once: workers; nodes stay as busy as they are.
        """
        budget, left = self._budget, []
        if budget.worker_hours is not None:
            left.append(budget.worker_hours * 3600 - self._worker_seconds)
        if budget.cost is not None and self._busy:
            left.append((budget.cost.most - self._spent()) / budget.cost.node_hour * 3600 * at_once / len(self._busy))
        return min(left, default=None)

    def _until(self, most: int) -> Iterator[float]:
        """Of so many trials, those until each rule of ``stop`` ends the search."""
        stop, gains = self._stop, self._gains
        if stop is None:
            return
        if stop.patience_trials is not None:
            yield expected_trials(len(gains), self._since, stop.patience_trials, most)
        if stop.target is not None:
            yield trials_to_reach(gains, self._ranking.gain(stop.target), most)
        if stop.expected_gain is not None:
            yield trials_to_gain_less(gains, stop.expected_gain, most, self._room)

    @property
    def _room(self) -> float | None:
        """Between the best value and the end of the metric; ``None``: there is no end, or no value."""
        if self._bound is None or self._best is None:
            return None
        return abs(self._bound - self._best[1].best_value)

    def _used(self) -> str | None:
        """What of the budget is used up, in words."""
        budget = self._budget
        if budget.epochs is not None and self._epochs >= budget.epochs:
            return f"budget.epochs: {self._epochs:,} epochs were trained, of {budget.epochs:,}"
        hours = self._worker_seconds / 3600
        if budget.worker_hours is not None and hours >= budget.worker_hours:
            return f"budget.worker_hours: workers trained for {hours:.3g} hours, of {budget.worker_hours:g}"
        if budget.cost is not None and (spent := self._spent()) >= budget.cost.most:
            return f"budget.cost: {spent:.4g} was spent on nodes, of {budget.cost.most:g}"
        return None

    def _used_now(self) -> tuple[int, float, float]:
        return self._epochs, self._worker_seconds, self._spent()

    def _spent(self) -> float:
        """The price of the hours in which a node ran a trial."""
        seconds = sum(end - begin for spans in self._busy.values() for begin, end in spans)
        return 0.0 if self._budget.cost is None else seconds / 3600 * self._budget.cost.node_hour

    def _achieved(self) -> str | None:
        """Why what was found is enough, in words."""
        stop = self._stop
        if stop is None or self._best is None:
            return None
        best = self._best[1]
        value = best.best_value
        if stop.target is not None and self._ranking.gain(value) >= self._ranking.gain(stop.target):
            reached = f"trial {best.trial} reached {self._metric} {value:.4g}"
            return f"stop.target: {reached}, and {stop.target:g} was asked for"
        if stop.patience_trials is not None and self._since >= stop.patience_trials:
            return f"stop.patience_trials: {self._since} trials after trial {best.trial} gave nothing better"
        if stop.expected_gain is None:
            return None
        gain = expected_gain(self._gains, MOST_AHEAD, self._room)
        if gain is not None and gain < stop.expected_gain:
            more = f"{MOST_AHEAD} more trials would probably improve {self._metric} by {gain:.2g}"
            return f"stop.expected_gain: {more}, less than {stop.expected_gain:g}"
        return None


def limit_reached(experiment: Experiment, ended: Iterable[TrialLine], pauses: Iterable[Ended] = ()) -> str | None:
    """The limit that ended a search, in words; ``None`` where none but its trials or minutes did.

    Args:
        experiment: of the search.
        ended: its trials, in any order.
        pauses: of trials that its scheduler let wait.
    """
    limits = SearchLimits(experiment)
    for pause in pauses:
        limits.pause(pause)
    for line in sorted(ended, key=lambda line: (line.event if line.event is not None else -1, line.ended)):
        limits.end(line)
    return limits.reached


def _cover(spans: list[tuple[float, float]], begin: float, end: float) -> None:
    """Add a span to disjoint ones in their order."""
    apart = [span for span in spans if span[1] < begin or span[0] > end]
    if len(apart) < len(spans):
        touched = [span for span in spans if not (span[1] < begin or span[0] > end)]
        begin, end = min(begin, touched[0][0]), max(end, touched[-1][1])
    spans[:] = sorted([*apart, (begin, end)])


def idle_rules(experiment: Experiment) -> str:
    """Which rules of ``stop`` can end nothing, as the budget's trials are over before, in words; empty: none."""
    trials, stop = experiment.budget.trials, experiment.stop
    if trials is None or stop is None:
        return ""
    needed = {
        "expected_gain": FEWEST if stop.expected_gain else None,
        "patience_trials": stop.patience_trials and 1 + stop.patience_trials,  # the best one, and those after it
    }
    late = {rule: least for rule, least in needed.items() if least and trials <= least}
    told = ", and for ".join(f"stop.{rule}, which needs more than {least}" for rule, least in late.items())
    return f"budget.trials: {trials} is too few for {told}" if late else ""


def overrun_in_words(experiment: Experiment) -> str:
    """That trials which wait for each other use more than the budget before the first of them ends; empty: they do not.

    Of hours and cost nobody knows beforehand what trials take, so that it is told wherever there is such a limit.
    """
    budget, scheduler = experiment.budget, experiment.scheduler
    members = together(scheduler["name"], scheduler)
    epochs = members * experiment.epochs
    limits = {
        "epochs": budget.epochs is not None and budget.epochs < epochs,
        "worker_hours": budget.worker_hours is not None,
        "cost": budget.cost is not None,
    }
    named = " and ".join(f"budget.{name}" for name, may_be_passed in limits.items() if may_be_passed)
    if members < 2 or not named:
        return ""
    trained = f"all {members} train to their ends, {plural(epochs, 'epoch')} together"
    return (
        f"{named}: trials count when they end, and those of a population of {scheduler['name']} end together: {trained}"
    )
