"""Advice: what a practitioner would begin with, of one parameter, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Advice", "always"]


@dataclass(frozen=True)
class Advice:
    """Of one parameter.

    Attributes:
        value: from a config, filled, of which parents are settled, to what is recommended.
        reason: one line.
    """

    value: Callable[[Mapping[str, Any]], Any]
    reason: str


def always(value: Any, reason: str) -> Advice:
    """The same value, whatever the config."""
    return Advice(lambda _: value, reason)
