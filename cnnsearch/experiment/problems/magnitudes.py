"""Numbers that no sweep can mean: each that an experiment holds, but for those of its space and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem
from cnnsearch.experiment.recorded import is_recorded

__all__ = ["LARGEST", "magnitude_problems"]

LARGEST = 100_000_000
"""Of trials, minutes (200 years), gigabytes ...: what waits or counts by them does not overflow."""

_OWN_LIMITS = ("space", "seed", "limits")  # a limit is compared with, and networks have billions of multiplications


def magnitude_problems(keys: Mapping[str, Any]) -> list[Problem]:
    """The numbers above :data:`LARGEST`; none of a record, whose sweep has run.

    Args:
        keys: of an experiment, as they were given.
    """
    given = {} if is_recorded() else {key: value for key, value in keys.items() if key not in _OWN_LIMITS}
    rule = f"must be at most {LARGEST}: nothing is counted or waited for beyond that"
    return [Problem(where, rule, value) for where, value in _numbers(given, "") if LARGEST < value < float("inf")]


def _numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _numbers(item, f"{where}.{key}" if where else str(key))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield where, value
