"""Running: what a trial is while it trains, on one seed or on several."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.feeds import Feeds
from cnnsearch.training.programs import Programs
from cnnsearch.training.repeated import Repeated
from cnnsearch.training.trainer import Trainer

__all__ = ["Running", "begun"]

Running = Trainer | Repeated


def begun(
    experiment: Experiment,
    config: Mapping[str, Any],
    pixels: Pixels,
    scaling: Scaling,
    seed: int,
    programs: Programs | None = None,
    feeds: Feeds | None = None,
    checkpoint: Checkpoint | None = None,
    now: Callable[[], float] = time.time,
) -> Running:
    """A trial that begins, or goes on, on as many seeds as the experiment repeats it; arguments as of ``Trainer``."""
    programs = Programs() if programs is None else programs  # one for all runs

    def make(patient: Experiment, used: int, left: Checkpoint | None) -> Trainer:
        return Trainer(patient, config, pixels, scaling, used, programs, feeds, left, now=now)

    if experiment.repeats == 1:
        return make(experiment, seed, checkpoint)
    return Repeated(experiment, seed, make, checkpoint)
