"""A search space in Optuna's words: distributions, and labels for the options of a choice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from cnnsearch.search.samplers.optuna.private import Categories, suggest
from cnnsearch.space import Choice, Config, Constant, Float, Int, Space

__all__ = ["Translation", "labels_of"]


class Translation:
    """Between the configs of a space and what Optuna is told of them, which leaves constants out."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._labels = {
            name: labels_of(parameter.options) for name, parameter in space.items() if isinstance(parameter, Choice)
        }
        self._places = {
            name: {label: place for place, label in enumerate(labels)} for name, labels in self._labels.items()
        }
        self._distributions = {
            name: self._distribution(name, parameter)
            for name, parameter in space.items()
            if not isinstance(parameter, Constant)
        }

    def _distribution(self, name: str, parameter: Float | Int | Choice) -> BaseDistribution:
        if isinstance(parameter, Choice):
            return Categories(self._labels[name])
        low, high = parameter.ends
        if isinstance(parameter, Float):
            return FloatDistribution(low, high, parameter.log, parameter.step)
        return IntDistribution(int(low), int(high), parameter.log, parameter.step or 1)

    @property
    def all_distributions(self) -> dict[str, BaseDistribution]:
        """Of every parameter but constants."""
        return dict(self._distributions)

    def distributions(self, config: Config) -> dict[str, BaseDistribution]:
        """Of the parameters that vary in ``config``."""
        return {name: self._distributions[name] for name in config if name in self._distributions}

    def told(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What varies in ``config``, as Optuna is told it; a value that the space has not stays as it is."""
        return {name: self._told(name, config[name]) for name in config if name in self._distributions}

    def recalled(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """As :meth:`told`, bit for bit as Optuna itself had proposed it."""
        return {name: _on_step(self._space[name], value) for name, value in self.told(config).items()}

    def _told(self, name: str, value: Any) -> Any:
        parameter = self._space[name]
        if not isinstance(parameter, Choice):
            return parameter.own(value)
        place = parameter.position(value)
        return _text(value) if place is None else self._labels[name][place]

    def suggest(self, trial: optuna.Trial, name: str) -> Any:
        """What Optuna's sampler proposes for a parameter, as the space has it."""
        parameter = self._space[name]
        if isinstance(parameter, Constant):
            return parameter.value
        proposed = suggest(trial, name, self._distributions[name])
        if isinstance(parameter, Choice):
            return parameter.options[self._places[name][proposed]]
        return parameter.nearest(proposed) if isinstance(parameter, Float) else proposed


def _on_step(parameter: Any, value: Any) -> Any:
    """As Optuna itself would have given it: 3 steps of 0.1 are 0.30000000000000004 to it, and 0.3 in the record.

    Without this a study that was rebuilt would differ from the one that proposed in a float's last bit.
    """
    if not isinstance(parameter, Float) or parameter.step is None or not parameter.contains(value):
        return value
    low, high = parameter.ends
    return min(max(low + round((value - low) / parameter.step) * parameter.step, low), high)


def labels_of(options: Sequence[Any]) -> list[Any]:
    """The options as Optuna's categories, no two equal to Python: to Optuna these would be one.

    Optuna stores scalars only. An option is its own label where it can be, else its JSON text.
    """
    labels: list[Any] = []
    taken: set[Any] = set()  # by Python's equality, as Optuna looks them up
    for option in options:
        label = _text(option)
        if label in taken:
            label = json.dumps(option)
        while label in taken:  # a text that looks like it
            label += "'"
        labels.append(label)
        taken.add(label)
    return labels


def _text(option: Any) -> Any:
    return json.dumps(option) if isinstance(option, (tuple, list)) else option
