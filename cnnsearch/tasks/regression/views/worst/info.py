"""The validation pictures on which the best model was farthest from the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Number, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["FarNumber", "FarPicture", "WorstInfo", "worst_info"]

_MOST_NUMBERS = 4
"""Below one picture."""


class _Listed(Listed):
    true: dict[Text, Number]
    predicted: dict[Text, Number]
    error: dict[Text, Number]


_ENTRY: TypeAdapter[Any] = TypeAdapter(_Listed)


@dataclass(frozen=True)
class FarNumber:
    """One number of a picture; an error is above 0 where too much was told."""

    name: str
    true: float
    predicted: float
    error: float


@dataclass(frozen=True)
class FarPicture:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file.
        picture: its file, or which one of the data set it is.
        numbers: of many the first few.
        left_out: how many more there are.
    """

    source: str
    picture: str
    numbers: tuple[FarNumber, ...]
    left_out: int = 0


@dataclass(frozen=True)
class WorstInfo:
    """The worst pictures.

    Attributes:
        trial: whose they are.
        pictures: the worst first.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    pictures: tuple[FarPicture, ...] = ()
    missing: str | None = None


def worst_info(study: Study) -> WorstInfo:
    found = kept_mistakes(study, _ENTRY, "large errors")
    return WorstInfo(found.trial, tuple(_far(*each) for each in found.pictures), found.missing)


def _far(source: str, said: Mapping[str, Any]) -> FarPicture:
    told = tuple(
        FarNumber(name, true, *(said[key].get(name, math.nan) for key in ("predicted", "error")))
        for name, true in said["true"].items()
    )
    return FarPicture(source, said["picture"], told[:_MOST_NUMBERS], max(0, len(told) - _MOST_NUMBERS))
