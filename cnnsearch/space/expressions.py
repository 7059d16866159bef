"""Expressions over the values of a config: numbers, comparisons and what is made of them, true, false or not known.

A name that a config does not hold has no value, and what is made of it is :data:`UNKNOWN`, unless the rest decides: of
``False and x`` nothing hangs on ``x`` (Kleene's logic, which is that of SQL).
"""

from __future__ import annotations

import enum
import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cnnsearch.space.values import Value, is_number, number_key, same

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "UNKNOWN",
    "AllOf",
    "AnyOf",
    "Arithmetic",
    "Comparison",
    "Expression",
    "Literal",
    "Name",
    "Not",
    "OneOf",
    "Unknown",
    "equal",
]


class Unknown(enum.Enum):
    """The value of what has none."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Truth = bool | Unknown

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def equal(left: Any, right: Any) -> bool:
    """Whether two values are one; numbers that are computed may be off by a float's last digits."""
    if is_number(left) and is_number(right) and (isinstance(left, float) or isinstance(right, float)):
        return math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-15)
    return number_key(left) == number_key(right)


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": lambda left, right: left < right and not equal(left, right),
    "<=": lambda left, right: left < right or equal(left, right),
    ">": lambda left, right: left > right and not equal(left, right),
    ">=": lambda left, right: left > right or equal(left, right),
}
"""0.1 + 0.2 <= 0.3 holds, as people who write it mean it."""


class Expression(ABC):
    """What a config gives a value."""

    @abstractmethod
    def value(self, config: Mapping[str, Any]) -> Any:
        """The value in ``config``, which may lack some names; :data:`UNKNOWN` where that leaves it open."""


@dataclass(frozen=True)
class Literal(Expression):
    """A value that is written out."""

    written: Value

    def value(self, config: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the same in every config
        return self.written


@dataclass(frozen=True)
class Name(Expression):
    """The value of a parameter."""

    name: str

    def value(self, config: Mapping[str, Any]) -> Any:
        return config.get(self.name, UNKNOWN)


@dataclass(frozen=True)
class Arithmetic(Expression):
    """A number made of two."""

    sign: str
    left: Expression
    right: Expression

    def value(self, config: Mapping[str, Any]) -> Any:
        left, right = self.left.value(config), self.right.value(config)
        return UNKNOWN if left is UNKNOWN or right is UNKNOWN else ARITHMETIC[self.sign](left, right)


@dataclass(frozen=True)
class Comparison(Expression):
    """Whether two values are as a sign says."""

    sign: str
    left: Expression
    right: Expression

    def value(self, config: Mapping[str, Any]) -> Truth:
        left, right = self.left.value(config), self.right.value(config)
        return UNKNOWN if left is UNKNOWN or right is UNKNOWN else COMPARISONS[self.sign](left, right)


@dataclass(frozen=True)
class OneOf(Expression):
    """Whether a value is one of some.

    Attributes:
        tells_types: ``1`` is not ``1.0``.
    """

    member: Expression
    values: tuple[Value, ...]
    tells_types: bool = False

    def value(self, config: Mapping[str, Any]) -> Truth:
        member, is_one = self.member.value(config), same if self.tells_types else equal
        return UNKNOWN if member is UNKNOWN else any(is_one(member, each) for each in self.values)


@dataclass(frozen=True)
class Not(Expression):
    """The opposite."""

    operand: Expression

    def value(self, config: Mapping[str, Any]) -> Truth:
        value = self.operand.value(config)
        return UNKNOWN if value is UNKNOWN else not value


@dataclass(frozen=True)
class AllOf(Expression):
    """Whether all of some hold; false where one does not, whatever the others are."""

    operands: tuple[Expression, ...]

    def value(self, config: Mapping[str, Any]) -> Truth:
        return _joined(self.operands, config, decides=False)


@dataclass(frozen=True)
class AnyOf(Expression):
    """Whether one of some holds; true where one does, whatever the others are."""

    operands: tuple[Expression, ...]

    def value(self, config: Mapping[str, Any]) -> Truth:
        return _joined(self.operands, config, decides=True)


def _joined(operands: tuple[Expression, ...], config: Mapping[str, Any], decides: bool) -> Truth:
    """``decides`` where one of them is that, whatever the others are; else the opposite, where all are known."""
    is_open = False
    for operand in operands:
        value: Truth = operand.value(config)
        if value is decides:
            return decides
        is_open = is_open or value is UNKNOWN
    return UNKNOWN if is_open else not decides
