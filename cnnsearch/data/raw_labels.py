"""RawLabels: what a source brings to be predicted of each picture, before a task reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.raw_boxes import RawBoxes
from cnnsearch.data.raw_outlines import PictureOutlines
from cnnsearch.errors import Problem
from cnnsearch.inputs.pictures.tiles import Tile

if TYPE_CHECKING:
    from cnnsearch.tasks.contract.targets import Targets

__all__ = ["MaskExcerpt", "MaskReading", "RawLabels", "ReadTargets"]


@dataclass(frozen=True)
class MaskReading:
    """What the values of masks mean, as an experiment says it.

    Attributes:
        names: of the classes, by their indices; empty: they are called by these.
        colours: of the classes, where masks are pictures of colours.
        is_binary: all values but 0 are the second of two classes.
        void: index, or colour, of pixels of which nothing is known.
    """

    names: tuple[str, ...] = ()
    colours: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    is_binary: bool = False
    void: int | tuple[int, int, int] | None = None


@dataclass(frozen=True)
class MaskExcerpt:
    """What part of a mask a picture's is.

    Attributes:
        page: of its file, counted from 0; ``None``: it has one alone.
        tile: of that; ``None``: all of it.
    """

    page: int | None = None
    tile: Tile | None = None


@dataclass(frozen=True, eq=False)
class RawLabels:
    """Of all pictures of a source, one split after the other.

    Attributes:
        parts: what messages call it, and an array ``(n,)`` or ``(n, columns)``, for each split; of files text.
        columns: their names, where the source has names for them.
        separator: between the labels of one cell, where a cell may hold several.
        decimal: what stands before the decimals of numbers, where these are texts of a source that asks: a point or a
            comma.
        known: classes that the source has, in their order, also such that no picture is of; none: those that occur.
        file, lines: a text file, and in which of its lines each picture stands; none: there is none.
        masks: what they mean where they are masks, or paths of masks.
        boxes: of which they are the indices, where they are boxes.
        outlines: of each picture, of which they are the indices, where masks are to be made of these.
        excerpts: of masks, which page of its file, or tile, that of each picture is; none: all are whole.
    """

    parts: tuple[tuple[str, Any], ...]
    columns: tuple[str, ...] = ()
    separator: str | None = None
    decimal: str | None = None
    known: tuple[str, ...] = ()
    file: str = ""
    lines: tuple[int, ...] = field(default=(), repr=False)
    masks: MaskReading | None = None
    boxes: RawBoxes | None = field(default=None, repr=False)
    outlines: tuple[PictureOutlines, ...] | None = field(default=None, repr=False)
    excerpts: tuple[MaskExcerpt, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return sum(len(array) for _, array in self.parts)

    def take(self, indices: Sequence[int]) -> RawLabels:
        """Those of some pictures of the one split that there is, in that order."""
        ((where, array),) = self.parts
        chosen = list(indices)
        lines = tuple(self.lines[index] for index in chosen) if self.lines else ()
        excerpts = tuple(self.excerpts[index] for index in chosen) if self.excerpts else ()
        return replace(self, parts=((where, array[chosen]),), lines=lines, excerpts=excerpts)

    def problem(self, index: int, rule: str, value: Any = None, column: int | None = None) -> Problem:
        """What is wrong with the label of a picture.

        Args:
            index: of the picture.
            rule: that it breaks.
            value: that was found.
            column: of several.
        """
        where, at = self._place(index)
        if self.lines:
            of = "" if column is None else f", column '{self.columns[column]}'"
            found = "" if value is None else f" (it says '{value}')"
            return Problem(where, f"line {self.lines[index]}{of}: {rule}{found}", self.file)
        return Problem(f"{where}[{at}]" if column is None else f"{where}[{at}, {column}]", rule, value)

    def _place(self, index: int) -> tuple[str, int]:
        for where, array in self.parts:
            if index < len(array):
                return where, index
            index -= len(array)
        raise IndexError(index)


@dataclass(frozen=True, eq=False)
class ReadTargets:
    """What a task reads from raw labels.

    Attributes:
        targets: of the pictures that are used.
        rows: indices of these pictures, ascending.
        notes: what must be told of how the labels were read, a sentence each.
    """

    targets: Targets
    rows: np.ndarray
    notes: tuple[str, ...] = ()
