"""Numbers and settings as the report writes them: those of :mod:`cnnsearch.numbers`, which are filters of templates."""

from __future__ import annotations

from typing import Any

from cnnsearch.numbers import (
    ABSENT,
    compact,
    count,
    duration,
    milliseconds,
    percent,
    score,
    setting,
    settings,
    significant,
    size,
)
from cnnsearch.space import Choice, Parameter

__all__ = [
    "ABSENT",
    "compact",
    "count",
    "duration",
    "milliseconds",
    "percent",
    "score",
    "setting",
    "setting_of",
    "settings",
    "significant",
    "size",
]


def setting_of(parameter: Parameter, value: Any) -> str:
    """The text of one value of a parameter, which none of its other options has."""
    place = parameter.position(value) if isinstance(parameter, Choice) else None
    return setting(value) if place is None else settings(list(parameter.values()))[place]
