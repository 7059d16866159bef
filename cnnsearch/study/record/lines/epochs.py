"""An epoch that was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.part import Line
from cnnsearch.study.record.lines.values import SPARSE, AnyIndex, AnyMoment, Checked, Cost, EpochValues
from cnnsearch.study.record.schema import FORMAT, Count, Known, MaybeNumber, Seconds

__all__ = ["EpochLine", "with_format"]


@dataclass(frozen=True, kw_only=True)
class EpochLine(Line):
    """An epoch that was told.

    Attributes:
        epoch: counted from 1.
        values: metric -> what it was; ``None``: not finite, or not told.
        learning_rate: at the epoch's first step.
        seconds: training and validation.
        time: at its end.
        event: number of the report, counted with those of ends: the order of arrival.
        asked: whether the scheduler decided on it.
        runs: the objective on each seed of the trial, of which the values are means; empty where it has one.
        folds: likewise on each of its folds, partition after partition; empty where it has none.
        cost: of its model, as far as that is an objective and the scheduler decided by it; else ``None``.
    """

    epoch: Count
    values: EpochValues
    learning_rate: MaybeNumber = None
    seconds: Seconds = 0.0
    time: AnyMoment = field(default=None, metadata=SPARSE)
    event: AnyIndex = field(default=None, metadata=SPARSE)
    asked: Known = field(default=False, metadata=SPARSE)
    runs: tuple[MaybeNumber, ...] = field(default=(), metadata=SPARSE)
    folds: tuple[MaybeNumber, ...] = field(default=(), metadata=SPARSE)
    cost: Annotated[Mapping[str, float] | None, Checked(Cost)] = field(default=None, metadata=SPARSE)


def with_format(line: EpochLine) -> EpochLine:
    """Without one it could be of format 1, where values stood elsewhere."""
    if line.format is None or line.format < FORMAT:
        raise PydanticCustomError("rule", f"must be of format {FORMAT}, as it has values")
    return line
