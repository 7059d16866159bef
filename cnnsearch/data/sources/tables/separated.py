"""Tables of text, whatever separates their columns and however they are encoded."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from cnnsearch.data.sources.tables.rows import REST, Rows
from cnnsearch.errors import InputError, Problem

__all__ = ["read_rows", "text_of"]

_SEPARATORS = ",;\t|"
_LOOKED_AT = 20
_LOOKED_INTO = 2**20
"""Rows by which the separator is chosen, and characters."""


def read_rows(path: str, where: str) -> tuple[list[str], Rows]:
    """The columns of a table with a header; of each row its line in the file and its cells, empty where it is short.

    Columns are separated by whichever of comma, semicolon, tabulator and bar makes the first rows equally long.
    Text is UTF-8, or UTF-16 with its mark, as spreadsheets write it.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    if not Path(path).is_file():
        raise InputError(Problem(where, "there is no such file", path))
    try:
        text = text_of(Path(path).read_bytes())
    except UnicodeError:
        raise InputError(Problem(where, "is not UTF-8 text", path)) from None
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror or error}", path)) from None
    try:
        stream = io.StringIO(text, newline="")
        reader = csv.DictReader(stream, restkey=REST, restval="", strict=True, delimiter=_separator(text))
        return list(reader.fieldnames or ()), [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(Problem(where, f"cannot be read as CSV: {error}", path)) from None


def text_of(content: bytes) -> str:
    """UTF-8, or UTF-16 with its mark, as spreadsheets write it; ``UnicodeError`` where it is neither."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_wide else "utf-8-sig")


def _separator(text: str) -> str:
    """That which gives the most columns, of those that give equally many in all rows where there are any."""
    found = [(separator, _lengths(text, separator)) for separator in _SEPARATORS]
    several = [(separator, lengths) for separator, lengths in found if lengths and lengths[0] > 1]
    even = [(separator, lengths) for separator, lengths in several if len({*lengths}) == 1]
    return max(even or several or found[:1], key=lambda item: item[1][:1])[0]


def _lengths(text: str, separator: str) -> list[int]:
    """Cells of the header and of the first rows."""
    rows = csv.reader(io.StringIO(text[:_LOOKED_INTO], newline=""), delimiter=separator)
    lengths: list[int] = []
    try:
        for row in rows:
            if row:
                lengths.append(len(row))
            if len(lengths) > _LOOKED_AT:
                break
    except csv.Error:
        return lengths  # who reads all of it says what is wrong
    return lengths
