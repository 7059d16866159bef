"""Whole lines of a record, as a sweep writes them; ``keys`` replace their own."""

from __future__ import annotations

from typing import Any

__all__ = ["ended", "epoch", "metrics", "proposed", "run"]

START = 1_750_000_000.0


def metrics(value: float) -> dict[str, float]:
    """Of an epoch."""
    return {"loss": 0.5, "accuracy": value, "val_loss": 0.5, "val_accuracy": value, "val_f1": value}


def proposed(**keys: Any) -> dict[str, Any]:
    """A line of ``proposals.jsonl``."""
    return {"config": {}, "seed": 1, "told": 0, "time": START, **keys}


def epoch(number: int, value: float = 0.5, **keys: Any) -> dict[str, Any]:
    """A line of ``curves.jsonl``."""
    times = {"learning_rate": 0.001, "seconds": 1.0, "time": START + number}
    return {"epoch": number, **metrics(value), **times, **keys}


def ended(value: float | None = 0.5, **keys: Any) -> dict[str, Any]:
    """A line of ``trials.jsonl``; without a value, of a trial that failed."""
    return {"config": {}, **_end(value), **keys}


def run(number: int, value: float | None = 0.5, **keys: Any) -> dict[str, Any]:
    """A line of ``finalists.jsonl``."""
    return {"run": number, **_end(value), **keys}


def _end(value: float | None) -> dict[str, Any]:
    failed = value is None
    return {
        "state": "FAILED" if failed else "COMPLETED",
        "reason": "it broke" if failed else None,
        "value": value,
        "best_epoch": None if failed else 1,
        "epochs": 1,
        "metrics": {} if value is None else metrics(value),
        "cost": {},
        "seed": 1,
        "worker": {},
        "started": START,
        "ended": START + 10,
    }
