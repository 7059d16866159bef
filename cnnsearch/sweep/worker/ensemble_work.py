"""An ensemble, made of models that are there or of the winner's folds, which are trained again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, RayLostError, StorageError, TrialError
from cnnsearch.search.jobs import EnsembleRun
from cnnsearch.study.progress.pace import REPORTING
from cnnsearch.study.record.lines import Ended, Report
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cnnsearch.training.lockstep.lockstep import Lockstep
    from cnnsearch.training.result import TrialResult

__all__ = ["EnsembleWork"]

_TOOK = ("compute_seconds", "compile_seconds")


class EnsembleWork:
    """Makes what a job says, and leaves the model. Errors end it with a reason.

    Args:
        job: what is made.
        workshop: of this worker.
    """

    def __init__(self, job: EnsembleRun, workshop: Workshop) -> None:
        self._job = job
        self._workshop = workshop
        self._folds: Lockstep | None = None
        self._began = time.perf_counter()
        self._started = workshop.clock.now()

    @property
    def has_begun(self) -> bool:
        """Whether something is lost where this process ends now."""
        return self._folds is not None

    def step(self) -> Step:
        """Train until something is to be told; where nothing is trained, all of it.

        Raises:
            StorageError, RayLostError: as of a training.
        """
        from cnnsearch.training.trial import failure

        told = len(self._folds.epochs) if self._folds is not None else 0
        try:
            is_trained = self._job.epochs == 0 or self._train()
            end = self._made() if is_trained else self._ended(None, {}, {})
        except (StorageError, RayLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it raises is its end, and the model of before stays
            is_trained, end = True, self._ended(None, {}, {}, failure(error, None))
        epochs = [] if self._folds is None else self._folds.epochs
        lines = tuple(epoch.line(self._job.number) for epoch in epochs[told:])
        return Step(told=Report(lines, end), finished=is_trained, epoch=len(epochs) or None, objective=None)

    def leave(self) -> None:
        """Nothing: it begins anew elsewhere, as a finalist's run does."""

    def _train(self) -> bool:
        """Train the folds for a while; whether they have had all their epochs."""
        from cnnsearch.training.lockstep.lockstep import Lockstep

        if self._folds is None:
            trainer = self._workshop.trainer(self._job, None)
            if not isinstance(trainer, Lockstep):
                raise TrialError("the experiment has no folds that could be an ensemble")
            self._folds = trainer
        began = time.perf_counter()
        while len(self._folds.epochs) < self._job.epochs and time.perf_counter() - began < REPORTING:
            if self._folds.run_epoch() is None:
                raise TrialError("the training of a fold diverged, as it had not before")
        return len(self._folds.epochs) >= self._job.epochs

    def _made(self) -> Ended:
        """The ensemble as it is, written and read back, and with what it comes to where pictures may judge it."""
        from cnnsearch.training.ensemble import ensemble_of, latency_of
        from cnnsearch.training.model_file import save_model

        model = ensemble_of(self._members())
        took = self._folds.result().cost or {} if self._folds is not None else {}
        cost = {**{name: took[name] for name in _TOOK if name in took}, **latency_of(model).cost}
        with self._workshop.sweep.store.new_file(f"{self._job.folder}/model.keras") as path:
            save_model(model, path)
            metrics = self._judged(path)
        return self._ended(metrics.get(self._objective), metrics, cost)

    def _members(self) -> list[Any]:
        from cnnsearch.training.model_file import load_model

        if self._folds is not None:
            return list(self._folds.exports())
        experiment, store, found = self._workshop.sweep.experiment, self._workshop.sweep.store, []
        for name, config in self._job.models:
            with store.as_file(name) as path:
                found.append(load_model(path, experiment, config))
        return found

    def _judged(self, path: Path) -> Mapping[str, float | None]:
        """Metrics of the validation split, none where members were trained on it.

        Raises:
            TrialError: the file cannot be read.
        """
        from cnnsearch.serving.prediction import evaluate_file
        from cnnsearch.tasks.contract.metrics import aim_of
        from cnnsearch.tasks.contract.predictions import score_of
        from cnnsearch.training.model_file import load_model

        experiment, job = self._workshop.sweep.experiment, self._job
        try:
            if job.has_seen:
                load_model(path, experiment, job.config)
                return {}
            pictures, targets = self._workshop.validation_split(job)
            found = evaluate_file(path, pictures, targets, experiment, job.config, job.names, job.metrics)
        except InputError as error:
            raise TrialError(f"it cannot be read back: {error.problems[0].rule}") from error
        task = experiment.predicted
        predictions = task.decided_anew(found.predictions, experiment.filled(job.config))
        names = (*task.judged_by(self._objective), *task.decisions(job.names))
        return {aim_of(name): score_of(predictions, name) for name in dict.fromkeys(names)}

    @property
    def _objective(self) -> str:
        return self._workshop.sweep.experiment.objective.metric

    def _ended(
        self,
        value: float | None,
        metrics: Mapping[str, float | None],
        cost: Mapping[str, float],
        why: TrialResult | None = None,
    ) -> Ended:
        return Ended(
            trial=self._job.number,
            state="COMPLETED" if why is None else "FAILED",
            end_reason="epochs" if why is None else "error",
            reason=None if why is None else why.reason,
            traceback=None if why is None else why.traceback,
            value=value,
            epochs=0 if self._folds is None else len(self._folds.epochs),
            metrics=metrics,
            cost={**cost, "wall_seconds": time.perf_counter() - self._began},
            worker=self._workshop.described,
            seed=self._job.seed,
            started=self._started,
            ended=self._workshop.clock.now(),
        )
