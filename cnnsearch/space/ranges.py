"""Parameters of numbers between two ends: float and int."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.space.conditions import Condition, freeze_when, when_dict
from cnnsearch.space.priors import Prior, freeze_prior, prior_dict
from cnnsearch.space.values import Value, freeze, is_int, is_number, shown

__all__ = ["Float", "Int"]

_LARGEST = 2**53
"""Beyond it samplers, which draw with floats, could not tell two whole numbers apart."""


@dataclass(frozen=True)
class Float:
    """A real number between ``low`` and ``high``, both included.

    Args:
        low: smallest value; above 0 where ``log``.
        high: largest value, at least ``low``; with ``step`` the largest multiple that fits counts.
        log: sample uniformly in the logarithm.
        step: distance between values, counted from ``low``; not together with ``log``.
        when: parent parameter -> values of it for which this parameter is active.
        prior: a value that is probably good: plain, or ``{value, sure}`` with ``sure`` weak, medium or strong.

    Raises:
        InputError: a bound is no finite number, ``low > high``, ``log`` with ``low <= 0`` or with ``step``, or the
            prior is none of its values.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    when: Condition = field(default_factory=dict)
    prior: Prior | None = None

    def __post_init__(self) -> None:
        _freeze_bounds(self)
        _check_range("float", self.low, self.high, self.log, self.step, is_number)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        object.__setattr__(self, "step", None if self.step is None else float(self.step))
        object.__setattr__(self, "when", freeze_when(self.when))
        object.__setattr__(self, "prior", freeze_prior(self.prior, self.own, self.contains))

    @property
    def size(self) -> int | None:
        if self.low == self.high:
            return 1
        return None if self.step is None else _steps(self.low, self.high, self.step) + 1

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value that it takes: with ``step`` the last may lie below ``high``."""
        return self.low, self.high if self.size is None else self._at(self.size - 1)

    def values(self) -> Iterator[float]:
        """Every value, in ascending order.

        Raises:
            InputError: the parameter has no step, so its values cannot be listed.
        """
        if self.size is None:
            raise InputError(Problem("", "a float without a step has no finite list of values"))
        return (self._at(index) for index in range(self.size))

    def _at(self, index: int) -> float:
        if self.step is None:
            return self.low
        # Counted in decimals: 0.1 + 2 * 0.1 is 0.3 to the user.
        return min(float(Decimal(repr(self.low)) + index * Decimal(repr(self.step))), self.high)

    def points(self, count: int) -> list[float]:
        """At most ``count`` values spread evenly (in the logarithm where ``log``), both ends included."""
        if self.size is not None:
            return [self._at(index) for index in _spread(self.size, count)]
        spread = np.geomspace if self.log else np.linspace
        inner = (float(f"{value:.6g}") for value in spread(self.low, self.high, count)[1:-1])
        ends = {self.low, self.high} if count > 1 else {self.low}
        return sorted(ends | {value for value in inner if self.low < value < self.high})

    def sample(self, rng: np.random.Generator) -> float:
        if self.size is not None:
            return self._at(int(rng.integers(self.size)))
        if self.log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = float(rng.uniform(self.low, self.high))
        return min(max(value, self.low), self.high)

    def quantile(self, share: float) -> float:
        """The value below which ``share`` of all draws lie; ``share`` is below 1."""
        if self.size is not None:
            return self._at(int(share * self.size))
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return min(max(value, self.low), self.high)

    def nearest(self, value: float) -> float:
        """Of the values that it takes, the one that is nearest to ``value``."""
        if self.step is None:
            return min(max(float(value), self.low), self.high)
        last = (self.size or 1) - 1
        return self._at(min(max(round((value - self.low) / self.step), 0), last))

    def contains(self, value: object) -> bool:
        if not is_number(value) or not self.low <= value <= self.high:  # type: ignore[operator]
            return False
        if self.step is None:
            return True
        # Sums of steps may be off by some of a float's last digits.
        return math.isclose(value, self.nearest(value), rel_tol=1e-14, abs_tol=1e-6 * self.step)  # type: ignore[arg-type]

    def own(self, value: Any) -> Value:
        """The number that ``value`` stands for, as a float and on its step; ``value`` where it is none of these."""
        return self.nearest(value) if self.contains(value) else freeze(value)

    def to_dict(self) -> dict[str, Any]:
        return _range_dict("float", self)


@dataclass(frozen=True)
class Int:
    """A whole number between ``low`` and ``high``, both included; arguments and errors as :class:`Float`'s."""

    low: int
    high: int
    log: bool = False
    step: int | None = None
    when: Condition = field(default_factory=dict)
    prior: Prior | None = None

    def __post_init__(self) -> None:
        _freeze_bounds(self)
        _check_range("int", self.low, self.high, self.log, self.step, is_int)
        object.__setattr__(self, "when", freeze_when(self.when))
        object.__setattr__(self, "prior", freeze_prior(self.prior, self.own, self.contains))

    @property
    def size(self) -> int:
        return (self.high - self.low) // (self.step or 1) + 1

    @property
    def ends(self) -> tuple[int, int]:
        """As :attr:`Float.ends`."""
        return self.low, self.low + (self.size - 1) * (self.step or 1)

    def values(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1, self.step or 1))

    def points(self, count: int) -> list[int]:
        """At most ``count`` values spread evenly (in the logarithm where ``log``), both ends included."""
        if self.size <= count:
            return list(self.values())
        if self.log:
            return sorted({round(value) for value in np.geomspace(self.low, self.high, count)})
        return [self.low + index * (self.step or 1) for index in _spread(self.size, count)]

    def sample(self, rng: np.random.Generator) -> int:
        if self.log:
            # Half a unit on both sides gives the two ends their full share (as Optuna's IntDistribution).
            value = math.exp(rng.uniform(math.log(self.low - 0.5), math.log(self.high + 0.5)))
            return min(max(round(value), self.low), self.high)
        return self.low + int(rng.integers(self.size)) * (self.step or 1)

    def quantile(self, share: float) -> int:
        """As :meth:`Float.quantile`."""
        if self.log:
            low, high = math.log(self.low - 0.5), math.log(self.high + 0.5)
            return min(max(round(math.exp(low + share * (high - low))), self.low), self.high)
        return self.low + int(share * self.size) * (self.step or 1)

    def contains(self, value: object) -> bool:
        if not is_int(value) or not self.low <= value <= self.high:  # type: ignore[operator]
            return False
        return (value - self.low) % (self.step or 1) == 0  # type: ignore[operator]

    def own(self, value: Any) -> Value:
        """``value`` as a plain number."""
        return freeze(value)

    def to_dict(self) -> dict[str, Any]:
        return _range_dict("int", self)


