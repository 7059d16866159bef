"""Lasting: until which epoch a training was as good as at its best, within the noise of so many pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from cnnsearch.tasks.contract.metrics import is_function, metric_of

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.study import Study

__all__ = ["epochs_after_patience", "kept_its_level", "lasting_epoch", "standard_error"]

_TIMES = 4
"""As many epochs as patience let a training have, at most: who leaves the end to patience names epochs without end."""


def lasting_epoch(gains: Sequence[float | None], error: float) -> int:
    """The last epoch that was no more than ``error`` below the best one, counted from 1.

    The best epoch of a noisy curve is often an early one, by chance: what ends there has not had the last, small steps
    of its schedule. An epoch that is clearly worse is not waited for, so that what was learnt by heart stays out.

    Args:
        gains: the objective after each epoch, larger being better; ``None``: not finite.
        error: of the objective, not negative.
    """
    known = [(gain, epoch) for epoch, gain in enumerate(gains, 1) if gain is not None]
    best = max(gain for gain, _ in known)
    if not error:
        return next(epoch for gain, epoch in known if gain == best)
    return max(epoch for gain, epoch in known if gain >= best - error)


def kept_its_level(gains: Sequence[float | None], error: float) -> bool:
    """Whether the epochs after the best one were, in the mean, no more than ``error`` below as many before it.

    What patience ended while it was so had not begun to learn by heart, as far as can be told. Where it got worse, or
    some of its values are not finite, it did. The best epoch itself is the highest of noisy values, so that nearly all
    others are below it: it is one of those before.

    Args:
        gains, error: as of :func:`lasting_epoch`.
    """
    best = gains.index(max(gain for gain in gains if gain is not None))
    after = [gain for gain in gains[best + 1 :] if gain is not None]
    before = [gain for gain in gains[: best + 1] if gain is not None][-len(after) :]
    is_finite = len(after) == len(gains) - best - 1
    return bool(error and after) and is_finite and fmean(after) >= fmean(before) - error


def epochs_after_patience(experiment: Experiment, epochs: int) -> int:
    """Of a training done again that patience ended after so many ``epochs``: all, or four times as many."""
    return min(experiment.epochs, _TIMES * epochs)


def standard_error(study: Study, value: float) -> float:
    """Of an objective that is a share of the validation pictures, by their number; 0 of any other."""
    aim = study.experiment.objective.metric
    pictures = sum(study.environment.get("dataset", {}).get("counts", {}).get("validation", {}).values())
    metric = None if is_function(aim) else study.experiment.predicted.metric(metric_of(aim))
    if metric is None or metric.kind != "share" or not pictures or not 0.0 <= value <= 1.0:
        return 0.0
    return math.sqrt(value * (1.0 - value) / pictures)
