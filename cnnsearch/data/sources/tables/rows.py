"""A table, whatever it was read from: what its rows say of pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import IMAGE_COLUMN, LABEL_COLUMN, PATH_COLUMN, SPLIT_COLUMN, TEXT_COLUMN, Columns
from cnnsearch.data.sources.split_names import split_among, split_named
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile

__all__ = [
    "REST",
    "Rows",
    "Table",
    "check_columns",
    "check_rest",
    "check_train_rows",
    "list_rows",
    "no_column",
    "weights_of",
]

_SHOWN = 10
"""Problems that an error names."""

Rows = list[tuple[int, dict[str, str]]]
"""Of each row its number in the file, and its cells by column."""

REST = "\0rest"
"""Key of the cells beyond the header; no header has it."""

_KEYS = {
    PATH_COLUMN: "path_column",
    IMAGE_COLUMN: "image_column",
    TEXT_COLUMN: "text_column",
    LABEL_COLUMN: "label_column",
}
"""Usual name of a column -> the key that names another one."""

_YES, _NO = frozenset({"true", "t", "yes", "y", "1"}), frozenset({"false", "f", "no", "n", "0", ""})
"""What stands in a column such as ``is_valid``."""


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        path: its file.
        columns: their names.
        rows: without the header.
        word: what messages call a row.
        given: the split of each row, where not a column says so but the place of the row.
    """

    path: str
    columns: Sequence[str]
    rows: Rows
    word: str = "line"
    given: tuple[str, ...] | None = None


def check_columns(columns: Sequence[str], of: Columns, where: str, path: str) -> bool:
    """Whether all columns that are to be read are there.

    Returns:
        Whether one of them tells the splits.

    Raises:
        InputError: one is not there, or is there twice.
    """
    wanted = _wanted(of)
    has_split = of.split not in (None, *wanted) and (of.split in columns or of.split != SPLIT_COLUMN)
    for column in [*wanted, str(of.split)] if has_split else wanted:
        if column not in columns:
            raise InputError(Problem(where, no_column(column, columns, where), path))
        if columns.count(column) > 1:
            raise InputError(Problem(where, f"has {columns.count(column)} columns of the name '{column}'", path))
    return has_split


def no_column(column: str, columns: Sequence[str], where: str) -> str:
    """What is wrong where a column is not there; of a set to train on, by which key another one is named."""
    rule = f"has no column '{column}'; its columns: {', '.join(columns) or 'none'}"
    return f"{rule}; name another one by {_KEYS[column]}" if where.startswith("dataset.") and column in _KEYS else rule


def check_train_rows(listing: Listing, column: str | None, path: str) -> None:
    """Whether there is something to train on.

    Raises:
        InputError: there are splits, and none of them is for training.
    """
    if listing.given is not None and "train" not in listing.given:
        rule = f"has no row for train in the column '{column}'; split_column: null does not read it"
        raise InputError(Problem("dataset.split_column", rule, path))


def list_rows(table: Table, of: Columns, where: str, files: Sequence[PictureFile], left: Leftovers) -> Listing:
    """The pictures of a table, in its order.

    Args:
        table: what was read.
        of: which of its columns are used.
        where: what messages call the file.
        files: the picture of each row.
        left: gets the columns that are not read.

    Raises:
        InputError: a cell is empty, a row has more cells than the header, or a column that is not read looks like
            splits.
    """
    has_split = check_columns(table.columns, of, where, table.path)
    wanted = _wanted(of)
    # Of several labels in a cell there may be none.
    filled = [column for column in wanted if of.separator is None or column not in of.labels]
    incomplete: tuple[str, ...] = ()
    if of.drops_missing:
        table, files, incomplete = _complete(table, [*filled, str(of.split)] if has_split else filled, files)
    _check_cells(table, filled, where)
    given = _splits(table, str(of.split), where) if has_split else table.given
    rest = [column for column in table.columns if column not in wanted and not (has_split and column == of.split)]
    if of.split is not None and given is None:
        check_rest(table, rest, where)
    left.add("columns that are not read", rest, expected=True)
    cells = np.array([[row[column].strip() for column in of.labels] for _, row in table.rows], dtype=np.str_)
    labels = RawLabels(
        ((where, cells[:, 0] if len(of.labels) == 1 else cells),),
        columns=of.labels,
        separator=of.separator,
        decimal=of.decimal,
        file=table.path,
        lines=tuple(line for line, _ in table.rows),
    )
    notes = tuple(_trimmed(table, of.labels))
    groups = None if of.group is None else tuple(row[of.group].strip() for _, row in table.rows)
    weights = None if of.weight is None else weights_of(table, of, where)
    return Listing(tuple(files), labels, given, left.by_kind(), notes, groups, weights, incomplete)


