"""What a sweep of three trials tells its trackers: one that completes, one that fails, one that is interrupted."""

from __future__ import annotations

from typing import Any

from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.sweep.tracking.tracker import Tracker

START = 1_750_000_000.0
CONFIGS: tuple[dict[str, Any], ...] = (
    {"units": 8, "learning_rate": 0.01, "optimizer": "adam", "batch_normalization": True, "image_size": [8, 8]},
    {"units": 16, "learning_rate": 0.1, "optimizer": "sgd", "batch_normalization": False, "image_size": [8, 8]},
    {"units": 4, "learning_rate": 0.2, "optimizer": "sgd", "batch_normalization": False, "image_size": [8, 8]},
)


def epoch(trial: int, number: int, accuracy: float | None) -> EpochLine:
    """What was not finite is ``None``."""
    metrics = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "val_f1"), accuracy)
    return EpochLine(trial=trial, epoch=number, values=metrics, learning_rate=0.01, seconds=1.0, time=START + number)


COMPLETED = TrialLine(
    trial=0,
    state="COMPLETED",
    end_reason="epochs",
    value=0.75,
    best_epoch=2,
    metrics={"val_accuracy": 0.75, "val_loss": 0.5},
    cost={"parameters": 1234, "wall_seconds": 2.5},
    config=CONFIGS[0],
    seed=1,
    ended=START + 3,
)
FAILED = TrialLine(
    trial=1,
    state="FAILED",
    end_reason="error",
    reason="loss is not finite",
    value=None,
    config=CONFIGS[1],
    seed=1,
    ended=START + 3,
)


def happen(tracker: Tracker) -> None:
    """All of it, in order."""
    tracker.epochs(0, CONFIGS[0], [epoch(0, 1, 0.5)])
    tracker.epochs(1, CONFIGS[1], [epoch(1, 1, None)])
    tracker.epochs(0, CONFIGS[0], [epoch(0, 2, 0.75), epoch(0, 3, 0.625)])
    tracker.end(FAILED)
    tracker.end(COMPLETED)
    tracker.epochs(2, CONFIGS[2], [epoch(2, 1, 0.25)])
    tracker.close()
