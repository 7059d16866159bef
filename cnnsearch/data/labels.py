"""Labels of any kind, to class names and indices."""

from __future__ import annotations

import numbers
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem

__all__ = ["checked_labels", "class_counts", "class_indices", "label_names", "naturally_sorted", "one_form", "unified"]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def naturally_sorted(names: Iterable[str]) -> tuple[str, ...]:
    """The different names as a person would sort them: by value where all are numbers, else ``img2`` < ``img10``."""
    different = set(names)
    if all(_NUMBER.fullmatch(name) for name in different):
        return tuple(sorted(different, key=lambda name: (float(name), name)))
    return tuple(sorted(different, key=_natural))


def _natural(name: str) -> tuple[Any, ...]:
    parts = re.split(r"([0-9]+)", name.casefold())
    numbers = [(len(digits.lstrip("0")), digits.lstrip("0")) for digits in parts[1::2]]
    return (parts[0], *zip(numbers, parts[2::2], strict=True)), name


def one_form(name: str) -> str:
    """The name in Unicode's composed form: accents that come in two forms look the same, and mean the same class."""
    return unicodedata.normalize("NFC", name)


def unified(names: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Names that differ in their Unicode form only, made one.

    Args:
        names: ``(n,)`` class of each picture.

    Returns:
        ``(n,)`` names, and a sentence for each class that was spelled in several forms.
    """
    unique, inverse = np.unique(names, return_inverse=True)
    forms: dict[str, list[str]] = {}
    for name in unique.tolist():
        forms.setdefault(one_form(name), []).append(name)
    several = {form: spelled for form, spelled in forms.items() if len(spelled) > 1}
    if not several:
        return names, ()
    replaced = np.array([form if (form := one_form(name)) in several else name for name in unique.tolist()], np.str_)
    return replaced[inverse], tuple(
        f"class '{form}' is spelled in {len(spelled)} Unicode forms that look alike, and is one class: "
        + " and ".join(ascii(name) for name in spelled)
        for form, spelled in several.items()
    )


def class_indices(names: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Index into ``classes`` of each name, int32; -1 for a name that is no class."""
    index = {one_form(name): number for number, name in reversed(list(enumerate(classes)))}
    index |= {name: number for number, name in enumerate(classes)}
    unique, inverse = np.unique(names, return_inverse=True)
    found = [index.get(name, index.get(one_form(name), -1)) for name in unique.tolist()]
    labels: np.ndarray = np.array(found, dtype=np.int32)[inverse]
    return labels


def class_counts(labels: np.ndarray, classes: Sequence[str]) -> dict[str, int]:
    """Class name -> number of pictures.

    Args:
        labels: ``(n,)`` indices into ``classes``.
        classes: class names.
    """
    counts = np.bincount(labels, minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, counts, strict=True)}


def checked_labels(y: Any, where: str) -> np.ndarray:
    """Labels ``(n, ...)`` of any kind.

    Raises:
        InputError: they make no array.
    """
    try:
        labels = np.asarray(y)
    except ValueError:
        raise InputError(Problem(where, "labels must be one for each picture, all of one kind")) from None
    if labels.ndim == 0:
        raise InputError(Problem(where, "labels must be one for each picture, of the shape (n,) or (n, ...)", y))
    return labels


def label_names(y: Any, where: str) -> np.ndarray:
    """The class name of each label.

    Args:
        y: ``(n,)`` or ``(n, 1)`` whole numbers, strings or booleans, or one-hot ``(n, classes)``.
        where: what messages call it.

    Returns:
        ``(n,)`` strings.

    Raises:
        InputError: labels of another kind or shape.
    """
    labels = _of_numbers(checked_labels(y, where))
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        labels = _from_one_hot(labels, where)
    if labels.ndim != 1:
        raise InputError(Problem(where, "labels must have the shape (n,), or (n, classes) one-hot", labels.shape))
    if labels.dtype.kind in "OSUT":
        return _text_names(labels, where)
    if labels.dtype.kind == "f":
        return _float_names(labels, where)
    if labels.dtype.kind not in "biu":
        raise InputError(Problem(where, "labels must be whole numbers, strings or booleans", str(labels.dtype)))
    return labels.astype(np.str_)


def _of_numbers(labels: np.ndarray) -> np.ndarray:
    """Objects that are all numbers, or all booleans, as an array of these: so a column of a table comes."""
    if labels.dtype != object or not labels.size:
        return labels
    items = labels.ravel().tolist()
    booleans = sum(isinstance(item, (bool, np.bool_)) for item in items)
    if booleans not in (0, len(items)) or not all(isinstance(item, (numbers.Real, np.bool_)) for item in items):
        return labels
    try:
        return np.array(items).reshape(labels.shape)
    except (OverflowError, ValueError):
        return labels


def _from_one_hot(rows: np.ndarray, where: str) -> np.ndarray:
    numeric = rows.dtype.kind in "biuf"
    if not numeric or not np.isin(rows, (0, 1)).all() or (rows.astype(np.float64).sum(axis=1) != 1).any():
        rule = "labels of two dimensions must be one-hot: a single 1 in each row, else 0"
        raise InputError(Problem(where, rule, rows.shape))
    columns: np.ndarray = rows.argmax(axis=1)
    return columns


def _text_names(labels: np.ndarray, where: str) -> np.ndarray:
    # What is no UTF-8 keeps its bytes, as names of files do: other bytes are another class.
    names = [item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item for item in labels.tolist()]
    for number, name in enumerate(names):
        if not isinstance(name, str):
            raise InputError(Problem(f"{where}[{number}]", "labels must all be strings, or all be numbers", name))
        if not name.strip():
            raise InputError(Problem(f"{where}[{number}]", "the label is empty", name))
    return np.array(names, dtype=np.str_)


def _float_names(labels: np.ndarray, where: str) -> np.ndarray:
    exact = labels.astype(np.float64)
    wrong = np.flatnonzero(~(np.abs(exact) <= 2**53) | (exact != np.floor(exact)))
    if len(wrong):
        first = int(wrong[0])
        rule = "the label is missing" if np.isnan(exact[first]) else "labels must be whole numbers"
        raise InputError(Problem(f"{where}[{first}]", rule, float(exact[first])))
    return exact.astype(np.int64).astype(np.str_)
