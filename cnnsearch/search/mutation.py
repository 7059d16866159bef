"""Mutation: what of a config may change while its network is trained, and how population based training changes it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.experiment.configs.mutable import mutable
from cnnsearch.space import Config, Float, config_key

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["Mutation"]

_MUTATION = 0x4D07
"""Tells these draws from others that are made of the experiment's seed and a trial's number."""

_TRIES = 50
"""Mutations that are drawn until one keeps the constraints."""


class Mutation:
    """Of the configs of an experiment.

    Args:
        experiment: whose scheduler says by how much.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._mutable = mutable(experiment)

    def kin(self, config: Config) -> Hashable:
        """Equal for configs that differ in nothing but what may be mutated: the weights of one fit the other."""
        return config_key({name: value for name, value in config.items() if name not in self._mutable})

    def mutated(self, config: Config, trial: int, epoch: int) -> Config:
        """What a trial goes on with that takes over from another after an epoch.

        Where no draw keeps the constraints, that is the other's own config.

        Args:
            config: of the other one.
            trial: its number, on which the draw depends, as it does on the epoch.
            epoch: counted from 1.
        """
        rng = np.random.default_rng((self._experiment.seed, _MUTATION, trial, epoch))
        drawn = (self._drawn(config, rng) for _ in range(_TRIES))
        return next((found for found in drawn if self._experiment.space.allows(found)), config)

    def _drawn(self, config: Config, rng: np.random.Generator) -> Config:
        options, found = self._experiment.scheduler, dict(config)
        for name in self._mutable:
            parameter = self._experiment.space[name]
            if name not in config or not isinstance(parameter, Float):
                continue
            if rng.random() < options["resample"]:
                found[name] = parameter.sample(rng)
            else:
                factor = options["factor"] if rng.random() < 0.5 else 1 / options["factor"]
                found[name] = _within(parameter, float(config[name]) * factor)
        return found


def _within(parameter: Float, value: float) -> float:
    """The value of a range that is nearest."""
    if parameter.step is None:
        return min(max(value, parameter.low), parameter.high)
    return min(parameter.values(), key=lambda each: abs(each - value))
