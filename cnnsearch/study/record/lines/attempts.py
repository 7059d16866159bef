"""A trial that was given to another worker."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.study.record.lines.part import Line
from cnnsearch.study.record.schema import Count, Moment, Text

__all__ = ["AttemptLine"]


@dataclass(frozen=True, kw_only=True)
class AttemptLine(Line):
    """A trial that had been begun, and was given to another worker.

    Attributes:
        attempt: counted from 1.
    """

    attempt: Count
    why: Text
    time: Moment
