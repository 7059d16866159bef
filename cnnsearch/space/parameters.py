"""Parameters of a search space: float, int, choice and constant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.space.values import Value, freeze, is_int, is_number, is_value, same, shown, thaw

__all__ = ["Choice", "Condition", "Constant", "Float", "Int", "Parameter", "when_dict"]

Condition = Mapping[str, tuple[Value, ...]]


def _freeze_when(when: Mapping[str, Any] | None) -> Condition:
    if not when:
        return {}
    return {
        parent: freeze(allowed) if isinstance(allowed, (list, tuple)) else (freeze(allowed),)  # type: ignore[misc]
        for parent, allowed in when.items()
    }


@dataclass(frozen=True)
class Float:
    """A real number between ``low`` and ``high``, both included.

    Args:
        low: smallest value; above 0 where ``log``.
        high: largest value, at least ``low``; with ``step`` the largest multiple that fits counts.
        log: sample uniformly in the logarithm.
        step: distance between values, counted from ``low``; not together with ``log``.
        when: parent parameter -> values of it for which this parameter is active.

    Raises:
        InputError: a bound is no finite number, ``low > high``, ``log`` with ``low <= 0`` or with ``step``.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    when: Condition = field(default_factory=dict)

    def __post_init__(self) -> None:
        _freeze_bounds(self)
        _check_range("float", self.low, self.high, self.log, self.step, is_number)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        object.__setattr__(self, "when", _freeze_when(self.when))

    @property
    def size(self) -> int | None:
        if self.low == self.high:
            return 1
        return None if self.step is None else _steps(self.low, self.high, self.step) + 1

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

    def contains(self, value: object) -> bool:
        if not is_number(value) or not self.low <= value <= self.high:  # type: ignore[operator]
            return False
        if self.step is None:
            return True
        index = round((float(value) - self.low) / self.step)  # type: ignore[arg-type]
        near = 1e-9 * self.step
        return index < (self.size or 0) and math.isclose(value, self._at(index), rel_tol=1e-9, abs_tol=near)  # type: ignore[arg-type]

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

    def __post_init__(self) -> None:
        _freeze_bounds(self)
        _check_range("int", self.low, self.high, self.log, self.step, is_int)
        object.__setattr__(self, "when", _freeze_when(self.when))

    @property
    def size(self) -> int:
        return (self.high - self.low) // (self.step or 1) + 1

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

    def contains(self, value: object) -> bool:
        if not is_int(value) or not self.low <= value <= self.high:  # type: ignore[operator]
            return False
        return (value - self.low) % (self.step or 1) == 0  # type: ignore[operator]

    def to_dict(self) -> dict[str, Any]:
        return _range_dict("int", self)


@dataclass(frozen=True)
class Choice:
    """One of the ``options``: booleans, numbers, texts, null, or lists of these. ``when`` as in :class:`Float`.

    Raises:
        InputError: no options, an option twice, or an option of another type.
    """

    options: tuple[Value, ...]
    when: Condition = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.options, str) or not isinstance(self.options, (list, tuple)):
            raise InputError(Problem("", "choice must be a list of options, as [8, 16]", shown(self.options)))
        options = tuple(freeze(option) for option in self.options)
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "when", _freeze_when(self.when))
        if not options:
            raise InputError(Problem("", "choice needs at least one option", []))
        for index, option in enumerate(options):
            if not is_value(option):
                raise InputError(
                    Problem(
                        "", "an option must be a boolean, finite number, text, null or a list of them", shown(option)
                    )
                )
            if any(same(option, earlier) for earlier in options[:index]):
                raise InputError(Problem("", "every option of a choice must be there once", shown(option)))

    @property
    def size(self) -> int:
        return len(self.options)

    def values(self) -> Iterator[Value]:
        return iter(self.options)

    def points(self, count: int) -> list[Value]:  # noqa: ARG002 - a choice has no order to thin by
        return list(self.options)

    def sample(self, rng: np.random.Generator) -> Value:
        return self.options[int(rng.integers(len(self.options)))]

    def contains(self, value: object) -> bool:
        return any(same(value, option) for option in self.options)

    def to_dict(self) -> dict[str, Any]:
        return {"choice": [thaw(option) for option in self.options], **when_dict(self.when)}


@dataclass(frozen=True)
class Constant:
    """A single value, written plainly in YAML: ``batch_size: 64``. ``when`` as in :class:`Float`."""

    value: Value
    when: Condition = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", freeze(self.value))
        object.__setattr__(self, "when", _freeze_when(self.when))
        if not is_value(self.value):
            raise InputError(
                Problem(
                    "", "a constant must be a boolean, finite number, text, null or a list of them", shown(self.value)
                )
            )

    @property
    def size(self) -> int:
        return 1

    def values(self) -> Iterator[Value]:
        return iter((self.value,))

    def points(self, count: int) -> list[Value]:  # noqa: ARG002 - one value, however many are asked for
        return [self.value]

    def sample(self, rng: np.random.Generator) -> Value:  # noqa: ARG002 - nothing to draw
        return self.value

    def contains(self, value: object) -> bool:
        return same(value, self.value)

    def to_dict(self) -> Any:
        if self.when:
            return {"choice": [thaw(self.value)], **when_dict(self.when)}
        return thaw(self.value)


Parameter = Float | Int | Choice | Constant


def _check_range(kind: str, low: Any, high: Any, log: bool, step: Any, is_valid: Any) -> None:
    noun = "whole number" if kind == "int" else "finite number"
    for bound in (low, high):
        if not is_valid(bound):
            raise InputError(Problem("", f"both ends of {kind}: [low, high] must be {noun}s", shown(bound)))
    if low > high:
        raise InputError(Problem("", "low must not be above high", [low, high]))
    if log and low <= 0:
        raise InputError(Problem("", "log: true needs low above 0", low))
    if step is not None and (not is_valid(step) or step <= 0):
        raise InputError(Problem("step", f"must be a {noun} above 0", step))
    if step is not None and log:
        raise InputError(Problem("step", "log and step cannot be combined; leave one out", step))
    if step is not None and low < high and _steps(low, high, step) < 1:
        raise InputError(Problem("step", f"must not be above high - low = {high - low:g}", step))


def _freeze_bounds(parameter: Float | Int) -> None:
    for name in ("low", "high", "step"):
        object.__setattr__(parameter, name, freeze(getattr(parameter, name)))


def _spread(size: int, count: int) -> list[int]:
    """At most ``count`` of the indices below ``size``, evenly, both ends included."""
    return sorted({round(index) for index in np.linspace(0, size - 1, min(size, count))})


def _steps(low: float, high: float, step: float) -> int:
    return math.floor((high - low) / step + 1e-9)


def when_dict(when: Condition) -> dict[str, Any]:
    if not when:
        return {}
    return {"when": {parent: [thaw(value) for value in allowed] for parent, allowed in when.items()}}


def _range_dict(kind: str, parameter: Float | Int) -> dict[str, Any]:
    written: dict[str, Any] = {kind: [parameter.low, parameter.high]}
    if parameter.log:
        written["log"] = True
    if parameter.step is not None:
        written["step"] = parameter.step
    return {**written, **when_dict(parameter.when)}