def _trimmed(table: Table, columns: Sequence[str]) -> Iterator[str]:
    """Words that stand in a column with blanks around them and without: read as one, of which a table says two."""
    for column in columns:
        spelled: dict[str, set[str]] = {}
        for _, row in table.rows:
            spelled.setdefault(row[column].strip(), set()).add(row[column])
        several = [word for word, forms in spelled.items() if len(forms) > 1 and math.isnan(_number(word))]
        if several:
            which = "a label stands" if len(several) == 1 else f"{len(several):,} labels stand"
            how = f"with blanks around and without, as '{several[0]}': both are read as one"
            yield f"{which} in the column '{column}' {how}"


def _wanted(of: Columns) -> list[str]:
    return [of.path, *of.labels, *(column for column in (of.group, of.weight) if column is not None)]


def weights_of(table: Table, of: Columns, where: str) -> tuple[float, ...]:
    """What each picture counts in training, by the column of weights.

    Raises:
        InputError: a cell is no number from 0 on, or all are 0.
    """
    column = str(of.weight)
    found = [(line, row[column].strip(), _number(of.with_point(row[column]))) for line, row in table.rows]
    rule = "must be a finite number from 0 on" + (" with a comma, as decimal: ',' says" if of.decimal == "," else "")
    problems = [
        Problem(where, f"{table.word} {line}: {column} '{cell}' {rule}", table.path)
        for line, cell, number in found
        if not (number >= 0 and math.isfinite(number))
    ]
    if not problems and not any(number for _, _, number in found):
        problems.append(Problem(where, f"{column} is 0 in all rows, so that nothing would be trained on", table.path))
    if problems:
        raise InputError(problems[:_SHOWN])
    return tuple(number for _, _, number in found)


def _number(cell: str) -> float:
    """NaN where it is none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _check_cells(table: Table, wanted: list[str], where: str) -> None:
    path, word = table.path, table.word
    problems = [
        Problem(where, f"{word} {line} has more cells than the header", path) for line, row in table.rows if REST in row
    ]
    # Of a set to train on, which has checks; evaluate has none.
    hint = "; checks: {missing: drop} leaves such rows out" if where.startswith("dataset.") else ""
    problems += [Problem(where, f"{rule}{hint}", path) for rule in _missing(table, wanted).values()]
    if not table.rows:
        problems.append(Problem(where, "names no pictures", path))
    if problems:
        raise InputError(problems[:_SHOWN])


def _missing(table: Table, wanted: Sequence[str]) -> dict[int, str]:
    """Place of each row that has no cell in a column -> what it has not."""
    found = {}
    for place, (line, row) in enumerate(table.rows):
        empty = [column for column in wanted if not row[column].strip()]
        if empty:
            found[place] = f"{table.word} {line} has no {' and no '.join(empty)}"
    return found


def _complete(
    table: Table, wanted: Sequence[str], files: Sequence[PictureFile]
) -> tuple[Table, Sequence[PictureFile], tuple[str, ...]]:
    """The rows that have all cells, their files, and what the others have not."""
    missing = _missing(table, wanted)
    places = [place for place in range(len(table.rows)) if place not in missing]
    given = None if table.given is None else tuple(table.given[place] for place in places)
    left = replace(table, rows=[table.rows[place] for place in places], given=given)
    return left, [files[place] for place in places], tuple(missing.values())


def _splits(table: Table, column: str, where: str) -> tuple[str, ...]:
    """The split of each row."""
    given = [split_named(row[column]) for _, row in table.rows]
    rule = "is no split: train, validation or test; split_column: null does not read the column"
    problems = [
        Problem(where, f"{table.word} {line}: {column} '{row[column]}' {rule}", table.path)
        for split, (line, row) in zip(given, table.rows, strict=True)
        if split is None
    ]
    if problems:
        raise InputError(problems[:_SHOWN])
    return tuple(split for split in given if split is not None)


def check_rest(table: Table, columns: list[str], where: str) -> None:
    """Whether one of the columns that are not read holds splits: its test rows would be trained on."""
    for column in columns:
        cells = {row[column].strip().lower() for _, row in table.rows if column in row}
        if len(cells) > 1 and all(split_named(cell) is not None for cell in cells):
            how = f"name it, as split_column: {column}"
        elif split_among(column) is not None and len(cells) == 2 and cells <= _YES | _NO:
            how = "write train, validation or test into a column, and name that by split_column"
        else:
            continue
        rule = f"the column '{column}' looks like splits, and is not read: {how}, or say split_column: null"
        raise InputError(Problem(where, rule, table.path))
