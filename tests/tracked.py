"""What a sweep of three trials tells its trackers: one that completes, one that fails, one that is interrupted."""

from __future__ import annotations

from typing import Any

from cnnsearch.sweep.tracking.tracker import Tracker

START = 1_750_000_000.0
CONFIGS: tuple[dict[str, Any], ...] = (
    {"units": 8, "learning_rate": 0.01, "optimizer": "adam", "batch_normalization": True, "image_size": [8, 8]},
    {"units": 16, "learning_rate": 0.1, "optimizer": "sgd", "batch_normalization": False, "image_size": [8, 8]},
    {"units": 4, "learning_rate": 0.2, "optimizer": "sgd", "batch_normalization": False, "image_size": [8, 8]},
)


def epoch(number: int, accuracy: float | None) -> dict[str, Any]:
    """A line of ``curves.jsonl``; a loss that was not finite stands there as null."""
    metrics = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "val_f1"), accuracy)
    return {"epoch": number, **metrics, "learning_rate": 0.01, "seconds": 1.0, "time": START + number}


COMPLETED = {
    "state": "COMPLETED",
    "end_reason": "epochs",
    "reason": None,
    "value": 0.75,
    "best_epoch": 2,
    "metrics": {"val_accuracy": 0.75, "val_loss": 0.5},
    "cost": {"parameters": 1234, "wall_seconds": 2.5},
    "config": CONFIGS[0],
    "ended": START + 3,
}
FAILED = {
    **COMPLETED,
    "state": "FAILED",
    "end_reason": "error",
    "reason": "loss is not finite",
    "value": None,
    "best_epoch": None,
    "metrics": {},
    "cost": {},
    "config": CONFIGS[1],
}


def happen(tracker: Tracker) -> None:
    """All of it, in order."""
    tracker.epochs(0, CONFIGS[0], [epoch(1, 0.5)])
    tracker.epochs(1, CONFIGS[1], [epoch(1, None)])
    tracker.epochs(0, CONFIGS[0], [epoch(2, 0.75), epoch(3, 0.625)])
    tracker.end(1, FAILED)
    tracker.end(0, COMPLETED)
    tracker.epochs(2, CONFIGS[2], [epoch(1, 0.25)])
    tracker.close()
