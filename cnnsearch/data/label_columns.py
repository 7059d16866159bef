"""A column a label, of 0 and 1: any number of labels a picture, or the one class of it."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError, Problem

__all__ = ["SHOWN", "class_of_columns", "matrix_of"]

SHOWN = 10
"""Problems that an error names."""

_WORDS = {"1": 1, "1.0": 1, "true": 1, "yes": 1, "0": 0, "0.0": 0, "false": 0, "no": 0}
"""What a cell of a column may say, in small or capital letters."""

_CELL_RULE = "is neither 1 nor 0 (nor true or false, yes or no)"


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


def class_of_columns(labels: RawLabels) -> np.ndarray:
    """``(n,)`` name of the one column in which each picture has a 1.

    Raises:
        InputError: as of :func:`matrix_of`; or a picture has none, or several.
    """
    matrix = matrix_of(labels)
    counts = matrix.sum(axis=1)
    rule = "has a 1 in {} of label_columns, and must in one: a picture has one class (several are task: multilabel)"
    wrong = np.flatnonzero(counts != 1)[:SHOWN].tolist()
    if wrong:
        raise InputError([labels.problem(row, rule.format(counts[row] or "none")) for row in wrong])
    names: np.ndarray = np.array(labels.columns, dtype=np.str_)[matrix.argmax(axis=1)]
    return names
