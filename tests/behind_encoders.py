"""Trials of networks behind a small pretrained encoder, whatever their task."""

from __future__ import annotations

import numpy as np
import tiny
from several_trainings import finished

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.trainer import Trainer

__all__ = ["MOBILENET", "SHAPE", "curve", "pictures", "trained"]

SHAPE = (40, 33, 1)
MOBILENET = {"encoder": "mobilenet", "backbone_alpha": 0.25, "weights": "none"}
_SCALING = Scaling(np.float32([1 / 255]), np.float32([0.0]), 0.0, 255.0)


def pictures(count: int, seed: int) -> np.ndarray:
    """Noise."""
    return np.random.default_rng(seed).integers(0, 255, (count, *SHAPE), dtype=np.uint8)


def trained(made: Experiment, pixels: Pixels) -> Trainer:
    """A trial of its only config, at its end."""
    found: Trainer = finished(Trainer(made, tiny.filled(made), pixels, _SCALING, 1, feeds=Feeds()))
    return found


def curve(of: Trainer) -> list[list[float]]:
    """All values of each epoch."""
    return [list(epoch.values.values()) for epoch in of.epochs]
