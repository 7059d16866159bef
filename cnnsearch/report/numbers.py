"""Numbers and settings as the report writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from cnnsearch.space import Choice, Parameter
from cnnsearch.study.duration import duration as in_words

__all__ = [
    "ABSENT",
    "compact",
    "count",
    "duration",
    "milliseconds",
    "percent",
    "setting",
    "setting_of",
    "settings",
    "significant",
    "size",
]

ABSENT = "–"
"""Stands where there is no number."""


def significant(value: float | None, digits: int = 4) -> str:
    """``0.9750``, ``12.35``, ``1.235e-05``: always so many digits, so that a column can be compared."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:#.{digits}g}".rstrip(".")


def compact(value: float) -> str:
    """A number for an axis: as short as four digits allow."""
    return f"{value:.4g}"


def count(value: float | None) -> str:
    """``1,234,567``."""
    return ABSENT if value is None else f"{value:,.0f}"


def percent(share: float | None) -> str:
    return ABSENT if share is None else f"{100 * share:.1f}%"


def size(value: float | None) -> str:
    """Bytes as KB or MB of 1,000 and 1,000,000 bytes."""
    if value is None:
        return ABSENT
    if value < 999_500:
        return f"{value / 1e3:.3g} KB"
    return f"{value / 1e6:.3g} MB" if value < 999.5e6 else f"{value / 1e6:,.0f} MB"


def milliseconds(seconds: float | None) -> str:
    return ABSENT if seconds is None else f"{1e3 * seconds:.3g} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def duration(seconds: float | None) -> str:
    """``3.4 s``, ``2 min 5 s``, ``1 h 12 min``."""
    return ABSENT if seconds is None else in_words(seconds)


def setting(value: Any) -> str:
    """The value of a parameter as an experiment file writes it, floats with four digits."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return compact(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(setting(item) for item in value) + "]"
    return str(value)


def settings(values: Sequence[Any]) -> tuple[str, ...]:
    """The text of each of several different values; those that would read alike, as ``1`` and ``1.0``, in full."""
    texts = [setting(value) for value in values]
    return tuple(
        json.dumps(value, ensure_ascii=False) if texts.count(text) > 1 else text
        for value, text in zip(values, texts, strict=True)
    )


def setting_of(parameter: Parameter, value: Any) -> str:
    """The text of one value of a parameter, which none of its other options has."""
    place = parameter.position(value) if isinstance(parameter, Choice) else None
    return setting(value) if place is None else settings(list(parameter.values()))[place]
