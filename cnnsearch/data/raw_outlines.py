"""RawOutlines: the outlines of objects as a source brings them, before the task of segmentation fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Outline", "PictureOutlines"]


@dataclass(frozen=True)
class Outline:
    """Of one object.

    Attributes:
        name: of its class.
        shape: as COCO has it: polygons ``[[x, y, x, y, ...], ...]`` in pixels, or run lengths ``{size, counts}``.
        mark: where it stands, for messages, as ``annotation 12``.
    """

    name: str
    shape: Any
    mark: str


@dataclass(frozen=True)
class PictureOutlines:
    """Those of one picture.

    Attributes:
        size: height and width of the picture, as whoever drew them says.
        outlines: may be none.
    """

    size: tuple[int, int]
    outlines: tuple[Outline, ...]
