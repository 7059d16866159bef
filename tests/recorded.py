"""Whole lines of a record, as a sweep writes them; ``keys`` replace their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.study.record.lines import Ended, EpochLine, FinalistLine, Proposal, Report, TrialLine

__all__ = ["ended", "epoch", "metrics", "proposed", "report", "run"]

START = 1_750_000_000.0


def metrics(value: float) -> dict[str, float | None]:
    """Of an epoch."""
    return {"loss": 0.5, "accuracy": value, "val_loss": 0.5, "val_accuracy": value, "val_f1": value}


def proposed(trial: int, **keys: Any) -> Proposal:
    """That a config was proposed."""
    return Proposal(**{"trial": trial, "config": {}, "seed": 1, "told": 0, "time": START, **keys})


def epoch(trial: int, number: int, value: float = 0.5, values: dict[str, Any] | None = None, **keys: Any) -> EpochLine:
    """An epoch of a trial; ``values`` replace some of its metrics."""
    told = {"values": {**metrics(value), **(values or {})}, "learning_rate": 0.001, "seconds": 1.0}
    return EpochLine(**{"trial": trial, "epoch": number, **told, "time": START + number, **keys})


def ended(trial: int, value: float | None = 0.5, **keys: Any) -> TrialLine:
    """The end of a trial; without a value, of one that failed."""
    return TrialLine(**{"config": {}, **_end(trial, value), **keys})


def run(trial: int, number: int, value: float | None = 0.5, **keys: Any) -> FinalistLine:
    """The end of a finalist's run."""
    return FinalistLine(**{"run": number, **_end(trial, value), **keys})


def report(trial: int, curve: Mapping[int, float], metric: str = "val_accuracy", **keys: Any) -> Report:
    """What a worker tells: the objective by epoch, and that the trial completed, or ended as ``keys`` say."""
    epochs = tuple(EpochLine(trial=trial, epoch=number, values={metric: curve[number]}) for number in curve)
    value = max(curve.values(), default=None)
    end = {
        "state": "COMPLETED",
        "end_reason": "epochs",
        "value": value,
        "best_epoch": 1,
        "epochs": max(curve, default=0),
    }
    return Report(epochs, Ended(**{"trial": trial, **end, "seed": 1, "started": 1.0, "ended": 2.0, **keys}))


def _end(trial: int, value: float | None) -> dict[str, Any]:
    failed = value is None
    return {
        "trial": trial,
        "state": "FAILED" if failed else "COMPLETED",
        "reason": "it broke" if failed else None,
        "value": value,
        "best_epoch": None if failed else 1,
        "epochs": 1,
        "metrics": {} if value is None else metrics(value),
        "seed": 1,
        "started": START,
        "ended": START + 10,
    }
