"""What a trial returns: frozen, without Keras or Ray in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cnnsearch.study.record.lines import Ended, EpochLine, State, Worker
from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["EndReason", "EpochResult", "TrialResult"]

EndReason = Literal["epochs", "patience", "diverged", "scheduler", "error"]


@dataclass(frozen=True)
class EpochResult:
    """One epoch of a trial.

    Attributes:
        epoch: counted from 1.
        values: metric -> its value, those of :attr:`TaskSpec.curve <cnnsearch.tasks.task.TaskSpec.curve>`: ``loss`` ...
            is the mean over the training pictures as the epoch went by, regularisation included in the loss;
            ``val_loss`` ... is of the whole validation split after the epoch.
        learning_rate: at the epoch's first step.
        seconds: training and validation.
        time: Unix time at its end.
        runs: the objective on each of the trial's seeds, of which ``values`` are the means; empty where it has one.
        folds: likewise on each of its folds, partition after partition; empty where it has none.
    """

    epoch: int
    values: Mapping[str, float]
    learning_rate: float
    seconds: float
    time: float
    runs: tuple[float, ...] = ()
    folds: tuple[float, ...] = ()

    def line(self, trial: int) -> EpochLine:
        """The epoch as one of a trial of the record."""
        rate, seconds = self.learning_rate, self.seconds
        return EpochLine(
            trial=trial,
            epoch=self.epoch,
            values=self.values,
            learning_rate=rate,
            seconds=seconds,
            time=self.time,
            runs=self.runs,
            folds=self.folds,
        )

    def to_dict(self) -> dict[str, Any]:
        """Flat, as a line of ``curves.jsonl`` is."""
        return {
            "epoch": self.epoch,
            **self.values,
            "learning_rate": self.learning_rate,
            "seconds": self.seconds,
            "time": self.time,
            **({"runs": list(self.runs)} if self.runs else {}),
            **({"folds": list(self.folds)} if self.folds else {}),
        }

    @classmethod
    def from_dict(cls, line: Mapping[str, Any]) -> EpochResult:
        """The inverse of :meth:`to_dict`."""
        values = dict(line)
        own = {name: values.pop(name) for name in ("epoch", "learning_rate", "seconds", "time")}
        runs, folds = (tuple(values.pop(name, ())) for name in ("runs", "folds"))
        return cls(values=values, runs=runs, folds=folds, **own)


@dataclass(frozen=True)
class TrialResult:
    """What a trial came to. Where it failed, what is not known is ``None`` or empty.

    Attributes:
        state: ``COMPLETED``, ``STOPPED`` (by the report callable) or ``FAILED``.
        end_reason: ``epochs`` (all of them), ``patience``, ``diverged`` (a later epoch was not finite, and those before
            it count), ``scheduler`` or ``error``.
        reason: why it failed or diverged, in words.
        traceback: where an unexpected error arose.
        value: the objective at the best epoch.
        best_epoch: counted from 1.
        epochs: every epoch in order; of one that diverged those before.
        metrics: at the best epoch: those that training tells, and as ``val_...`` those of every trial; ``None``: not
            defined on these pictures.
        predictions: of the validation pictures at the best epoch.
        cost: ``parameters``, ``model_bytes`` (of the weights), ``latency_seconds`` (median of single pictures; its
            quartiles are ``latency_low_seconds`` and ``latency_high_seconds``; measured once a program),
            ``wall_seconds``, ``compute_seconds`` (training and validation; where the program is new, TensorFlow
            optimises it in the first epoch), of these ``evaluate_seconds`` (validation); ``compile_seconds`` (building
            and tracing a program; 0 where one was there), ``reset_seconds`` (bringing back one that was there). Of a
            transfer trial behind a frozen prefix also ``features_seconds`` (until they were there) and
            ``saved_seconds`` (what its epochs would have taken to compute them). Of texts also ``tokens`` (how many its
            vocabulary has, with those for padding and for all others) and ``unknown_tokens`` (share of the tokens of
            the validation texts that it does not know), and with a file of word vectors ``with_vectors`` (share of the
            words that have one) and ``vector_size`` (numbers of each).
        notes: what the user should be told about this config.
        features: names of the stages that it trained on, in place of pictures.
        runs: the objective at the best epoch on each of its seeds, whose mean is ``value``; empty where it has one.
        folds: likewise on each of its folds, partition after partition; empty where it has none. Predictions are then
            of all pictures, each by the training that did not see it, and metrics are means over the folds.
        model_seed: which of the seeds metrics, predictions and model are of, of folds the model alone; ``None``: it has
            one.
    """

    state: State
    end_reason: EndReason
    reason: str | None = None
    traceback: str | None = None
    value: float | None = None
    best_epoch: int | None = None
    epochs: tuple[EpochResult, ...] = ()
    metrics: dict[str, float | None] | None = None
    predictions: Predictions | None = None
    cost: dict[str, float] | None = None
    notes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    runs: tuple[float, ...] = ()
    folds: tuple[float, ...] = ()
    model_seed: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only, without the epochs and the predictions."""
        return {
            "state": self.state,
            "end_reason": self.end_reason,
            "reason": self.reason,
            **({"traceback": self.traceback} if self.traceback else {}),
            "value": self.value,
            "best_epoch": self.best_epoch,
            "epochs": len(self.epochs),
            "metrics": self.metrics or {},
            "cost": self.cost or {},
            **({"notes": list(self.notes)} if self.notes else {}),
            **({"features": list(self.features)} if self.features else {}),
            **({"runs": list(self.runs)} if self.runs else {}),
            **({"folds": list(self.folds)} if self.folds else {}),
            **({"model_seed": self.model_seed} if self.model_seed is not None else {}),
        }

    def ended(self, trial: int, seed: int, worker: Worker, started: float, ended: float) -> Ended:
        """The result as the end of a trial of the record; curves and predictions are kept elsewhere."""
        return Ended(
            trial=trial,
            state=self.state,
            end_reason=self.end_reason,
            reason=self.reason,
            traceback=self.traceback or None,
            value=self.value,
            best_epoch=self.best_epoch,
            epochs=len(self.epochs),
            metrics=self.metrics or {},
            cost=self.cost or {},
            worker=worker,
            seed=seed,
            started=started,
            ended=ended,
            notes=self.notes,
            features=self.features,
            runs=self.runs,
            folds=self.folds,
            model_seed=self.model_seed,
        )
