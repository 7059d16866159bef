"""Parquet files, as most public sets are kept: a column of pictures, and columns of what is to be predicted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.keys import Columns
from cnnsearch.data.sources.spec import ParquetSource
from cnnsearch.data.sources.split_names import split_among
from cnnsearch.data.sources.tables.parquet_file import ParquetFile
from cnnsearch.data.sources.tables.rows import Table, check_columns, check_train_rows, list_rows
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_parquet", "load_parquet", "parquet_files", "read_parquet_texts"]

_UNLABELLED = "-1"
"""Class of the test splits of competitions, whose labels are kept back."""


def load_parquet(source: ParquetSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """A row a picture, of one file or of all below a folder; files that are named after splits are these.

    Raises:
        InputError: there is no such file, a column is missing or is of another kind, a cell is empty, no row is for
            training, or too many pictures cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_parquet(path, source.columns._replace(drops_missing=read.drops_missing), "dataset.path")
    check_train_rows(listing, source.split_column, path)
    return collect_files(listing, source, image_size, seed, read)


def parquet_files(path: str, where: str) -> list[Path]:
    """The file, or all below the folder, in their natural order.

    Raises:
        InputError: there is none.
    """
    root = Path(path)
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise InputError(Problem(where, "there is no such file or folder", path))
    names = [file.relative_to(root).as_posix() for file in root.rglob("*.parquet") if file.is_file()]
    if not names:
        raise InputError(Problem(where, "has no files that end in .parquet", path))
    return [root / name for name in naturally_sorted(names)]


def list_parquet(path: str, of: Columns, where: str, base: str = "") -> Listing:
    """The pictures of all rows, file after file.

    Args:
        path: of the file, or of the folder of files.
        of: which of their columns are read.
        where: what messages call it.
        base: the address that paths of pictures are relative to; left out, they are to the file's folder.

    Raises:
        InputError: as of :func:`load_parquet`.
    """
    table, pictures, left = _table(path, of, where, lambda opened: opened.pictures(of.path, base))
    return list_rows(table, of, where, pictures, left)


def read_parquet_texts(path: str, of: Columns, where: str) -> tuple[dict[str, str], Listing]:
    """The text of each row by the row's name, and what else the rows say; arguments as of :func:`list_parquet`.

    Raises:
        InputError: as of :func:`load_parquet`.
    """
    table, rows, left = _table(path, of, where, None)
    texts = {row.name: cells[of.path] for row, (_, cells) in zip(rows, table.rows, strict=True)}
    return texts, list_rows(table, of, where, rows, left)


_Pictures = Callable[[ParquetFile], list[PictureFile]]


def _table(
    path: str, of: Columns, where: str, pictures: _Pictures | None
) -> tuple[Table, list[PictureFile], Leftovers]:
    """All rows that have labels, file after file, the picture of each, and what is left out.

    Args:
        path, of, where: as of :func:`list_parquet`.
        pictures: of the rows of a file; ``None``: its rows are texts.
    """
    files = parquet_files(path, where)
    splits = _splits(files, path, where)
    left = Leftovers()
    found: list[PictureFile] = []
    rows: list[dict[str, str]] = []
    given: list[str] = []
    for file in files:
        named = f"{file.relative_to(path).as_posix()}: " if len(files) > 1 else ""
        opened = ParquetFile(file, where)
        read, cells = _read(opened, file, of, where, pictures)
        kept = _labelled(opened, cells, of)
        left.add(
            f"rows whose label is kept back ({_UNLABELLED})",
            [named + read[row].name for row in sorted({*range(len(read))} - {*kept})],
        )
        found += [PictureFile(read[row].path, named + read[row].name) for row in kept]
        rows += [{name: column[row] for name, column in cells.items()} for row in kept]
        given += [splits[file]] * len(kept) if splits else []
    table = Table(
        path,
        ParquetFile(files[0], where).columns,
        list(enumerate(rows, start=1)),
        "row",
        tuple(given) if splits else None,
    )
    return table, found, left


def _read(
    opened: ParquetFile, file: Path, of: Columns, where: str, pictures: _Pictures | None
) -> tuple[list[PictureFile], dict[str, list[str]]]:
    """The picture of each row, and the cells by column: those that are used, and words that may tell splits."""
    has_split = check_columns(opened.columns, of, where, str(file))
    more = [str(of.split)] if has_split else []
    wanted = [*of.labels, *more, *(column for column in (of.group, of.weight) if column is not None)]
    others = [name for name in opened.columns if name not in (of.path, *wanted) and opened.is_plain(name)]
    if pictures is None:
        texts = opened.strings(of.path)
        rows = [PictureFile(file, f"row {number}") for number in range(1, len(texts) + 1)]
        return rows, {of.path: texts, **opened.text([*wanted, *others])}
    read = pictures(opened)
    cells = opened.text([*wanted, *others])
    there = zip(read, opened.empty(of.path), strict=True)
    return read, {of.path: ["" if empty else picture.name for picture, empty in there], **cells}


def _labelled(opened: ParquetFile, cells: dict[str, list[str]], of: Columns) -> list[int]:
    """The rows that have labels; what is no class may well be -1."""
    of_classes = [name for name in of.labels if opened.classes(name)]
    return [row for row in range(len(cells[of.path])) if all(cells[name][row] != _UNLABELLED for name in of_classes)]


def _splits(files: list[Path], path: str, where: str) -> dict[Path, str]:
    """The split of each file by its name, as ``train-00000-of-00002.parquet``; empty where none has such a name.

    Raises:
        InputError: some have, and others do not.
    """
    if len(files) == 1:
        return {}
    found = {file: split_among(file.stem) or split_among(file.parent.name) for file in files}
    unknown = [file for file, split in found.items() if split is None]
    if 0 < len(unknown) < len(files):
        rule = f"some files are named after splits, and '{unknown[0].name}' is not: rename it, or move it away"
        raise InputError(Problem(where, rule, path))
    return {file: split for file, split in found.items() if split is not None}
