"""The validation pictures whose masks the best model told worst, with what is laid over them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Number, Open, Text
from cnnsearch.tasks.segmentation.overlays import colour_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["ShownClass", "WorstMask", "WorstMasksInfo", "worst_masks_info"]

_MOST_CLASSES = 4
"""Below one picture."""

_MOST_LETTERS = 60_000
"""Of a layer."""


class _OfClass(Open):
    iou: Number
    true: Number
    told: Number


class _Listed(Listed):
    mean_iou: Number
    classes: dict[Text, _OfClass]
    true_layer: Text
    told_layer: Text
    wrong_layer: Text


_ENTRY: TypeAdapter[Any] = TypeAdapter(_Listed)


@dataclass(frozen=True)
class ShownClass:
    """A class that a picture shows, or of which it is told.

    Attributes:
        colour: in which it is drawn, as ``#rrggbb``; ``None``: it is left clear.
    """

    name: str
    iou: float
    colour: str | None


@dataclass(frozen=True)
class WorstMask:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file.
        layers: what is laid over it, what they are called -> likewise; the true mask, the one that was told, and where
            the two differ.
        picture: its file, or which one of the data set it is.
        classes: the worst first; of many the first few.
        left_out: how many more there are.
    """

    source: str
    layers: Mapping[str, str]
    picture: str
    mean_iou: float
    classes: tuple[ShownClass, ...]
    left_out: int = 0


@dataclass(frozen=True)
class WorstMasksInfo:
    """The worst pictures.

    Attributes:
        trial: whose they are.
        pictures: the worst first.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    pictures: tuple[WorstMask, ...] = ()
    missing: str | None = None


def worst_masks_info(study: Study) -> WorstMasksInfo:
    found = kept_mistakes(study, _ENTRY, "wrong masks")
    try:
        pictures = tuple(_worst(study, *each) for each in found.pictures)
    except ValueError as error:
        return WorstMasksInfo(found.trial, missing=f"the masks of the pictures cannot be shown: {error}")
    return WorstMasksInfo(found.trial, pictures, found.missing)


def _worst(study: Study, source: str, said: Mapping[str, Any]) -> WorstMask:
    ranked = sorted(said["classes"].items(), key=lambda pair: pair[1]["iou"])
    shown = tuple(ShownClass(name, of["iou"], _colour(study, name)) for name, of in ranked[:_MOST_CLASSES])
    layers = {
        words: _address(said[layer])
        for words, layer in (("true", "true_layer"), ("predicted", "told_layer"), ("wrong", "wrong_layer"))
    }
    left_out = max(0, len(ranked) - _MOST_CLASSES)
    return WorstMask(source, layers, said["picture"], said["mean_iou"], shown, left_out)


def _colour(study: Study, name: str) -> str | None:
    names = study.names
    colour = colour_of(names.index(name)) if name in names else None
    return None if colour is None else "#{:02x}{:02x}{:02x}".format(*colour)


def _address(layer: str) -> str:
    """A PNG file in base64 as a ``data:`` address.

    Raises:
        ValueError: it is something else, as in a study that somebody has changed.
    """
    try:
        content = base64.b64decode(layer, validate=True)
    except binascii.Error:
        raise ValueError("not a small PNG file") from None
    if not content.startswith(b"\x89PNG") or len(layer) > _MOST_LETTERS:
        raise ValueError("not a small PNG file")
    return f"data:image/png;base64,{layer}"