def _check_range(kind: str, low: Any, high: Any, log: bool, step: Any, is_valid: Any) -> None:
    noun = "whole number" if kind == "int" else "finite number"
    for bound in (low, high):
        if not is_valid(bound):
            raise InputError(Problem("", f"both ends of {kind}: [low, high] must be {noun}s", shown(bound)))
        if kind == "int" and abs(bound) > _LARGEST:
            rule = f"both ends of int: [low, high] must lie between -{_LARGEST} and {_LARGEST}"
            raise InputError(Problem("", rule, bound))
    if low > high:
        raise InputError(Problem("", "low must not be above high", [low, high]))
    if log and low <= 0:
        raise InputError(Problem("", "log: true needs low above 0", low))
    if step is not None and (not is_valid(step) or step <= 0):
        raise InputError(Problem("step", f"must be a {noun} above 0", step))
    if step is not None and log:
        raise InputError(Problem("step", "log and step cannot be combined; leave one out", step))
    if not math.isfinite(high - low):
        raise InputError(Problem("", "high - low must be a finite number", [low, high]))
    if step is not None and (high - low) / step > _LARGEST:
        raise InputError(Problem("step", f"must not make more than {_LARGEST} values of [{low:g}, {high:g}]", step))
    if step is not None and low < high and _steps(low, high, step) < 1:
        raise InputError(Problem("step", f"must not be above high - low = {high - low:g}", step))


def _freeze_bounds(parameter: Float | Int) -> None:
    for name in ("low", "high", "step"):
        object.__setattr__(parameter, name, freeze(getattr(parameter, name)))


def _spread(size: int, count: int) -> list[int]:
    """At most ``count`` of the indices below ``size``, evenly, both ends included."""
    return sorted({round(index) for index in np.linspace(0, size - 1, min(size, count))})


def _steps(low: float, high: float, step: float) -> int:
    number = (high - low) / step
    return math.floor(number + min(max(1e-9, 1e-12 * number), 1e-3))  # a quotient of many steps is off by more


def _range_dict(kind: str, parameter: Float | Int) -> dict[str, Any]:
    written: dict[str, Any] = {kind: [parameter.low, parameter.high]}
    if parameter.log:
        written["log"] = True
    if parameter.step is not None:
        written["step"] = parameter.step
    return {**written, **when_dict(parameter.when), **prior_dict(parameter.prior)}
