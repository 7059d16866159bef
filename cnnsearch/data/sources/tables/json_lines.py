"""JSON Lines: an object a line, as the rows of a table whose columns are the keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnsearch.data.sources.tables.rows import Rows
from cnnsearch.data.sources.tables.separated import text_of
from cnnsearch.errors import InputError, Problem

__all__ = ["read_json_lines"]


def read_json_lines(path: str, where: str, strings: Sequence[str], wanted: Sequence[str]) -> tuple[list[str], Rows]:
    """The columns, by their first appearance; of each object its line and its cells, empty where a key is not there.

    Args:
        path: of the file.
        where: what messages call it.
        strings: keys whose values must be strings.
        wanted: keys whose values must be a word or number; those of others may be anything, and are empty cells.

    Raises:
        InputError: the file is missing, is not UTF-8, or a line is no such object.
    """
    if not Path(path).is_file():
        raise InputError(Problem(where, "there is no such file", path))
    try:
        text = text_of(Path(path).read_bytes())
    except UnicodeError:
        raise InputError(Problem(where, "is not UTF-8 text", path)) from None
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror or error}", path)) from None
    # Strings of JSON may hold the other ends of lines that Unicode has.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    objects = [(number, _object(line, number, path, where)) for number, line in lines]
    columns = list(dict.fromkeys(key for _, found in objects for key in found))
    for number, found in objects:
        for key in {*strings, *wanted} & {*found}:
            _check(found[key], key, number, path, where, key in strings)
    return columns, [(number, {key: _cell(found.get(key)) for key in columns}) for number, found in objects]


def _object(line: str, number: int, path: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        hint = "; one object a line is needed, not one list of all" if number == 1 and line.strip() == "[" else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(Problem(where, f"line {number} is no JSON ({reason}){hint}", path)) from None
    if not isinstance(found, dict):
        rule = f'line {number} must be an object, as {{"text": ..., "label": ...}}, and is a {type(found).__name__}'
        raise InputError(Problem(where, rule, path))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _check(value: Any, key: str, number: int, path: str, where: str, is_string: bool) -> None:
    if value is None or isinstance(value, str) or (not is_string and isinstance(value, (int, float))):
        return
    must = "a string" if is_string else "a word or number"
    raise InputError(Problem(where, f"line {number}: '{key}' must be {must}, and is a {type(value).__name__}", path))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else ""
