"""What a task says of a study that a reader must know before trusting its verdict."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Doubt"]


@dataclass(frozen=True)
class Doubt:
    """A sentence or two.

    Attributes:
        grave: without it the verdict cannot be read.
    """

    text: str
    grave: bool = False
