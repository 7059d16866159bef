"""A trial that had waited, and goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.part import Line
from cnnsearch.study.record.lines.values import SPARSE, AnyIndex, Checked, ConfigValues
from cnnsearch.study.record.schema import Count, Index, Known, Moment

__all__ = ["ReleaseLine", "sourced"]


@dataclass(frozen=True, kw_only=True)
class ReleaseLine(Line):
    """A trial that had waited, and goes on. One that is stopped where it waited has its end, and none of these.

    Attributes:
        epoch: after which it had waited.
        event: number of the next report or end, counted with these: the order of arrival.
        closing: whether it goes on because no other trial was to come and none ran.
        source: the trial whose weights and optimizer it went on with; ``None``: its own.
        config: that it has from then on, where it took over from another one.
    """

    epoch: Count
    event: Index
    time: Moment
    closing: Known = field(default=False, metadata=SPARSE)
    source: AnyIndex = field(default=None, metadata=SPARSE)
    config: Annotated[dict[str, Any] | None, Checked(ConfigValues | None)] = field(default=None, metadata=SPARSE)


def sourced(line: ReleaseLine) -> ReleaseLine:
    """Who took over from another trial has another config."""
    if (line.source is None) != (line.config is None):
        raise PydanticCustomError("rule", "config: must be told of one that took over from a source, and of no other")
    return line
