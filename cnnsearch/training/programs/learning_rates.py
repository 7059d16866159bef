"""Learning rates of the steps of a trial, from its schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnsearch.families.spec import ONE_CYCLE_FIRST, ONE_CYCLE_LAST, ONE_CYCLE_RISE

__all__ = ["learning_rates"]

_COOLDOWN = 0.25
"""Of the epochs of a training that ends with its last weights, in which the rate goes down to 0."""


def learning_rates(
    config: Mapping[str, Any], epoch: int, steps: int, epochs: int, cooled: int | None = None
) -> np.ndarray:
    """The learning rate of each step of one epoch, ``(steps,)`` float32.

    A linear warm-up (Goyal et al. 2017) comes first, and the schedule has the steps that it leaves: without a jump.
    ``one_cycle`` (Smith 2018) has a rise of its own, which then takes as long.

    Args:
        config: ``learning_rate``, ``learning_rate_schedule``, ``warmup_epochs``, ``decay_epochs``, ``decay_factor``,
            ``decay_power``.
        epoch: counted from 0.
        steps: steps an epoch.
        epochs: epochs of a full trial; cosine (Loshchilov and Hutter 2017, without restarts) and polynomial reach 0 at
            their end.
        cooled: the training ends after so many epochs with its last weights, whatever these are. Over their last
            quarter the rate goes down to 0 in a straight line (Hägele et al. 2024), unless the schedule is lower.
            ``None``: the best of its epochs counts, or it goes on, and the schedule is all there is.
    """
    at = epoch * steps + np.arange(steps)
    factors = _factors(config, at, steps, epochs)
    if cooled is not None:
        end = cooled * steps
        left = max(round(_COOLDOWN * end), 1)
        straight = _factors(config, np.array([end - left]), steps, epochs) * (end - at) / left
        factors = np.where(at >= end - left, np.minimum(factors, straight), factors)
    return np.asarray(config["learning_rate"] * factors, np.float32)


def _factors(config: Mapping[str, Any], at: np.ndarray, steps: int, epochs: int) -> np.ndarray:
    """The schedule at these steps, over the learning rate of the config."""
    total = epochs * steps
    rise = min(round(config["warmup_epochs"] * steps), total)
    if config["learning_rate_schedule"] == "one_cycle":
        return _one_cycle(at, rise or round(ONE_CYCLE_RISE * total), total)
    after = _FACTORS[config["learning_rate_schedule"]](config, np.maximum(at - rise, 0), steps, total - rise)
    return np.where(at < rise, (at + 1) / max(rise, 1), after)


def _one_cycle(at: np.ndarray, rise: int, total: int) -> np.ndarray:
    up = ONE_CYCLE_FIRST + (1.0 - ONE_CYCLE_FIRST) * _cosine(1.0 - at / max(rise, 1))
    down = ONE_CYCLE_LAST + (1.0 - ONE_CYCLE_LAST) * _cosine((at - rise) / max(total - rise, 1))
    return np.where(at < rise, up, down)


def _cosine(done: np.ndarray) -> np.ndarray:
    """From 1 to 0 while ``done`` goes from 0 to 1."""
    return np.asarray(0.5 * (1.0 + np.cos(np.pi * done)))


def _constant(config: Mapping[str, Any], at: np.ndarray, steps: int, total: int) -> np.ndarray:  # noqa: ARG001
    return np.ones(len(at))


def _cosine_decay(config: Mapping[str, Any], at: np.ndarray, steps: int, total: int) -> np.ndarray:  # noqa: ARG001
    return _cosine(at / max(total, 1))


def _step(config: Mapping[str, Any], at: np.ndarray, steps: int, total: int) -> np.ndarray:  # noqa: ARG001
    return np.asarray(config["decay_factor"] ** (at // (config["decay_epochs"] * steps)).astype(float))


def _polynomial(config: Mapping[str, Any], at: np.ndarray, steps: int, total: int) -> np.ndarray:  # noqa: ARG001
    return np.asarray((1.0 - at / max(total, 1)) ** config["decay_power"])


_FACTORS: dict[str, Callable[[Mapping[str, Any], np.ndarray, int, int], np.ndarray]] = {
    "constant": _constant,
    "cosine": _cosine_decay,
    "step": _step,
    "polynomial": _polynomial,
}
"""Schedule -> the rate over the first one, of the steps ``at`` of ``total``, ``steps`` an epoch."""
