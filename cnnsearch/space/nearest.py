"""The value of a parameter that is nearest to one that somebody wants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cnnsearch.space.options import Choice, Constant
from cnnsearch.space.parameters import Parameter
from cnnsearch.space.values import Value, is_number

__all__ = ["nearest_value"]


def nearest_value(parameter: Parameter, wanted: Sequence[Any], points: int | None = None) -> Value:
    """A value of a parameter.

    Args:
        parameter: of a space.
        wanted: values in the order in which they are wanted. The first that the parameter has is taken, or, where both
            are numbers, the number that is nearest to it: by their ratio where all are above 0. Where none is near to
            any, the first option is taken, or the middle of a range.
        points: how many values stand for a range, as in :meth:`cnnsearch.space.Space.grid`; ``None``: all of them.
    """
    values = _values(parameter, points)
    for value in wanted:
        if values is None and is_number(value):
            return _within(parameter, value)
        if values is not None:
            listed = Choice(tuple(values))
            if listed.contains(value):
                return listed.own(value)
            numbers = [each for each in values if is_number(each)]
            if numbers and is_number(value):
                return _nearest(numbers, value)
    return values[0] if isinstance(parameter, (Choice, Constant)) and values else parameter.points(3)[1]


def _values(parameter: Parameter, points: int | None) -> list[Value] | None:
    """All that it may be; ``None`` of a range with every number in it."""
    if isinstance(parameter, (Choice, Constant)) or parameter.size == 1:
        return list(parameter.values())
    return None if points is None else list(parameter.points(points))


def _within(parameter: Any, value: float) -> Value:
    """Of a range the number that is nearest."""
    low, high = parameter.ends
    if parameter.step is not None:
        place = min(max(round((value - low) / parameter.step), 0), parameter.size - 1)
        return parameter.own(low + place * parameter.step)  # type: ignore[no-any-return]
    bounded = min(max(value, low), high)
    return round(bounded) if isinstance(low, int) else float(bounded)


def _nearest(numbers: Sequence[Any], value: float) -> Value:
    if value > 0 and min(numbers) > 0:
        return min(numbers, key=lambda number: abs(math.log(number / value)))  # type: ignore[no-any-return]
    return min(numbers, key=lambda number: abs(number - value))  # type: ignore[no-any-return]
