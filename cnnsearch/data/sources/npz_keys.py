"""Which arrays of a ``.npz`` file are pictures and labels, of which split."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnsearch.data.left_out import LeftOut, Leftovers
from cnnsearch.data.sources.split_names import SPLITS, split_among, split_named
from cnnsearch.errors import InputError, Problem

__all__ = ["NpzKeys", "npz_keys", "take_groups"]

_SHORT = {"x": "x", "y": "y"}
_LONG = {"images": "x", "image": "x", "labels": "y", "label": "y", "targets": "y", "target": "y"}
"""What arrays are called -> which of these they are; the long names are read where nothing has a short one."""

_INDEX = re.compile(r"idx|ind(ex|ices)?s?$|ids?$", re.IGNORECASE)


@dataclass(frozen=True)
class NpzKeys:
    """Names of arrays.

    Attributes:
        pairs: split -> names of its pictures and labels; ``train`` also where they are ``x`` and ``y``.
        is_whole: there is no more than ``x`` and ``y``.
        left_out: arrays that are neither.
    """

    pairs: Mapping[str, tuple[str, str]]
    is_whole: bool
    left_out: tuple[LeftOut, ...]


def npz_keys(arrays: Mapping[str, np.ndarray], where: str, path: str) -> NpzKeys:
    """``x`` and ``y``, or these with the name of a split before or behind, as ``x_train``, ``X_val``, ``test_y``.

    Where there is neither ``x`` nor ``y``, ``images`` and ``labels`` stand for them, as in ``train_images``.

    Raises:
        InputError: pictures or labels of a split are missing or there twice, or an array looks like a split and is none
            that is known.
    """
    found: dict[str, dict[str, str]] = {split: {} for split in SPLITS}
    rest = []
    words = _SHORT if any(_parsed(key, _SHORT)[1] for key in arrays) else _LONG
    for key in arrays:
        kind, split = _parsed(key, words)
        if split is None:
            rest.append(key)
        elif kind in found[split]:
            raise InputError(Problem(where, f"has both {found[split][kind]} and {key}; keep one of them", path))
        else:
            found[split][kind] = key
    pairs = {split: (kinds["x"], kinds["y"]) for split, kinds in found.items() if len(kinds) == 2}
    for split, kinds in found.items():
        if len(kinds) == 1:
            (kind, key), *_ = kinds.items()
            missing = "labels" if kind == "x" else "pictures"
            rule = f"has the array {key}, and no {missing} for {split}; it has: {', '.join(sorted(arrays))}"
            raise InputError(Problem(where, rule, path))
    _check_rest(arrays, pairs, rest, where, path)
    left = Leftovers()
    left.add("arrays that are not read", rest, expected=True)
    is_whole = list(pairs) == ["train"] and pairs["train"][0].lower() in words
    return NpzKeys(pairs, is_whole, left.by_kind())


def take_groups(arrays: dict[str, np.ndarray], name: str, where: str, path: str) -> dict[str, np.ndarray]:
    """Split -> which group each of its pictures is of: ``patient``, or this with the name of a split before or behind.

    They are taken out of ``arrays``. ``train`` also where the array has no more than that name.

    Raises:
        InputError: there are two of one split.
    """
    found: dict[str, str] = {}
    for key in arrays:
        split = _split_of(key, name)
        if split is not None and split in found:
            raise InputError(Problem(where, f"has both {found[split]} and {key}; keep one of them", path))
        if split is not None:
            found[split] = key
    return {split: arrays.pop(key) for split, key in found.items()}


def _split_of(key: str, name: str) -> str | None:
    """Of which split an array of that name is."""
    if key == name:
        return "train"
    behind = re.fullmatch(rf"{re.escape(name)}[_. -]?(.+)", key)
    before = re.fullmatch(rf"(.+)[_. -]{re.escape(name)}", key)
    named = behind or before
    return None if named is None else split_named(named[1])


def _parsed(key: str, words: Mapping[str, str]) -> tuple[str, str | None]:
    """Kind, ``x`` or ``y``, and split of an array; no split where it is neither."""
    kinds = "|".join(words)
    first = re.fullmatch(rf"({kinds})(?:[_. -]?(.+))?", key, re.IGNORECASE)
    if first is not None:
        split = "train" if first[2] is None else split_named(first[2])
        if split is not None:
            return words[first[1].lower()], split
    last = re.fullmatch(rf"(.+)[_. -]({kinds})", key, re.IGNORECASE)
    return ("", None) if last is None else (words[last[2].lower()], split_named(last[1]))


def _check_rest(
    arrays: Mapping[str, np.ndarray], pairs: Mapping[str, tuple[str, str]], rest: list[str], where: str, path: str
) -> None:
    """Whether one of those that are not read holds pictures of a split of its own."""
    if "train" not in pairs:
        return
    x = arrays[pairs["train"][0]]
    for key in rest:
        if _looks_like_split(key, arrays[key], x):
            rule = f"the array {key} looks like a split, and is not read: give its pictures and labels as x_train, "
            rule += "y_train, x_val, y_val, x_test and y_test, or leave it out of the file"
            raise InputError(Problem(where, rule, path))


def _looks_like_split(key: str, array: np.ndarray, x: np.ndarray) -> bool:
    """Pictures of a split, or what tells the splits of ``x`` apart: names of them, masks, indices."""
    if array.dtype.kind in "US" and array.shape == x.shape[:1]:
        words = np.unique(array).tolist()
        names = {split_named(word.decode("latin-1") if isinstance(word, bytes) else word) for word in words}
        return len(names) > 1 and None not in names
    is_named = split_among(key) is not None or re.match(r"x[_. -]", key, re.IGNORECASE) is not None
    is_mask = array.dtype == np.bool_ and array.shape == x.shape[:1]
    is_index = array.dtype.kind in "iu" and array.ndim == 1 and _INDEX.search(key) is not None
    return is_named and (is_mask or is_index or (array.ndim == x.ndim and array.shape[1:] == x.shape[1:]))
