"""Texts of tables, a row a text: separated values, JSON Lines, Parquet."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import SPLIT_COLUMN, Columns, TextTableSource
from cnnsearch.data.sources.spec import CsvSource, JsonlSource, ParquetSource
from cnnsearch.data.sources.tables.json_lines import read_json_lines
from cnnsearch.data.sources.tables.parquet import parquet_files, read_parquet_texts
from cnnsearch.data.sources.tables.parquet_file import ParquetFile
from cnnsearch.data.sources.tables.rows import Rows, Table, check_columns, check_train_rows, list_rows
from cnnsearch.data.sources.tables.separated import read_rows
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile
from cnnsearch.inputs.texts.texts import Texts, is_unicode
from cnnsearch.together import Together

__all__ = ["load_text_table", "read_text_table"]

_WHERE = "dataset.path"

_LONGEST_CELL = 2**31 - 1
"""Python's reader takes 128 KB for a cell; a text may be longer."""

_JSONL, _PARQUET = (".jsonl", ".ndjson"), ".parquet"


def load_text_table(source: CsvSource | JsonlSource | ParquetSource, read: Read) -> Collected:
    """A row a text, with its label, and its split where a column or the name of a file says so.

    Raises:
        InputError: the file or a column is missing, it is not UTF-8, a cell is empty, or no row is for training.
    """
    path = os.path.expanduser(source.path)
    of = source.text_columns._replace(drops_missing=read.drops_missing)
    texts, listing = _read(path, of, _WHERE, type(source))
    check_train_rows(listing, source.split_column, path)
    given = None if listing.given is None else np.array(listing.given, dtype=np.str_)
    groups = None if listing.groups is None else np.array(listing.groups, dtype=np.str_)
    weights = None if listing.weights is None else np.array(listing.weights)
    found = Collected.of(texts, listing.labels, read, given, listing.left_out, groups, weights)
    more = {"incomplete": listing.incomplete, "notes": (*listing.notes, *found.notes)}
    return Collected(**{**vars(found), **more})


def read_text_table(path: str, ways: Sequence[Columns], where: str) -> tuple[Texts, Listing]:
    """The texts of a table of any kind, told by its name, and what else its rows say.

    Args:
        path: of the file; a folder is one of Parquet files.
        ways: which of its columns are read, that of the texts as ``path``: of several the first that are all there.
            Columns of splits and of groups may be missing.
        where: what messages call the file.

    Raises:
        InputError: as of :func:`load_text_table`.
    """
    suffix = Path(path).suffix.lower()
    kind = (
        JsonlSource if suffix in _JSONL else ParquetSource if suffix == _PARQUET or Path(path).is_dir() else CsvSource
    )
    there = _columns(path, ways, where, kind)
    of = next((each for each in ways if there.issuperset((each.path, *each.labels))), ways[0])
    split = of.split if of.split is None or of.split in there else SPLIT_COLUMN
    group = of.group if of.group in there else None
    return _read(path, of._replace(split=split, group=group), where, kind)


def _columns(path: str, ways: Sequence[Columns], where: str, kind: type[TextTableSource]) -> set[str]:
    if kind is ParquetSource:
        return {name for file in parquet_files(path, where) for name in ParquetFile(file, where).columns}
    columns, _ = read_json_lines(path, where, (), ()) if kind is JsonlSource else _separated(path, ways, where)
    return set(columns)


def _read(path: str, of: Columns, where: str, kind: type[TextTableSource]) -> tuple[Texts, Listing]:
    if kind is ParquetSource:
        return _texts(path, where, *read_parquet_texts(path, of, where))
    columns, rows = _json_rows(path, of, where) if kind is JsonlSource else _separated(path, [of], where)
    check_columns(columns, of, where, path)
    if not rows:
        raise InputError(Problem(where, "has no rows below its header", path))
    named = {f"line {line}": row[of.path] for line, row in rows}
    files = [PictureFile(Path(path), name) for name in named]
    return _texts(path, where, named, list_rows(Table(path, columns, rows), of, where, files, Leftovers()))


def _separated(path: str, ways: Sequence[Columns], where: str) -> tuple[list[str], Rows]:
    with _together.used(_long_cells):
        return read_rows(path, where, [name for of in ways for name in (of.path, *of.labels)])


_together = Together()


@contextlib.contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _json_rows(path: str, of: Columns, where: str) -> tuple[list[str], Rows]:
    others = (of.split, of.group, of.weight)
    columns, rows = read_json_lines(path, where, (of.path,), (*of.labels, *(each for each in others if each)))
    if not rows:
        raise InputError(Problem(where, "has no lines", path))
    return columns, rows


def _texts(path: str, where: str, named: Mapping[str, str], listing: Listing) -> tuple[Texts, Listing]:
    names = tuple(file.name for file in listing.files)
    broken = next((name for name in names if not is_unicode(named[name])), None)
    if broken is not None:
        rule = f"{broken} has half of a character (a lone surrogate), and is no text"
        raise InputError(Problem(where, rule, path))
    return Texts(tuple(named[name] for name in names), names), listing
