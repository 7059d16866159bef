"""Running: what a trial is while it trains, once, on several seeds, or on folds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.lockstep.folded import Folded
from cnnsearch.training.lockstep.lockstep import Lockstep
from cnnsearch.training.lockstep.repeated import Repeated
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

__all__ = ["Running", "begun"]

Running = Trainer | Lockstep


def begun(
    experiment: Experiment,
    config: Mapping[str, Any],
    pixels: Pixels,
    scaling: Scaling,
    seed: int,
    programs: Programs | None = None,
    feeds: Feeds | None = None,
    checkpoint: Checkpoint | None = None,
    folds: Sequence[Fold] = (),
    now: Callable[[], float] = time.time,
) -> Running:
    """A trial that begins, or goes on, on these folds, or on as many seeds as the experiment repeats it.

    Other arguments as of ``Trainer``.
    """
    programs = Programs() if programs is None else programs  # one for all runs
    feeds = Feeds() if feeds is None else feeds

    def make(patient: Experiment, number: int, used: int, left: Checkpoint | None) -> Trainer:
        fold = folds[number] if folds else None
        return Trainer(patient, config, pixels, scaling, used, programs, feeds, left, fold, now)

    if folds:
        gathering = Folded(experiment, experiment.filled(config), pixels, folds)
        return Lockstep(experiment, seed, len(folds), make, gathering, checkpoint)
    if experiment.repeats > 1:
        return Lockstep(experiment, seed, experiment.repeats, make, Repeated(), checkpoint)
    return make(experiment, 0, seed, checkpoint)
