"""Configs as rows of numbers: a column for each parameter that varies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.space import Choice, Config, Constant, Float, Int, Parameter, Space

__all__ = ["Columns", "Rows"]

Rows = NDArray[Any]


class Columns:
    """Between configs and rows: a range goes from 0 to 1, a choice is the place of its option, what is inactive NaN.

    Attributes:
        names: of the columns.
        options: of each column the number of a choice's options; 0: it is a range.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        varies = set(space.searched)
        self.names = [name for name in space.ordered if name in varies]
        self._places = {name: place for place, name in enumerate(self.names)}
        self._ends = {name: _ends(parameter) for name, parameter in space.items()}
        found = (space[name] for name in self.names)
        self.options = tuple(parameter.size if isinstance(parameter, Choice) else 0 for parameter in found)

    def row(self, config: Config) -> Rows:
        """Of a config, which may come from another space: a value that this one has not is as if it were inactive."""
        placed = [self._placed(name, config[name]) if name in config else math.nan for name in self.names]
        return np.array(placed, dtype=float)

    def config(self, row: Rows) -> Config:
        """The config of a row, of the parameters that are active in it."""
        config: Config = {}
        for name in self._space.ordered:
            if self._space.is_active(name, config):
                config[name] = self._value(name, row)
        return {name: config[name] for name in self._space if name in config}

    def active(self, row: Rows, config: Config) -> Rows:
        """The row of ``config`` with its inactive parameters left out."""
        return np.where([name in config for name in self.names], row, np.nan)

    def _placed(self, name: str, value: Any) -> float:
        parameter = self._space[name]
        if isinstance(parameter, (Choice, Constant)):
            option = parameter.position(value)
            return math.nan if option is None else float(option)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (parameter.log and value <= 0):
            return math.nan
        low, high = self._ends[name]
        place: float = ((math.log(value) if parameter.log else value) - low) / (high - low)
        return min(max(place, 0.0), 1.0)

    def _value(self, name: str, row: Rows) -> Any:
        parameter = self._space[name]
        if name not in self._places or isinstance(parameter, Constant):
            return next(iter(parameter.values()))
        place = float(row[self._places[name]])
        if isinstance(parameter, Choice):
            return parameter.options[int(place)]
        low, high = self._ends[name]
        value = low + place * (high - low)
        value = math.exp(value) if parameter.log else value
        if isinstance(parameter, Float):
            return parameter.nearest(value)
        step = parameter.step or 1
        return parameter.low + min(max(round((value - parameter.low) / step), 0), parameter.size - 1) * step


def _ends(parameter: Parameter) -> tuple[float, float]:
    """Of a range, in the logarithm where it goes by that; half a step beyond, so that each end has its full share."""
    if not isinstance(parameter, (Float, Int)):
        return 0.0, 1.0
    low, high = parameter.ends
    step = (parameter.step or 1) if isinstance(parameter, Int) else (parameter.step or 0.0)
    low, high = low - step / 2, high + step / 2
    return (math.log(low), math.log(high)) if parameter.log else (low, high)
