"""A CSV file with a row a box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.boxes.box_files import SHOWN, Boxed
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import SPLIT_COLUMN, Columns
from cnnsearch.data.sources.remote.addresses import placed_at
from cnnsearch.data.sources.split_names import split_named
from cnnsearch.data.sources.tables.rows import REST, Table, check_rest, no_column, weights_of
from cnnsearch.data.sources.tables.separated import read_rows
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile

__all__ = ["BoxCells", "list_box_table"]

_Row = tuple[tuple[float, ...], str, str]


@dataclass(frozen=True)
class BoxCells:
    """Where a row has its box, and what its numbers are.

    Attributes:
        columns: names of four, or of one that has all four numbers.
        form, unit: as of :class:`~cnnsearch.data.sources.spec.CsvSource`.
    """

    columns: Sequence[str]
    form: Literal["xyxy", "xywh", "cxcywh"] = "xyxy"
    unit: Literal["pixels", "shares"] = "pixels"

    def numbers(self, row: dict[str, str], of: Columns) -> list[str]:
        """The cells of one, with points for decimals."""
        cells = [of.with_point(row[column].strip()) for column in self.columns]
        return cells if len(cells) > 1 or not cells[0] else re.split(r"[\s,;]+", cells[0].strip("[](){} "))

    def corners(self, box: tuple[float, ...]) -> tuple[float, ...] | str:
        """Left, top, right and bottom, or what is wrong."""
        x, y, right, bottom = box
        if self.form == "xyxy":
            if right < x or bottom < y:
                side = "right end lies left of its left one" if right < x else "lower end lies above its upper one"
                return f"the box is swapped, its {side}; of left, top, width and height say box_format: xywh"
            return box
        if right < 0 or bottom < 0:
            return f"the box has a width or height below 0, as box_format: {self.form} reads it"
        left, top = (x, y) if self.form == "xywh" else (x - right / 2, y - bottom / 2)
        return left, top, left + right, top + bottom


def list_box_table(path: str, of: Columns, cells: BoxCells, where: str) -> Listing:
    """The pictures that the file names, in its order.

    Args:
        path: of the file.
        of: which of its columns are read: paths are relative to the file, and what is said of a picture, its split,
            group and weight, is the same in all its rows.
        cells: those of the box, empty of a picture without any.
        where: what messages call the file.

    Raises:
        InputError: the file or a column is missing, a row is no box, rows of a picture differ in what is said of it, or
            a column that is not read looks like splits.
    """
    columns, rows = read_rows(path, where, (of.path, of.labels[0], *cells.columns), keeps_bytes=True)
    split = of.split if of.split in columns or of.split != SPLIT_COLUMN else None
    said = [column for column in (split, of.group, of.weight) if column is not None]
    read = [of.path, of.labels[0], *cells.columns, *said]
    for column in read:
        if column not in columns:
            raise InputError(Problem(where, no_column(column, columns, where), path))
    rest = [column for column in columns if column not in read]
    table = Table(path, columns, rows)
    if of.split is not None and split is None:
        check_rest(table, rest, where)
    found = _Read(table, of, cells, said, split)
    if found.problems:
        raise InputError([Problem(where, problem) for problem in found.problems[:SHOWN]])
    boxed = Boxed(where, cells.unit)
    root = Path(path).resolve().parent
    boxed.left.add("columns that are not read", rest, expected=True)
    for name, of_picture in found.boxes.items():
        boxed.add(PictureFile(placed_at(root, name, ""), name), PictureBoxes.of(of_picture), found.splits[name])
    return replace(boxed.listing(), **_besides(replace(table, rows=list(found.first.values())), of, where))


def _besides(table: Table, of: Columns, where: str) -> dict[str, Any]:
    """Groups and weights of pictures, of which ``table`` has a row each."""
    groups = None if of.group is None else tuple(row[of.group].strip() for _, row in table.rows)
    return {"groups": groups, "weights": None if of.weight is None else weights_of(table, of, where)}


class _Read:
    """All rows.

    Attributes:
        boxes: picture -> its boxes.
        first: picture -> the first row of it.
        splits: picture -> its split, or nothing.
        problems: what is wrong.
    """

    def __init__(self, table: Table, of: Columns, cells: BoxCells, said: Sequence[str], split: str | None) -> None:
        self.boxes: dict[str, list[_Row]] = {}
        self.first: dict[str, tuple[int, dict[str, str]]] = {}
        self.splits: dict[str, str] = {}
        self.problems: list[str] = []
        for line, row in table.rows:
            name, mark = row[of.path].strip(), f"{Path(table.path).name}, line {line}"
            found = _box(cells.numbers(row, of), row[of.labels[0]].strip(), cells)
            wrong = self._wrong(row, name, of.path, said, split)
            if wrong is None and isinstance(found, str):
                wrong = found
            if wrong is not None:
                self.problems.append(f"{mark}: {wrong}")
                continue
            self.first.setdefault(name, (line, row))
            self.splits.setdefault(name, "" if split is None else split_named(row[split]) or "")
            self.boxes.setdefault(name, []).extend([] if not isinstance(found, tuple) else [(*found, mark)])

    def _wrong(self, row: dict[str, str], name: str, path: str, said: Sequence[str], split: str | None) -> str | None:
        if REST in row:
            return "has more cells than the header"
        if not name:
            return f"has no {path}"
        if split is not None and split_named(row[split]) is None:
            return f"{split} '{row[split]}' is no split: train, validation or test"
        _, first = self.first.get(name, (0, row))
        for column in said:
            here, above = row[column].strip(), first[column].strip()
            if not here:
                return f"has no {column}"
            if here != above and (column != split or split_named(here) != split_named(above)):
                return f"{column} of {name} is {here} here, and {above} above"
        return None


def _box(cells: list[str], label: str, form: BoxCells) -> tuple[tuple[float, ...], str] | str | None:
    """Box and class, or what is wrong with them; ``None``: the row says that there is none."""
    if not any(cells):
        return f"has the class '{label}' and no box" if label else None
    try:
        box = tuple(float(cell) for cell in cells)
    except ValueError:
        return f"the box must be four numbers, and is {cells}"
    if len(box) != 4:
        return f"the box must be four numbers, and is {cells}"
    corners = form.corners(box)
    if isinstance(corners, str):
        return f"{corners} (got {list(box)})"
    return (corners, label) if label else "has a box and no class"
