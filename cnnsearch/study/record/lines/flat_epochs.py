"""An epoch as format 1 has it, with its metrics beside its other keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field as Named
from pydantic import TypeAdapter

from cnnsearch.study.record.lines.epochs import EpochLine
from cnnsearch.study.record.lines.shapes import NAMES, built
from cnnsearch.study.record.lines.values import FLAT_METRICS, TrialNumber
from cnnsearch.study.record.schema import Count, Index, Known, MaybeNumber, MaybeShare, Moment, Open, Rule, Seconds

__all__ = ["FLAT", "is_flat", "upgraded"]


class _FlatEpoch(Open):
    """An epoch as format 1 has it."""

    trial: TrialNumber
    format: NotRequired[Annotated[Literal[1], Rule("must be a whole number from 1 on")]]
    epoch: Count
    loss: NotRequired[Annotated[MaybeNumber, Named(default=None)]]
    accuracy: NotRequired[Annotated[MaybeShare, Named(default=None)]]
    val_loss: NotRequired[Annotated[MaybeNumber, Named(default=None)]]
    val_accuracy: NotRequired[Annotated[MaybeShare, Named(default=None)]]
    val_f1: NotRequired[Annotated[MaybeShare, Named(default=None)]]
    learning_rate: NotRequired[Annotated[MaybeNumber, Named(default=None)]]
    seconds: NotRequired[Annotated[Seconds, Named(default=0.0)]]
    time: NotRequired[Moment]
    event: NotRequired[Index]
    asked: NotRequired[Known]


FLAT: TypeAdapter[Any] = TypeAdapter(_FlatEpoch)
_UNTOLD: Mapping[str, Any] = {
    "others": {},
    "format": None,
    "time": None,
    "event": None,
    "asked": False,
    "runs": (),
    "folds": (),
    "cost": None,
}


def is_flat(content: Any) -> bool:
    """Whether the content of a line is such an epoch."""
    return isinstance(content, dict) and content.get("format", 1) in (1, None) and "values" not in content


def upgraded(flat: dict[str, Any]) -> EpochLine:
    """A line of format 1, checked, as this version has it."""
    flat["values"] = {name: flat.pop(name) for name in FLAT_METRICS}
    line = object.__new__(EpochLine)  # as pydantic does: there may be 100,000, and a frozen dataclass is slow to begin
    vars(line).update(_UNTOLD)
    vars(line).update(flat)
    if flat.keys() <= NAMES[EpochLine]:
        return line
    return built(EpochLine, flat)
