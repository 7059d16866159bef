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
_IN_NAMES = "\"'_-./\\()[]{}%#&+\r\n"
"""What stands within names of columns, and separates none."""

_LOOKED_AT = 20
_LOOKED_INTO = 2**20
"""Rows by which the separator is chosen, and characters."""


def read_rows(path: str, where: str, keeps_bytes: bool = False) -> tuple[list[str], Rows]:
    """The columns of a table with a header; of each row its line in the file and its cells, empty where it is short.

    Columns are separated by whichever of comma, semicolon, tabulator and bar makes the first rows equally long, or by
    another character where none of these separates any. Blanks around the names of columns are none of theirs.
    Text is UTF-8, or UTF-16 with its mark, as spreadsheets write it.

    Args:
        path: of the file.
        where: what messages call it.
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
        reader = csv.DictReader(stream, restkey=REST, restval="", strict=True, delimiter=_separator(text))
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


def _separator(text: str) -> str:
    """That which gives the most columns, of those that give equally many in all rows where there are any."""
    several = _several(text, _SEPARATORS)
    return _most(_even(several) or several or _even(_several(text, _others(text)))) or _SEPARATORS[0]


def _others(text: str) -> str:
    """What else may separate the names of columns, as a colon or a blank."""
    header = text[:_LOOKED_INTO].lstrip().split("\n", 1)[0]
    found = (letter for letter in header if not letter.isalnum() and letter not in _SEPARATORS + _IN_NAMES)
    return "".join(dict.fromkeys(found))


def _several(text: str, separators: str) -> dict[str, list[int]]:
    """Separator -> cells of the header and of the first rows, where it gives several columns."""
    found = {separator: _lengths(text, separator) for separator in separators}
    return {separator: lengths for separator, lengths in found.items() if lengths and lengths[0] > 1}


def _even(found: dict[str, list[int]]) -> dict[str, list[int]]:
    return {separator: lengths for separator, lengths in found.items() if len({*lengths}) == 1}


def _most(found: dict[str, list[int]]) -> str:
    return max(found, key=lambda separator: found[separator][0], default="")


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
