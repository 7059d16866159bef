"""What all lines, and parts of them, have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ConfigDict

from cnnsearch.study.record.lines.values import SPARSE, AnyFormat, Others, TrialNumber

__all__ = ["AnyLine", "AnyPart", "Line", "Part"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What all lines, and parts of them, have in common.

    Attributes:
        others: what stands under keys that this version does not know.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # a line with others is looked at more closely

    others: Others = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Line(Part):
    """A line of the record.

    Attributes:
        trial: its number.
        format: how the line is written; ``None``: it is not yet, or does not tell.
    """

    trial: TrialNumber
    format: AnyFormat = field(default=None, compare=False, metadata=SPARSE)


AnyLine = TypeVar("AnyLine", bound=Line)
AnyPart = TypeVar("AnyPart", bound=Part)
