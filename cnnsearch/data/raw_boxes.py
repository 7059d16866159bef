"""RawBoxes: boxes as a source brings them, before the task of detection reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["PictureBoxes", "RawBoxes"]


@dataclass(frozen=True, eq=False)
class PictureBoxes:
    """Those of one picture.

    Attributes:
        boxes: ``(k, 4)`` float64, left, top, right and bottom; the last two lie outside.
        classes: name of each.
        marks: where each stands, for messages, as ``line 7`` or ``annotation 12``.
        size: height and width of the picture, as whoever drew them says; ``None``: nobody does.
        crowds: which of them are around many objects of the class, that nobody has told apart; empty: none.
    """

    boxes: np.ndarray
    classes: tuple[str, ...]
    marks: tuple[str, ...]
    size: tuple[int, int] | None = None
    crowds: tuple[bool, ...] = ()

    @classmethod
    def of(
        cls,
        rows: Sequence[tuple[tuple[float, ...], str, str]],
        size: tuple[int, int] | None = None,
        crowds: Sequence[bool] = (),
    ) -> PictureBoxes:
        """Of box, class and mark of each."""
        boxes = np.array([box for box, _, _ in rows], np.float64).reshape(-1, 4)
        return cls(boxes, tuple(name for _, name, _ in rows), tuple(mark for _, _, mark in rows), size, tuple(crowds))

    @property
    def objects(self) -> tuple[str, ...]:
        """Classes of those that are single objects."""
        crowds = self.crowds or (False,) * len(self.classes)
        return tuple(name for name, is_crowd in zip(self.classes, crowds, strict=True) if not is_crowd)


@dataclass(frozen=True, eq=False)
class RawBoxes:
    """Of all pictures that a source lists; :class:`~cnnsearch.data.raw_labels.RawLabels` holds indices of these.

    Attributes:
        pictures: the boxes of each, which may have none.
        unit: ``pixels`` of the picture as it lies, or ``shares`` of its width and height.
    """

    pictures: tuple[PictureBoxes, ...]
    unit: Literal["pixels", "shares"] = "pixels"
