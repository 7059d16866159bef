"""Part: one section of the page, which can be measured alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Part"]

Figures = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """What is measured, and how it is told.

    Attributes:
        name: on the command line.
        title: of its section.
        measure: ``(repetitions, quick)`` -> figures of JSON types; ``quick`` is a smoke run.
        render: figures -> Markdown.
    """

    name: str
    title: str
    measure: Callable[[int, bool], Figures]
    render: Callable[[Figures], str]
