"""Decisions: a scheduler that judges each report of a trial once, whichever worker or driver brings it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from cnnsearch.experiment import Experiment
from cnnsearch.search.audit import Audit
from cnnsearch.search.schedulers import (
    Decision,
    Exploit,
    Go,
    Pause,
    Release,
    Scheduler,
    Stop,
    judgements,
    make_scheduler,
)
from cnnsearch.study.fronts import Vector

__all__ = ["Decisions"]


class Decisions:
    """Wraps a scheduler: what it was told can be told to another one, which then decides alike.

    A trial that goes on from an earlier epoch tells some epochs again. The scheduler must not count them twice, and
    what it had decided still holds: it may have stopped the trial, and the driver died before that was recorded. Such a
    trial ends at that epoch: where its checkpoint was made there, it tells of it again without going on.

    Of a trial that waits it remembers the epoch, and how it is released, until somebody has carried that out.

    Args:
        scheduler: decides; not yet used.
        is_unwanted: whether a user wants a trial to stop. The scheduler is asked all the same, and so learns of it what
            it learns of one that it stops itself.
    """

    def __init__(self, scheduler: Scheduler, is_unwanted: Callable[[int], bool] = lambda _: False) -> None:
        self._scheduler = scheduler
        self._is_unwanted = is_unwanted
        self._made: dict[int, dict[int, Decision]] = {}
        self._waiting: dict[int, int] = {}
        self._released: dict[int, Release] = {}

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        audited: Callable[[int, int], None],
        is_unwanted: Callable[[int], bool] = lambda _: False,
        is_never_stopped: Callable[[int], bool] = lambda _: False,
    ) -> Decisions:
        """Those of an experiment's scheduler, audited as it says; other arguments as of :class:`Audit` and this."""
        scheduler = make_scheduler(experiment.scheduler, experiment.epochs, len(experiment.objective.names))
        share = experiment.scheduler.get("audit")
        # One that judges nobody stops nobody, and who waits there does so for others.
        judges = judgements(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)
        spared = is_never_stopped if judges else (lambda _: False)
        return cls(Audit(scheduler, share, experiment.seed, audited, spared), is_unwanted)

    def begin(self, trial: int, kin: Hashable) -> None:
        """A trial was proposed; arguments as of :meth:`Scheduler.begin`."""
        self._scheduler.begin(trial, kin)

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:
        """Whether a trial goes on; arguments as of :meth:`Scheduler.decide`."""
        made = self._made.setdefault(trial, {})
        last = max(made, default=0)
        if epoch > last:
            self._forget(trial)  # it would not be here if it still waited
            stopped = isinstance(made.get(last), Stop)
            made[epoch] = Stop() if stopped else self._scheduler.decide(trial, epoch, score, beside)
            if isinstance(made[epoch], Pause):
                self._waiting[trial] = epoch
        decision = made.get(epoch, Go())
        self._gather()
        return Stop() if self._is_unwanted(trial) else decision

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        """A trial has ended; arguments as of :meth:`Scheduler.end`."""
        self._scheduler.end(trial, epoch, score, beside)
        self._made.pop(trial, None)
        self._forget(trial)
        self._gather()

    def close(self) -> None:
        """No other trial will come, and none runs, or time is short: who waits is released."""
        self._scheduler.close()
        self._gather()

    def waits(self, trial: int) -> bool:
        """Whether a trial waits, or has been released and nobody has carried that out; not where a user stops it."""
        return trial in self._waiting and not self._is_unwanted(trial)

    def has_stopped(self, trial: int) -> bool:
        """Whether the last decision was that a trial ends, and nobody has carried that out."""
        made = self._made.get(trial, {})
        return isinstance(made.get(max(made, default=0)), Stop)

    @property
    def released(self) -> Mapping[int, Release]:
        """What becomes of trials that wait no longer, as far as nobody has carried it out."""
        return dict(self._released)

    def carried_out(self, trial: int, epoch: int) -> None:
        """What became of a trial that had waited after ``epoch`` has been done."""
        if self._waiting.get(trial) == epoch:
            self._forget(trial)

    def _forget(self, trial: int) -> None:
        self._waiting.pop(trial, None)
        self._released.pop(trial, None)

    def _gather(self) -> None:
        """See who need not wait any more. Where such a trial tells that epoch again, it is told what it was."""
        for trial, release in self._scheduler.released().items():
            self._released[trial] = release
            self._made[trial][self._waiting[trial]] = Go() if isinstance(release, Exploit) else release
