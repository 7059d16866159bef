"""Values of parameters: what they may be, when they are the same, how they are shown.

A value is its type and what it is, as files and records write it: ``true``, ``1`` and ``1.0`` are three values, though
Python takes them for equal (``unfrozen_layers: 1`` is one layer, ``1.0`` are all). Whatever compares values, or looks
one up, asks :func:`same`, :func:`value_key` or :func:`position`, never ``==``, ``in`` or a dict of values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "VALUE_RULE",
    "Config",
    "Value",
    "config_key",
    "freeze",
    "freeze_config",
    "is_int",
    "is_number",
    "is_value",
    "number_key",
    "position",
    "same",
    "shown",
    "thaw",
    "value_key",
]

Scalar = bool | int | float | str | None

Value = Scalar | tuple[Scalar, ...]

Config = dict[str, Any]

VALUE_RULE = "a boolean, finite number, text, null or a list of them"
"""What a value may be, in words."""

_NAN = "nan"


def is_number(value: object) -> bool:
    """Whether it is a finite number that a float can hold, and no boolean."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def freeze(value: Any) -> Value:
    """The plain value: lists become tuples, NumPy's scalars Python's, and minus zero is zero."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)  # type: ignore[misc]
    if isinstance(value, np.generic):
        plain = value.item()
        return plain if isinstance(plain, np.generic) else freeze(plain)  # type: ignore[return-value]
    if isinstance(value, float):
        return value + 0.0  # -0.0 + 0.0 is 0.0
    return value  # type: ignore[no-any-return]


def freeze_config(config: Mapping[str, Any]) -> Config:
    """A config of plain values, as :func:`freeze` gives them."""
    return {name: freeze(value) for name, value in config.items()}


def thaw(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def is_value(value: object) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(not isinstance(item, tuple) and is_value(item) for item in value)
    return value is None or isinstance(value, (bool, str)) or is_number(value)


def value_key(value: Any) -> Hashable:
    """What identifies a value: equal keys, the same value. A list or tuple is its items; NaN is the same as itself."""
    value = freeze(value)
    if isinstance(value, tuple):
        return (tuple, *map(value_key, value))
    for kind in (bool, int, float):  # in this order: True is an int too
        if isinstance(value, kind):
            return kind, _NAN if value != value else value
    return type(value), value


def same(left: Any, right: Any) -> bool:
    """Whether two values are one: equal, and of one type."""
    return value_key(left) == value_key(right)


def position(options: Iterable[Any], value: Any) -> int | None:
    """The place of the option that ``value`` stands for; ``None`` where it is none of them.

    That is the option itself, and where there is none, the number that equals it: somebody who writes ``0`` of
    ``[0.0, 0.5]`` means ``0.0``.
    """
    options = list(options)
    key = value_key(value)
    exact = next((place for place, option in enumerate(options) if value_key(option) == key), None)
    if exact is not None:
        return exact
    key = number_key(value)
    return next((place for place, option in enumerate(options) if number_key(option) == key), None)


def number_key(value: Any) -> Hashable:
    """As :func:`value_key`, and equal too for numbers that are equal but for their types; lists item by item."""
    value = freeze(value)
    if isinstance(value, tuple):
        return (tuple, *map(number_key, value))
    return (float, value) if is_number(value) else value_key(value)


@dataclass(frozen=True)
class _Word:
    """Stands in a message without quotes."""

    text: str

    def __repr__(self) -> str:
        return self.text


def shown(value: Any) -> Any:
    """``value`` for a message, as the files write it: null, true and false, and lists as lists."""
    if value is None or isinstance(value, bool):
        return _Word("null" if value is None else str(value).lower())
    return thaw(value)


def config_key(config: Mapping[str, Any]) -> str:
    """Canonical text of a config: equal where its values are the same, whatever the order of their names."""
    return json.dumps(freeze_config(config), sort_keys=True)
