"""From what a source brings to boxes: what is wrong with each, which class it is of, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.detection.boxes import crowd_of

__all__ = ["ReadBoxes", "read_boxes"]

_SHOWN = 10
"""Boxes that an error names."""

_NAMED = 3
"""Boxes that a note names."""


class ReadBoxes:
    """Boxes by the classes of a task.

    Args:
        labels: of all pictures.
        names: of the classes, where a model knows them already.

    Attributes:
        pictures: of each ``(k, 5)`` float64, the box in the unit of its source, and the index of its class, or of a
            crowd of it.
        marks: of each box, where it stands.
        sizes: of each picture, as its labels say; ``None``: they do not.
        names: of the classes.
        is_relative: boxes are shares of their pictures, and no pixels.
        notes: what is left out, a sentence each.

    Raises:
        InputError: some are no boxes, or of no class that is known; ten of these are named.
    """

    def __init__(self, labels: RawLabels, names: tuple[str, ...] = ()) -> None:
        raw = tuple(_raw(labels, names))
        self.names = names or labels.known or _occurring(raw)
        self.is_relative = labels.boxes is not None and labels.boxes.unit == "shares"
        self._where = labels.parts[0][0]
        self._places = {name: at for at, name in enumerate(self.names)}
        self._problems: list[Problem] = []
        self._left: dict[str, list[str]] = {}
        found = [self._read(each) for each in raw]
        if self._problems:
            raise InputError(self._problems[:_SHOWN])
        self.pictures = tuple(boxes for boxes, _ in found)
        self.marks = tuple(marks for _, marks in found)
        self.sizes = tuple(each.size for each in raw)
        self.notes = tuple(_note(what, marks) for what, marks in self._left.items())

    def _read(self, of: PictureBoxes) -> tuple[np.ndarray, tuple[str, ...]]:
        rows: dict[tuple[float, ...], str] = {}
        crowds = of.crowds or (False,) * len(of.marks)
        for box, name, mark, is_crowd in zip(of.boxes.tolist(), of.classes, of.marks, crowds, strict=True):
            if is_crowd and name not in self._places:
                self._left.setdefault("crowds of a class that has no other box", []).append(mark)
                continue
            rule = self._wrong(box, name)
            if rule is not None:
                self._problems.append(Problem(self._where, f"{mark}: {rule}", [round(side, 6) for side in box]))
            elif box[0] == box[2] or box[1] == box[3]:
                self._left.setdefault("without any area", []).append(mark)
            elif (row := (*box, _number(self._places[name], is_crowd))) in rows:
                self._left.setdefault("the same as another one of the picture", []).append(mark)
            else:
                rows[row] = mark
        return np.array([*rows], np.float64).reshape(-1, 5), tuple(rows.values())

    def _wrong(self, box: list[float], name: str) -> str | None:
        if not np.isfinite(box).all():
            return "the box must be finite numbers"
        if box[2] < box[0] or box[3] < box[1]:
            side = "right end lies left of its left one" if box[2] < box[0] else "lower end lies above its upper one"
            return f"the box is swapped, its {side}"
        if name not in self._places:
            return f"its class '{name}' is none that is known: {', '.join(self.names)}"
        return None


def read_boxes(labels: RawLabels, names: tuple[str, ...] = ()) -> ReadBoxes:
    """See :class:`ReadBoxes`."""
    return ReadBoxes(labels, names)


def _number(of_class: int, is_crowd: bool) -> float:
    return float(crowd_of(of_class) if is_crowd else of_class)


def _note(what: str, marks: list[str]) -> str:
    more = f" and {len(marks) - _NAMED} more" if len(marks) > _NAMED else ""
    is_one = len(marks) == 1
    return f"{len(marks)} box{' is' if is_one else 'es are'} left out, {what}: {'; '.join(marks[:_NAMED])}{more}"


def _occurring(raw: tuple[PictureBoxes, ...]) -> tuple[str, ...]:
    return tuple(naturally_sorted({name: None for each in raw for name in each.objects}))


def _raw(labels: RawLabels, names: tuple[str, ...]) -> Iterator[PictureBoxes]:
    for where, array in labels.parts:
        if labels.boxes is None:
            # A model that was trained on numbers has these for names.
            known = names if names and not all(map(str.isdigit, names)) else ()
            yield from _of_arrays(where, array, labels.known or known)
        else:
            yield from (labels.boxes.pictures[number] for number in array.tolist())


def _of_arrays(where: str, array: Any, known: tuple[str, ...]) -> Iterator[PictureBoxes]:
    """Of ``(n, m, 5)``, in which rows of -1 are none."""
    if array.ndim != 3 or array.shape[-1] != 5 or array.dtype.kind not in "iuf":
        rule = "boxes must have the shape (n, most, 5): left, top, right, bottom and class of each, rows of -1 for none"
        raise InputError(Problem(where, rule, f"{array.shape} {array.dtype}"))
    for picture, rows in enumerate(array):
        there = np.flatnonzero((rows != -1).any(axis=-1)).tolist()
        classes = []
        for row in there:
            number = rows[row, 4]
            if number < 0 or number != np.floor(number) or (known and number >= len(known)):
                rule = "the class of a box must be a whole number from 0 on"
                raise InputError(Problem(f"{where}[{picture}, {row}, 4]", rule, float(number)))
            classes.append(known[int(number)] if known else str(int(number)))
        marks = tuple(f"{where}[{picture}, {row}]" for row in there)
        yield PictureBoxes(rows[there, :4].astype(np.float64), tuple(classes), marks)
