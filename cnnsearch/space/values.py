"""Values of parameters: what they may be, when they are the same, how they are shown."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Config", "Value", "config_key", "freeze", "is_int", "is_number", "is_value", "same", "shown", "thaw"]

Scalar = bool | int | float | str | None

Value = Scalar | tuple[Scalar, ...]

Config = dict[str, Any]


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def freeze(value: Any) -> Value:
    """Lists become tuples, so that values compare, hash and cannot change."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)  # type: ignore[misc]
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    return value  # type: ignore[no-any-return]


def thaw(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def is_value(value: object) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(not isinstance(item, tuple) and is_value(item) for item in value)
    return value is None or isinstance(value, (bool, str)) or is_number(value)


def same(left: Any, right: Any) -> bool:
    """Equality that tells ``True`` from ``1``, as the files do."""
    left, right = freeze(left), freeze(right)
    return left == right and isinstance(left, bool) == isinstance(right, bool)


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
    """Canonical text of a config: equal for equal configs, whatever the order of their keys."""
    return json.dumps({name: freeze(value) for name, value in config.items()}, sort_keys=True)
