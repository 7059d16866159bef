"""A CSV file that names pictures and their classes."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from cnnsearch.catalog.sources import CsvSource
from cnnsearch.data.pictures import PictureFile, Size
from cnnsearch.data.sources.collected import Collected
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.errors import InputError, Problem

__all__ = ["list_csv", "load_csv", "read_columns"]

_SHOWN = 10
"""Problems that an error names."""

_REST = "\0rest"
"""Key of the cells beyond the header; no header has it."""


def load_csv(source: CsvSource, image_size: Size | None, seed: int) -> Collected:
    """A row a picture: its path, relative to the file, and its label, both taken as text.

    Raises:
        InputError: the file or a column is missing, a cell is empty, or too many pictures cannot be read.
    """
    listing = list_csv(os.path.expanduser(source.path), source.path_column, source.label_column, "dataset.path")
    return collect_files(listing, source, image_size, seed)


def list_csv(path: str, path_column: str, label_column: str, where: str) -> Listing:
    """The pictures that the file names, in its order.

    Raises:
        InputError: the file or a column is missing, a cell is empty, or a row has more cells than the header.
    """
    columns, rows = _read(path, where)
    for column in (path_column, label_column):
        if column not in columns:
            rule = f"has no column '{column}'; its columns: {', '.join(columns) or 'none'}"
            raise InputError(Problem(where, rule, path))
    problems = [
        Problem(where, f"line {line} has more cells than the header", path) for line, row in rows if _REST in row
    ]
    problems += [
        Problem(where, f"line {line} has no {column}", path)
        for line, row in rows
        for column in (path_column, label_column)
        if not row[column].strip()
    ]
    if not rows:
        problems.append(Problem(where, "names no pictures", path))
    if problems:
        raise InputError(problems[:_SHOWN])
    root = Path(path).resolve().parent
    pictures = [row[path_column].strip() for _, row in rows]
    return Listing(
        tuple(PictureFile(root / picture, picture) for picture in pictures),
        tuple(row[label_column].strip() for _, row in rows),
    )


def read_columns(path: str, where: str) -> list[str]:
    """The names of the columns.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    return _read(path, where)[0]


def _read(path: str, where: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The columns, and of each row its line in the file and its cells, empty where the row is short."""
    if not Path(path).is_file():
        raise InputError(Problem(where, "there is no such file", path))
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey=_REST, restval="", strict=True)
            return list(reader.fieldnames or ()), [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError:
        raise InputError(Problem(where, "is not UTF-8 text", path)) from None
    except (OSError, csv.Error) as error:
        raise InputError(Problem(where, f"cannot be read as CSV: {error}", path)) from None
