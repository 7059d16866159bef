"""A worker: does the jobs that it is given, one after the other, in this process. Knows nothing of Ray."""

from __future__ import annotations

from typing import Protocol

from cnnsearch.search.jobs import EnsembleRun, FinalistRun, Job, RefitRun, SplitReading, TrialRun
from cnnsearch.sweep.worker.checkpoints import Checkpoints
from cnnsearch.sweep.worker.ensemble_work import EnsembleWork
from cnnsearch.sweep.worker.reading_work import ReadingWork
from cnnsearch.sweep.worker.refit_work import RefitWork
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.training_work import TrainingWork
from cnnsearch.sweep.worker.workshop import Workshop

__all__ = ["Worker", "WorkerSpentError"]


class WorkerSpentError(Exception):
    """The process has grown beyond its memory: another one takes the job that it was given."""


class Work(Protocol):
    """One job, done step by step."""

    @property
    def has_begun(self) -> bool:
        """Whether something is lost where this process ends now."""

    def step(self) -> Step:
        """Work until something is to be told."""

    def leave(self) -> None:
        """Keep what can be kept: the process ends."""


class Worker:
    """Keeps a workshop warm, and does one job after the other in it.

    Args:
        workshop: of this process.
        job: the first one.
    """

    def __init__(self, workshop: Workshop, job: Job) -> None:
        self._workshop = workshop
        self._work = work_on(job, workshop)

    def begin(self, job: Job) -> None:
        """The next one."""
        self._workshop.clear()
        self._work = work_on(job, self._workshop)

    def step(self) -> Step:
        """Work on the job until something is to be told.

        Raises:
            WorkerSpentError: the job was not begun, as a new process would have more memory for it.
            StorageError, RayLostError: the sweep ends.
        """
        if not self._work.has_begun and self._workshop.memory.is_spent:
            raise WorkerSpentError
        return self._work.step()

    def leave(self) -> None:
        """The process ends."""
        self._work.leave()


def work_on(job: Job, workshop: Workshop) -> Work:
    """How a job is done."""
    match job:
        case TrialRun():
            least = workshop.sweep.experiment.resources.checkpoint_seconds
            checkpoints = Checkpoints(workshop.sweep.store, job.number, job.attempt, least)
            return TrainingWork(job, workshop, checkpoints, job.known)
        case FinalistRun():
            return TrainingWork(job, workshop)
        case RefitRun():
            return RefitWork(job, workshop)
        case EnsembleRun():
            return EnsembleWork(job, workshop)
        case SplitReading():
            return ReadingWork(job, workshop)
    raise TypeError(f"no worker knows how to do a {type(job).__name__}")
