"""The validation pictures on which the best model told the most wrong boxes, with these drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Index, Number, Open, Text
from cnnsearch.tasks.detection.faults import KINDS, RIGHT
from cnnsearch.tasks.detection.views.kept import network_size

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["DrawnBox", "WorstBoxes", "WorstBoxesInfo", "worst_boxes_info"]

_COLOURS = dict(
    zip((*KINDS, RIGHT), ("#d55e00", "#e69f00", "#cc79a7", "#56b4e9", "#0072b2", "#f0e442", "#009e73"), strict=True)
)
"""By fault, of Okabe and Ito, which people of any vision tell apart."""


class _OfBox(Open):
    box: list[Number]
    name: Text
    fault: Text
    score: NotRequired[Number]


class _Listed(Listed):
    wrong_boxes: Index
    boxes: list[_OfBox]


_ENTRY: TypeAdapter[Any] = TypeAdapter(_Listed)


@dataclass(frozen=True)
class DrawnBox:
    """A box over a picture.

    Attributes:
        left, top, width, height: in percent of the picture.
        colour: of its fault.
        words: what it is, for whoever points at it.
        is_missed: it is there, and was not told.
    """

    left: float
    top: float
    width: float
    height: float
    colour: str
    words: str
    is_missed: bool


@dataclass(frozen=True)
class WorstBoxes:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file.
        picture: its file, or which one of the data set it is.
        boxes: faults first.
        wrong: how many are wrong or missed.
        faults: fault -> how many, with its colour.
    """

    source: str
    picture: str
    boxes: tuple[DrawnBox, ...]
    wrong: int
    faults: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class WorstBoxesInfo:
    """The worst pictures.

    Attributes:
        trial: whose they are.
        pictures: the worst first.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    pictures: tuple[WorstBoxes, ...] = ()
    missing: str | None = None


def worst_boxes_info(study: Study) -> WorstBoxesInfo:
    found, size = kept_mistakes(study, _ENTRY, "wrong boxes"), network_size(study)
    if size is None and found.missing is None:
        return WorstBoxesInfo(found.trial, missing="the size of what the model sees is not known")
    pictures = tuple(_worst(*each, size or (1.0, 1.0)) for each in found.pictures)
    return WorstBoxesInfo(found.trial, pictures, found.missing)


def _worst(source: str, said: Mapping[str, Any], size: tuple[float, float]) -> WorstBoxes:
    known = [each for each in said["boxes"] if each["fault"] in _COLOURS and len(each["box"]) == 4]
    counted = {kind: sum(each["fault"] == kind for each in known) for kind in _COLOURS}
    faults = tuple((kind, count, _COLOURS[kind]) for kind, count in counted.items() if count)
    return WorstBoxes(source, said["picture"], tuple(_drawn(each, size) for each in known), said["wrong_boxes"], faults)


def _drawn(of: Mapping[str, Any], size: tuple[float, float]) -> DrawnBox:
    left, top, right, bottom = (100 * side / size[1 - at % 2] for at, side in enumerate(of["box"]))
    score = f" {of['score']:.2f}" if "score" in of else ""
    colour = _COLOURS[of["fault"]]
    is_missed = "score" not in of
    return DrawnBox(left, top, right - left, bottom - top, colour, f"{of['name']}{score}: {of['fault']}", is_missed)
