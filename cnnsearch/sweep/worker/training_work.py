"""A trial, or a run of a finalist, trained report by report."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnsearch.errors import RayLostError, StorageError, TrialError
from cnnsearch.search.jobs import Training, TrialRun
from cnnsearch.study.progress.pace import REPORTING
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import Report, Worker
from cnnsearch.sweep.worker.candidate import Candidate
from cnnsearch.sweep.worker.checkpoints import Checkpoints
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.workshop import Workshop

if TYPE_CHECKING:
    from cnnsearch.training.lockstep.running import Running
    from cnnsearch.training.result import EpochResult

__all__ = ["TrainingWork"]

_GONE = (
    "it was to go on with the weights of another trial, and there are none: the network holds state that cannot be "
    "brought back, or its structure is another since a parameter was added to the space"
)

_WORTH = 1.0
"""Seconds of work of a trial that is cut short that are worth a checkpoint."""


class TrainingWork:
    """Trains what a job says. Errors of the training end it with a reason.

    Args:
        job: what is trained.
        workshop: of this worker.
        checkpoints: where it goes on from, and where others may; ``None``: nobody does.
        known: epochs that need not be told of again.
    """

    def __init__(
        self, job: Training, workshop: Workshop, checkpoints: Checkpoints | None = None, known: int = 0
    ) -> None:
        self._job = job
        self._workshop = workshop
        self._checkpoints = checkpoints
        self._known = known
        self._pauses = job.pauses if isinstance(job, TrialRun) else ()
        self._metric = workshop.sweep.experiment.objective.metric
        self._candidate = Candidate(job, workshop.sweep.store, Ranking.of(workshop.sweep.experiment))
        self._trainer: Running | None = None
        self._told = 0
        self._has_to_stop = False
        self._started = workshop.clock.now()

    @property
    def has_begun(self) -> bool:
        """Whether something is lost where this process ends now."""
        return self._trainer is not None

    def step(self) -> Step:
        """Train until something is to be told.

        Raises:
            StorageError, RayLostError: no other job could be kept or fed either; the sweep ends, and this job has not.
        """
        # TensorFlow is imported here, when there is a trial to run, and not with this module.
        from cnnsearch.training.trial import failure

        try:
            trainer = self._trainer = self._trainer or self._prepared()
            if self._told == len(trainer.epochs) and not self._has_to_stop:
                self._run_unasked(trainer)
            self._has_to_stop = False
            until = self._asked_next(len(trainer.epochs))
            result = trainer.result(stopped=False)
            self._candidate.keep(trainer, result)
            finished = until == len(trainer.epochs) and trainer.end_reason is not None
            if not finished and self._checkpoints is not None and self._is_wanted(self._checkpoints, until):
                self._checkpoints.keep(trainer)
        except (StorageError, RayLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a trial raises is that trial's end, not the sweep's
            result = failure(error, self._trainer)
            until = len(result.epochs)
            finished = True
        first, self._told = self._told, until
        number, seed, now = self._job.number, self._job.seed, self._workshop.clock.now()
        epochs = tuple(epoch.line(number) for epoch in result.epochs[first:until])
        return Step(
            told=Report(epochs, result.ended(number, seed, self._described(), self._started, now)),
            finished=finished,
            epoch=until,
            objective=None if result.state == "FAILED" else self._objective(result.epochs[until - 1]),
        )

    def leave(self) -> None:
        """The worker goes. What a trial that is cut short has done since its last checkpoint need not be lost."""
        trainer = self._trainer
        if trainer is None or self._checkpoints is None or trainer.end_reason is not None:
            return
        with contextlib.suppress(Exception):  # nobody is there to be told
            if self._checkpoints.is_due(_WORTH):
                self._checkpoints.keep(trainer)

    def _prepared(self) -> Running:
        trainer = self._workshop.trainer(self._job, self._checkpoints)
        if isinstance(self._job, TrialRun) and trainer.since != self._job.since:
            raise TrialError(_GONE)
        self._told = min(self._known, len(trainer.epochs))
        if isinstance(self._job, TrialRun):
            self._has_to_stop = self._job.is_stopped and len(trainer.epochs) == self._known
        if self._checkpoints is not None:
            self._checkpoints.begin()
        return trainer

    def _run_unasked(self, trainer: Running) -> None:
        """Epochs up to the next one after which the scheduler decides, or as many as fit into the time."""
        started = time.perf_counter()
        while trainer.end_reason is None:
            trainer.run_epoch()
            if len(trainer.epochs) in self._job.milestones or time.perf_counter() - started > REPORTING:
                return

    def _is_wanted(self, checkpoints: Checkpoints, until: int) -> bool:
        """Whether a checkpoint is worth its time, or the scheduler may let the trial wait after ``until`` epochs."""
        return until in self._pauses or checkpoints.is_due()

    def _asked_next(self, last: int) -> int:
        """The epoch to report next, of those up to ``last``: after a recovery, several may be untold."""
        return next((epoch for epoch in self._job.milestones if self._told < epoch < last), last)

    def _described(self) -> Worker:
        """What the line tells of the worker."""
        kept = self._checkpoints.cost if self._checkpoints is not None and self._checkpoints.written else None
        return replace(self._workshop.described, checkpoints=kept)

    def _objective(self, epoch: EpochResult) -> float:
        return epoch.values[self._metric]
