"""What the value of an expression may be: its kinds, and the ends of its numbers, by interval arithmetic."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.space.expressions import COMPARISONS, equal
from cnnsearch.space.parameters import Choice, Float, Int, Parameter

__all__ = ["BOTH", "Domain", "ComputingError", "compared", "computed", "kind_of"]

_LARGEST = 1e300
"""Beyond it a number could not be told from an infinite one."""

BOTH = frozenset({True, False})


class ComputingError(ValueError):
    """Some values give no number; says which."""


@dataclass(frozen=True)
class Domain:
    """What a value may be.

    Attributes:
        kinds: of ``number``, ``text``, ``boolean``, ``null`` and ``list``.
        low, high: of its numbers.
        truths: of a condition, what it may come to.
        is_whole: whether every number is whole.
    """

    kinds: frozenset[str]
    low: float = math.nan
    high: float = math.nan
    truths: frozenset[bool] = BOTH
    is_whole: bool = False

    @classmethod
    def of(cls, parameter: Parameter) -> Domain:
        """Of a parameter of a space."""
        if isinstance(parameter, (Float, Int)):
            low, high = parameter.ends
            return cls(frozenset({"number"}), float(low), float(high), is_whole=isinstance(parameter, Int))
        values = parameter.options if isinstance(parameter, Choice) else (parameter.value,)
        return cls.among(values)

    @classmethod
    def among(cls, values: Iterable[Any]) -> Domain:
        """Of one of these values."""
        values = list(values)
        numbers = [value for value in values if kind_of(value) == "number"]
        low, high = (float(min(numbers)), float(max(numbers))) if numbers else (math.nan, math.nan)
        is_whole = all(isinstance(number, int) for number in numbers)
        truths = frozenset(value for value in values if isinstance(value, bool)) or BOTH
        return cls(frozenset(map(kind_of, values)), low, high, truths, is_whole)

    @classmethod
    def condition(cls, truths: Iterable[bool] = BOTH) -> Domain:
        return cls(frozenset({"boolean"}), truths=frozenset(truths))


def kind_of(value: Any) -> str:
    """What a value is, in a word."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "list"


def computed(sign: str, left: Domain, right: Domain) -> Domain:
    """Of numbers that are made of others.

    Raises:
        ComputingError: some values of these give none.
    """
    if sign in ("/", "//", "%") and right.low <= 0 <= right.high:
        raise ComputingError("divides by what may be 0: multiply both sides by it")
    low, high = _power(left, right) if sign == "**" else _ENDS[sign](left, right)
    if not -_LARGEST <= low <= high <= _LARGEST:
        raise ComputingError(f"may be larger than {_LARGEST:g}")
    whole = left.is_whole and right.is_whole and sign != "/" and not (sign == "**" and right.low < 0)
    return Domain(frozenset({"number"}), low, high, is_whole=whole)


def compared(sign: str, left: Domain, right: Domain) -> frozenset[bool]:
    """What a comparison of numbers may come to; told by their ends alone, so that both may be too many."""
    below, above = COMPARISONS["<"](left.high, right.low), COMPARISONS[">"](left.low, right.high)
    is_single = left.low == left.high and right.low == right.high and equal(left.low, right.low)
    if sign in ("==", "!="):
        if below or above:
            return frozenset({sign == "!="})
        return frozenset({sign == "=="}) if is_single else BOTH
    if sign in (">", ">="):
        left, right, below, above = right, left, above, below
    if below:
        return frozenset({True})
    if above:
        return frozenset({False})
    if sign in ("<=", ">=") and equal(left.high, right.low):
        return frozenset({True})
    return frozenset({False}) if sign in ("<", ">") and equal(left.low, right.high) else BOTH


def _corners(act: Callable[[float, float], float]) -> Callable[[Domain, Domain], tuple[float, float]]:
    """Of what grows or falls in each of its numbers, whatever the other is."""

    def ends(left: Domain, right: Domain) -> tuple[float, float]:
        try:
            found = [act(*corner) for corner in itertools.product((left.low, left.high), (right.low, right.high))]
        except OverflowError:
            return -math.inf, math.inf
        return min(found), max(found)

    return ends


def _remainder(left: Domain, right: Domain) -> tuple[float, float]:  # noqa: ARG001 - it has the sign of what divides
    return (0.0, right.high) if right.low > 0 else (right.low, 0.0)


def _power(left: Domain, right: Domain) -> tuple[float, float]:
    if left.low > 0 or (left.low == 0 and right.low >= 0):
        return _corners(operator.pow)(left, right)
    if right.low == right.high and right.low >= 0 and right.is_whole:
        low, high = _corners(operator.pow)(left, right)
        return (min(low, 0.0), high) if left.high > 0 else (low, high)
    what = "0" if left.low == 0 else "a negative number"
    raise ComputingError(f"takes {what} to a power that may be {'negative' if left.low == 0 else 'no whole number'}")


_ENDS: Mapping[str, Callable[[Domain, Domain], tuple[float, float]]] = {
    "+": lambda left, right: (left.low + right.low, left.high + right.high),
    "-": lambda left, right: (left.low - right.high, left.high - right.low),
    "*": _corners(operator.mul),
    "/": _corners(operator.truediv),
    "//": _corners(operator.floordiv),
    "%": _remainder,
}
