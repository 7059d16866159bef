"""Decisions: a scheduler that judges each report of a trial once, whichever worker or driver brings it."""

from __future__ import annotations

from collections.abc import Callable

from cnnsearch.experiment import Experiment
from cnnsearch.search.audit import Audit
from cnnsearch.search.schedulers import Decision, Go, Scheduler, Stop, make_scheduler

__all__ = ["Decisions"]


class Decisions:
    """Wraps a scheduler: what it was told can be told to another one, which then decides alike.

    A trial that goes on from an earlier epoch tells some epochs again. The scheduler must not count them twice, and
    what it had decided still holds: it may have stopped the trial, and the driver died before that was recorded. Such a
    trial ends at that epoch or, where its checkpoint was made there, at its next report.

    Args:
        scheduler: decides; not yet used.
        is_unwanted: whether a user wants a trial to stop. The scheduler is asked all the same, and so learns of it what
            it learns of one that it stops itself.
    """

    def __init__(self, scheduler: Scheduler, is_unwanted: Callable[[int], bool] = lambda _: False) -> None:
        self._scheduler = scheduler
        self._is_unwanted = is_unwanted
        self._made: dict[int, dict[int, Decision]] = {}

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        audited: Callable[[int, int], None],
        is_unwanted: Callable[[int], bool] = lambda _: False,
    ) -> Decisions:
        """Those of an experiment's scheduler, audited as it says; other arguments as of :class:`Audit` and this."""
        scheduler = make_scheduler(experiment.scheduler, experiment.epochs)
        return cls(Audit(scheduler, experiment.scheduler.get("audit"), experiment.seed, audited), is_unwanted)

    def decide(self, trial: int, epoch: int, score: float) -> Decision:
        made = self._made.setdefault(trial, {})
        last = max(made, default=0)
        if epoch > last:
            stopped = isinstance(made.get(last), Stop)
            made[epoch] = Stop() if stopped else self._scheduler.decide(trial, epoch, score)
        return Stop() if self._is_unwanted(trial) else made.get(epoch, Go())

    def end(self, trial: int, epoch: int, score: float | None) -> None:
        self._scheduler.end(trial, epoch, score)
        self._made.pop(trial, None)
