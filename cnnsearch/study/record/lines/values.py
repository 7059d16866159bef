"""What stands under the keys of lines: what it must be, as attributes are annotated with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, GetCoreSchemaHandler
from pydantic import Field as Named
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnnsearch.study.record.schema import (
    ABOUT_ONE,
    Count,
    Format,
    Index,
    MaybeNumber,
    MaybeShare,
    Moment,
    Rule,
    Setting,
    Text,
)
from cnnsearch.tasks import TASKS

__all__ = [
    "AnyCount",
    "AnyFormat",
    "AnyIndex",
    "AnyMoment",
    "AnyText",
    "Checked",
    "ConfigValues",
    "Cost",
    "EndState",
    "EpochValues",
    "FIRST",
    "FLAT_METRICS",
    "Metrics",
    "OTHERS",
    "Others",
    "SPARSE",
    "State",
    "TrialNumber",
]

_SHARES = frozenset(
    f"{split}{metric.name}"
    for task in TASKS.values()
    for metric in task.metrics
    for split in ("", "val_")
    if (metric.low, metric.high) == (0.0, 1.0)
)
"""Metrics of any task that are numbers from 0 to 1."""

State = Literal["COMPLETED", "STOPPED", "FAILED"]

FIRST = tuple(dict.fromkeys(task.metrics[0].name for task in TASKS.values()))
"""Of each task the metric that it is told by first."""

FLAT_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1")
"""Of an epoch of format 1."""

OTHERS = "\0others"
"""Key under which :attr:`others` are handed to pydantic: no file has it."""


@dataclass(frozen=True)
class Checked:
    """Stands in ``Annotated``: a value is checked as ``kind``, which is quicker than what the attribute is called."""

    kind: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self.kind)


def _shares(metrics: Mapping[str, float | None]) -> Mapping[str, float | None]:
    for name, value in metrics.items():
        if value is not None and not 0 <= value <= ABOUT_ONE and name in _SHARES:
            raise PydanticCustomError("rule", "must hold a number from 0 to 1 for {name}", {"name": name})
    return metrics


class _Values:
    """Metrics of an epoch, as :func:`_shares` has them, told by pydantic alone: there may be 100,000 lines."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        names = dict.fromkeys((*FLAT_METRICS, *sorted(_SHARES)))
        share, number = handler.generate_schema(MaybeShare), handler.generate_schema(MaybeNumber)
        known = {
            name: core_schema.typed_dict_field(share if name in _SHARES else number, required=False) for name in names
        }
        return core_schema.typed_dict_schema(known, extras_schema=number, extra_behavior="allow")


def _recorded(cost: Mapping[str, float | None]) -> dict[str, float]:
    """Without what was not finite: it is as if nobody had told it."""
    return {name: value for name, value in cost.items() if value is not None}


TrialNumber = Annotated[int, Checked(Annotated[Index, Rule("must be the number of a trial")])]
EndState = Annotated[State, Rule("must be COMPLETED, STOPPED or FAILED")]
ConfigValues = Annotated[dict[str, Any], Checked(dict[Text, Setting])]
_Numbers = dict[Text, MaybeNumber]
Metrics = Annotated[Mapping[str, float | None], Checked(Annotated[_Numbers, AfterValidator(_shares)])]
EpochValues = Annotated[Mapping[str, float | None], _Values()]
Cost = Annotated[Mapping[str, float], Checked(Annotated[_Numbers, AfterValidator(_recorded)])]
Others = Annotated[Mapping[str, Any], Checked(dict[Text, Any]), Named(validation_alias=OTHERS)]

# What may be missing, and is not null where it is there.
AnyText = Annotated[str | None, Checked(Text)]
AnyIndex = Annotated[int | None, Checked(Index)]
AnyCount = Annotated[int | None, Checked(Count)]
AnyMoment = Annotated[float | None, Checked(Moment)]
AnyFormat = Annotated[int | None, Checked(Format)]

SPARSE = {"sparse": True}
"""Of a key that stands in a line only where it says something else than its default."""
