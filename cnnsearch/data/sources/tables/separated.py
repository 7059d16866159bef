"""Tables of text, whatever separates their columns and however they are encoded."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable
from pathlib import Path

from cnnsearch.data.sources.tables.rows import REST, Rows
from cnnsearch.errors import InputError, Problem

__all__ = ["read_rows", "text_of"]

_SEPARATORS = ",;\t|"
_IN_NAMES = "\"'_-./\\()[]{}%#&+\r\n\0"
"""What stands within names of columns, and separates none."""

_Found = dict[str, list[list[str]]]
"""Separator -> the header and the first rows, in cells."""

_LOOKED_AT = 20
_LOOKED_INTO = 2**20
"""Rows by which the separator is chosen, and characters."""


def read_rows(path: str, where: str, wanted: Iterable[str], keeps_bytes: bool = False) -> tuple[list[str], Rows]:
    """The columns of a table with a header; of each row its line in the file and its cells, empty where it is short.

    Columns are separated by whichever of comma, semicolon, tabulator and bar gives those that are wanted, of several
    the one that makes the first rows equally long; by another character where none of these separates any.
    Blanks around the names of columns are none of theirs.
    Text is UTF-8, or UTF-16 with its mark, as spreadsheets write it.

    Args:
        path: of the file.
        where: what messages call it.
        wanted: names of columns that are read, where they are there.
        keeps_bytes: bytes that are no UTF-8 are kept, as :func:`os.fsdecode` does, so that paths and classes in any
            encoding stay what they are; else they are an error.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    if not Path(path).is_file():
        raise InputError(Problem(where, "there is no such file", path))
    try:
        text = text_of(Path(path).read_bytes(), "surrogateescape" if keeps_bytes else "strict")
    except UnicodeError:
        raise InputError(Problem(where, "is not UTF-8 text: save it as UTF-8", path)) from None
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror or error}", path)) from None
    if keeps_bytes and "\0" in text:
        raise InputError(Problem(where, "is no text: save it as CSV, in UTF-8", path))
    try:
        stream = io.StringIO(text, newline="")
        reader = csv.DictReader(stream, restkey=REST, restval="", strict=True, delimiter=_separator(text, {*wanted}))
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        return columns, [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(Problem(where, f"cannot be read as CSV: {error}", path)) from None


def text_of(content: bytes, errors: str = "strict") -> str:
    """UTF-8, or UTF-16 with its mark, as spreadsheets write it; ``UnicodeError`` where it is neither, but by ``errors``
    of codecs."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16") if is_wide else content.decode("utf-8-sig", errors)


def _separator(text: str, wanted: set[str]) -> str:
    """That which gives the most columns, of those that give equally many in all rows where there are any."""
    named = _naming(_several(text, _SEPARATORS), wanted)
    return _most(_even(named) or named or _even(_several(text, _others(text)))) or _SEPARATORS[0]


def _others(text: str) -> str:
    """What else may separate the names of columns, as a colon or a blank."""
    header = text[:_LOOKED_INTO].lstrip().split("\n", 1)[0]
    found = (letter for letter in header if not letter.isalnum() and letter not in _SEPARATORS + _IN_NAMES)
    return "".join(dict.fromkeys(found))


def _several(text: str, separators: str) -> _Found:
    """Those that give several columns."""
    found = {separator: _first_rows(text, separator) for separator in separators}
    return {separator: rows for separator, rows in found.items() if rows and len(rows[0]) > 1}


def _naming(found: _Found, wanted: set[str]) -> _Found:
    """Those that give the most of the columns that are wanted: a name, or all cells of a column, may hold another."""
    named = {separator: len(wanted & {name.strip() for name in rows[0]}) for separator, rows in found.items()}
    return {separator: found[separator] for separator, count in named.items() if count == max(named.values())}


def _even(found: _Found) -> _Found:
    return {separator: rows for separator, rows in found.items() if len({*map(len, rows)}) == 1}


def _most(found: _Found) -> str:
    return max(found, key=lambda separator: len(found[separator][0]), default="")


def _first_rows(text: str, separator: str) -> list[list[str]]:
    """Cells of the header and of the first rows."""
    rows = csv.reader(io.StringIO(text[:_LOOKED_INTO], newline=""), delimiter=separator)
    found: list[list[str]] = []
    try:
        for row in rows:
            if row:
                found.append(row)
            if len(found) > _LOOKED_AT:
                break
    except csv.Error:
        return found  # who reads all of it says what is wrong
    return found
