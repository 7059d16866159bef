"""Labels as a source brings them, read as 0 and 1: one column a label, or several labels in one cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from cnnsearch.data.labels import one_form
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError, Problem

__all__ = ["SHOWN", "listed", "matrix_of"]

SHOWN = 10
"""Problems that an error names."""

_WORDS = {"1": 1, "1.0": 1, "true": 1, "yes": 1, "0": 0, "0.0": 0, "false": 0, "no": 0}
"""What a cell of a column may say, in small or capital letters."""

_CELL_RULE = "is neither 1 nor 0 (nor true or false, yes or no)"


def listed(labels: RawLabels) -> tuple[list[list[str]], tuple[str, ...]]:
    """The labels of each picture, of cells with a separator; an empty cell has none.

    Returns:
        Names of each picture's labels, and a sentence for each of what must be told of them.

    Raises:
        InputError: a name between two separators is empty, or stands twice in a cell.
    """
    cells = [str(cell) for _, array in labels.parts for cell in array]
    separator = labels.separator or ""
    found = [[name.strip() for name in cell.split(separator)] if cell.strip() else [] for cell in cells]
    spelled: dict[str, Counter[str]] = {}
    for name in (name for names in found for name in names):
        spelled.setdefault(one_form(name), Counter())[name] += 1
    # A name that comes in one form only keeps it.
    forms = {name: form if len(of) > 1 else name for form, of in spelled.items() for name in of}
    rows = [[forms[name] for name in names] for names in found]
    _check_cells(labels, cells, rows)
    return rows, (*_separator_notes(separator, rows), *_form_notes(spelled))


def _check_cells(labels: RawLabels, cells: list[str], rows: list[list[str]]) -> None:
    problems: list[Problem] = []
    for index, (cell, names) in enumerate(zip(cells, rows, strict=True)):
        twice = [name for name, count in Counter(names).items() if count > 1 and name]
        if "" in names:
            problems.append(labels.problem(index, f"has an empty label beside a '{labels.separator}'", cell))
        elif twice:
            problems.append(labels.problem(index, f"has the label '{twice[0]}' twice", cell))
    if problems:
        raise InputError(problems[:SHOWN])


def _separator_notes(separator: str, rows: list[list[str]]) -> Iterable[str]:
    if all(len(names) <= 1 for names in rows):
        yield f"no picture has two labels: dataset.label_separator '{separator}' stands in none of the cells"


def _form_notes(spelled: dict[str, Counter[str]]) -> Iterable[str]:
    for form, of in spelled.items():
        if len(of) > 1:
            yield (
                f"label '{form}' is spelled in {len(of)} Unicode forms that look alike, and is one label: "
                + " and ".join(ascii(name) for name in of)
            )


def matrix_of(labels: RawLabels) -> np.ndarray:
    """``(n, labels)`` of 0 and 1, uint8, of columns.

    Raises:
        InputError: there is one column or none, splits have other numbers of columns, or a cell says something else.
    """
    parts = []
    for where, array in labels.parts:
        given = np.asarray(array)
        if given.ndim != 2:
            rule = "labels must be a column of 0 and 1 for each label, of the shape (n, labels)"
            raise InputError(Problem(where, rule, given.shape))
        parts.append(given)
    first = labels.parts[0][0]
    for (where, _), given in zip(labels.parts, parts, strict=True):
        if given.shape[1] != parts[0].shape[1]:
            rule = f"has {given.shape[1]} labels, and {first} has {parts[0].shape[1]}: every split has the same"
            raise InputError(Problem(where, rule, given.shape))
    return _checked(labels, np.concatenate([_as_numbers(given) for given in parts]), parts)


def _as_numbers(given: np.ndarray) -> np.ndarray:
    """1, 0, or -1 for what is neither: int8."""
    if given.dtype.kind in "biuf":
        return np.select([given == 1, given == 0], [np.int8(1), np.int8(0)], np.int8(-1))
    unique, inverse = np.unique(np.array(_texts(given), dtype=np.str_), return_inverse=True)
    numbers = np.array([_WORDS.get(text.strip().lower(), -1) for text in unique.tolist()], np.int8)
    return numbers[inverse].reshape(given.shape)


def _texts(given: np.ndarray) -> list[str]:
    """Of bytes, and of objects as a table holds them, numbers and booleans among them."""
    return [
        item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in given.ravel().tolist()
    ]


def _checked(labels: RawLabels, numbers: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    rows, columns = np.nonzero(numbers < 0)
    if len(rows):
        cells = np.concatenate([part.astype(object) for part in parts])
        shown = list(zip(rows.tolist(), columns.tolist(), strict=True))[:SHOWN]
        raise InputError([labels.problem(row, _CELL_RULE, cells[row, column], column) for row, column in shown])
    return numbers.astype(np.uint8)
