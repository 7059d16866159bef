"""A table that names pictures and what is to be predicted of them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.separated import REST, Rows, read_rows
from cnnsearch.data.sources.spec import SPLIT_COLUMN, Columns, CsvSource
from cnnsearch.data.sources.split_names import split_among, split_named
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_csv", "load_csv", "read_columns"]

_SHOWN = 10
"""Problems that an error names."""

_YES, _NO = frozenset({"true", "t", "yes", "y", "1"}), frozenset({"false", "f", "no", "n", "0", ""})
"""What stands in a column such as ``is_valid``."""


def load_csv(source: CsvSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """A row a picture: its path, relative to the file, its labels, and its split where a column says so, all as text.

    Raises:
        InputError: the file or a column is missing, a cell is empty, no row is for training, or too many pictures
            cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_csv(path, source.columns, "dataset.path")
    if listing.given is not None and "train" not in listing.given:
        rule = f"has no row for train in the column '{source.split_column}'; split_column: null does not read it"
        raise InputError(Problem("dataset.split_column", rule, path))
    return collect_files(listing, source, image_size, seed, read)


def list_csv(path: str, of: Columns, where: str) -> Listing:
    """The pictures that the file names, in its order.

    Args:
        path: of the file.
        of: which of its columns are read.
        where: what messages call the file.

    Raises:
        InputError: the file or a column is missing, a cell is empty, a row has more cells than the header, or a column
            that is not read looks like splits.
    """
    columns, rows = read_rows(path, where)
    wanted = [of.path, *of.labels, *([] if of.group is None else [of.group])]
    has_split = of.split not in (None, *wanted) and (of.split in columns or of.split != SPLIT_COLUMN)
    for column in [*wanted, str(of.split)] if has_split else wanted:
        if column not in columns:
            rule = f"has no column '{column}'; its columns: {', '.join(columns) or 'none'}"
            raise InputError(Problem(where, rule, path))
    # Of several labels in a cell there may be none.
    filled = [column for column in wanted if of.separator is None or column not in of.labels]
    _check_cells(rows, filled, where, path)
    given = _splits(rows, str(of.split), where, path) if has_split else None
    rest = [column for column in columns if column not in wanted and not (has_split and column == of.split)]
    if of.split is not None and not has_split:
        _check_rest(rows, rest, where, path)
    left = Leftovers()
    left.add("columns that are not read", rest, expected=True)
    root = Path(path).resolve().parent
    pictures = [row[of.path].strip() for _, row in rows]
    cells = np.array([[row[column].strip() for column in of.labels] for _, row in rows], dtype=np.str_)
    labels = RawLabels(
        ((where, cells[:, 0] if len(of.labels) == 1 else cells),),
        columns=of.labels,
        separator=of.separator,
        file=path,
        lines=tuple(line for line, _ in rows),
    )
    return Listing(
        tuple(PictureFile(root / picture, picture) for picture in pictures),
        labels,
        given,
        left.by_kind(),
        groups=None if of.group is None else tuple(row[of.group].strip() for _, row in rows),
    )


def _check_cells(rows: Rows, wanted: list[str], where: str, path: str) -> None:
    problems = [
        Problem(where, f"line {line} has more cells than the header", path) for line, row in rows if REST in row
    ]
    problems += [
        Problem(where, f"line {line} has no {column}", path)
        for line, row in rows
        for column in wanted
        if not row[column].strip()
    ]
    if not rows:
        problems.append(Problem(where, "names no pictures", path))
    if problems:
        raise InputError(problems[:_SHOWN])


def _splits(rows: Rows, column: str, where: str, path: str) -> tuple[str, ...]:
    """The split of each row."""
    given = [split_named(row[column]) for _, row in rows]
    rule = "is no split: train, validation or test; split_column: null does not read the column"
    problems = [
        Problem(where, f"line {line}: {column} '{row[column]}' {rule}", path)
        for split, (line, row) in zip(given, rows, strict=True)
        if split is None
    ]
    if problems:
        raise InputError(problems[:_SHOWN])
    return tuple(split for split in given if split is not None)


def _check_rest(rows: Rows, columns: list[str], where: str, path: str) -> None:
    """Whether one of the columns that are not read holds splits: its test rows would be trained on."""
    for column in columns:
        cells = {row[column].strip().lower() for _, row in rows}
        if len(cells) > 1 and all(split_named(cell) is not None for cell in cells):
            how = f"name it, as split_column: {column}"
        elif split_among(column) is not None and len(cells) == 2 and cells <= _YES | _NO:
            how = "write train, validation or test into a column, and name that by split_column"
        else:
            continue
        rule = f"the column '{column}' looks like splits, and is not read: {how}, or say split_column: null"
        raise InputError(Problem(where, rule, path))


def read_columns(path: str, where: str) -> list[str]:
    """The names of the columns.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    return read_rows(path, where)[0]
