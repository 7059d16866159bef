"""The winner, trained again on training and validation pictures together, report by report."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cnnsearch.errors import RayLostError, StorageError
from cnnsearch.search.jobs import RefitRun
from cnnsearch.study.progress.pace import REPORTING
from cnnsearch.study.record.lines import Ended, Report
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.workshop import Workshop

if TYPE_CHECKING:
    from cnnsearch.training.refit import Refit
    from cnnsearch.training.result import TrialResult

__all__ = ["RefitWork"]


class RefitWork:
    """Trains what a job says, and leaves the model. Errors of the training end it with a reason.

    Args:
        job: what is trained.
        workshop: of this worker.
    """

    def __init__(self, job: RefitRun, workshop: Workshop) -> None:
        self._job = job
        self._workshop = workshop
        self._refit: Refit | None = None
        self._told = 0
        self._started = workshop.clock.now()

    @property
    def has_begun(self) -> bool:
        """Whether something is lost where this process ends now."""
        return self._refit is not None

    def step(self) -> Step:
        """Train until something is to be told.

        Raises:
            StorageError, RayLostError: as of a training.
        """
        from cnnsearch.training.model_file import save_model
        from cnnsearch.training.trial import failure

        try:
            refit = self._refit = self._refit or self._workshop.refit(self._job)
            began = time.perf_counter()
            while not refit.is_over and (time.perf_counter() - began < REPORTING):
                refit.run_epoch()
            if refit.is_over:
                with self._workshop.sweep.store.new_file(f"{self._job.folder}/model.keras") as path:
                    save_model(refit.export(), path)
            now, number = self._workshop.clock.now(), self._job.number
            end, finished = refit.ended(number, self._workshop.described, self._started, now), refit.is_over
        except (StorageError, RayLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it raises is its end, and the model of before stays
            end, finished = self._failed(failure(error, None)), True
        epochs = [] if self._refit is None else self._refit.epochs
        first, self._told = self._told, len(epochs)
        lines = tuple(epoch.line(self._job.number) for epoch in epochs[first:])
        return Step(told=Report(lines, end), finished=finished, epoch=len(epochs), objective=None)

    def leave(self) -> None:
        """Nothing: it begins anew elsewhere, as a finalist's run does."""

    def _failed(self, why: TrialResult) -> Ended:
        return Ended(
            trial=self._job.number,
            state="FAILED",
            end_reason="error",
            reason=why.reason,
            traceback=why.traceback,
            value=None,
            worker=self._workshop.described,
            seed=self._job.seed,
            started=self._started,
            ended=self._workshop.clock.now(),
        )
