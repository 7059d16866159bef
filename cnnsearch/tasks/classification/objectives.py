"""The metrics that a search may aim at."""

from __future__ import annotations

from typing import Literal

__all__ = ["METRICS", "Mode"]

Mode = Literal["max", "min"]

METRICS: dict[str, Mode] = {"val_accuracy": "max", "val_loss": "min", "val_f1": "max"}
"""Metric of an epoch -> the direction that is better. ``val_f1`` is the macro average over the classes."""
