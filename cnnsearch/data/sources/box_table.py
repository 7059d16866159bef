"""A CSV file with a row a box."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.addresses import placed_at
from cnnsearch.data.sources.box_files import SHOWN, Boxed
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import SPLIT_COLUMN
from cnnsearch.data.sources.separated import read_rows
from cnnsearch.data.sources.split_names import split_named
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile

__all__ = ["list_box_table"]

_Row = tuple[tuple[float, ...], str, str]


def list_box_table(path: str, picture: str, label: str, sides: Sequence[str], split: str | None, where: str) -> Listing:
    """The pictures that the file names, in its order.

    Args:
        path: of the file.
        picture: name of the column of their paths, relative to the file.
        label: name of that of the classes.
        sides: names of those of left, top, right and bottom; empty cells of a picture without any box.
        split: name of that of the splits; ``None`` reads none. The default may be missing.
        where: what messages call the file.

    Raises:
        InputError: the file or a column is missing, or a row is no box.
    """
    columns, rows = read_rows(path, where)
    has_split = split is not None and (split in columns or split != SPLIT_COLUMN)
    for column in (picture, label, *sides, *([str(split)] if has_split else [])):
        if column not in columns:
            rule = f"has no column '{column}'; its columns: {', '.join(columns) or 'none'}"
            raise InputError(Problem(where, rule, path))
    boxes: dict[str, list[_Row]] = {}
    given: dict[str, str] = {}
    problems = []
    for line, row in rows:
        name, mark = row[picture].strip(), f"{Path(path).name}, line {line}"
        found = _box([row[side].strip() for side in sides], row[label].strip())
        of = (split_named(row[str(split)]) or "") if has_split else ""
        if not name:
            problems.append(Problem(where, f"{mark}: has no {picture}"))
        elif isinstance(found, str):
            problems.append(Problem(where, f"{mark}: {found}"))
        elif has_split and not of:
            rule = f"{split} '{row[str(split)]}' is no split: train, validation or test"
            problems.append(Problem(where, f"{mark}: {rule}"))
        elif given.setdefault(name, of) != of:
            problems.append(Problem(where, f"{mark}: {name} is for {of} here, and for {given[name]} above"))
        else:
            boxes.setdefault(name, []).extend([] if found is None else [(*found, mark)])
    if problems:
        raise InputError(problems[:SHOWN])
    boxed = Boxed(where)
    root = Path(path).resolve().parent
    read = {picture, label, *sides, split}
    boxed.left.add("columns that are not read", [name for name in columns if name not in read], expected=True)
    for name, of_picture in boxes.items():
        boxed.add(PictureFile(placed_at(root, name, ""), name), PictureBoxes.of(of_picture), given[name])
    return boxed.listing()


def _box(cells: list[str], label: str) -> tuple[tuple[float, ...], str] | str | None:
    """Box and class, or what is wrong with them; ``None``: the row says that there is none."""
    if not any(cells):
        return f"has the class '{label}' and no box" if label else None
    try:
        box = tuple(float(cell) for cell in cells)
    except ValueError:
        return f"the box must be four numbers, and is {cells}"
    return (box, label) if label else "has a box and no class"
