"""Arrays: in memory, and in a ``.npz`` file."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.groups import group_numbers
from cnnsearch.data.labels import checked_labels
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.npz_keys import npz_keys, take_groups
from cnnsearch.data.sources.spec import ArraysSource, NpzSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.memory import SMALL, free_bytes
from cnnsearch.inputs.pictures.pictures import ArrayPictures, Size

__all__ = ["checked_groups", "checked_pair", "load_arrays", "load_npz", "read_npz"]

_MOST_CHANNELS = 16
"""More come first in no array that anybody gives."""

Named = Mapping[str, tuple[str, Any, str, Any]]
"""Split -> what messages call its pictures, the pictures, what messages call its labels, the labels."""


def load_arrays(
    source: ArraysSource,
    image_size: Size | None,  # noqa: ARG001 - a Loader
    seed: int,  # noqa: ARG001
    read: Read,
) -> Collected:
    """The arrays of an experiment made in Python.

    Raises:
        InputError: they are missing, do not fit together, or hold what is no picture or no label.
    """
    if source.x is None or source.y is None:
        rule = "arrays in memory are not in an experiment file: give them again from Python, as dataset=(x, y)"
        raise InputError(Problem("dataset", rule))
    named = {}
    for split, suffix in (("train", ""), ("validation", "_validation"), ("test", "_test")):
        x, y = getattr(source, f"x{suffix}"), getattr(source, f"y{suffix}")
        if x is None and y is None:
            continue
        if x is None or y is None:
            missing = f"dataset.{'x' if x is None else 'y'}{suffix}"
            raise InputError(Problem(missing, "is missing: pictures and labels of a split come together"))
        named[split] = (f"dataset.x{suffix}", x, f"dataset.y{suffix}", y)
    weights = _checked_weights(source.weights, "dataset.weights", named)
    groups = None if source.groups is None else {"train": source.groups}
    return _collected(named, read, groups=_checked_groups(groups, "dataset.groups", named), weights=weights)


def load_npz(
    source: NpzSource,
    image_size: Size | None,  # noqa: ARG001 - a Loader
    seed: int,  # noqa: ARG001
    read: Read,
) -> Collected:
    """A file with ``x, y`` or ``x_train, y_train``, and optionally those of the other splits, as ``x_val, y_val``.

    Raises:
        InputError: the file cannot be read, or its arrays cannot be used.
    """
    path = os.path.expanduser(source.path)
    arrays = read_npz(path)
    weights = _taken(arrays, source.weight_array, path)
    groups = _groups_taken(arrays, source.group_array, path)
    keys = npz_keys(arrays, "dataset.path", path)
    if "train" not in keys.pairs:
        found = ", ".join(sorted(arrays)) or "none"
        rule = f"needs the arrays x and y, or x_train and y_train; it has: {found}"
        raise InputError(Problem("dataset.path", rule, path))
    named = {split: (f"{path}: {x}", arrays[x], f"{path}: {y}", arrays[y]) for split, (x, y) in keys.pairs.items()}
    return _collected(
        named,
        read,
        keys.left_out,
        _checked_groups(groups, f"{path}: {source.group_array}", named),
        _checked_weights(weights, f"{path}: {source.weight_array}", named),
    )


def _taken(arrays: dict[str, np.ndarray], name: str | None, path: str) -> np.ndarray | None:
    """The array of weights, which is none of pictures or labels."""
    if name is None:
        return None
    if name not in arrays:
        raise _no_such("weight_array", name, arrays, path)
    return arrays.pop(name)


def _groups_taken(arrays: dict[str, np.ndarray], name: str | None, path: str) -> dict[str, np.ndarray] | None:
    """The arrays of groups of each split that has one."""
    if name is None:
        return None
    groups = take_groups(arrays, name, "dataset.path", path)
    if not groups:
        raise _no_such("group_array", name, arrays, path)
    return groups


def _no_such(key: str, name: str, arrays: Mapping[str, np.ndarray], path: str) -> InputError:
    rule = f"there is no such array in {path}; it has: {', '.join(sorted(arrays)) or 'none'}"
    return InputError(Problem(f"dataset.{key}", rule, name))


def read_npz(path: str, where: str = "dataset.path") -> dict[str, np.ndarray]:
    """The arrays of a ``.npz`` file.

    Raises:
        InputError: there is no such file, it is no ``.npz`` file, or it holds pickled objects.
    """
    if not Path(path).is_file():
        raise InputError(Problem(where, "there is no such file", path))
    try:
        _check_fits(path, where)
        # NumPy itself leaves a file open that it cannot read.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged zip or header makes its reader raise
        if "allow_pickle" in str(error) and zipfile.is_zipfile(path):
            rule = "holds arrays of Python objects, which are not read: save numbers and strings only"
        else:
            rule = "is no .npz file that NumPy can read, as numpy.savez(path, x=..., y=...) writes it"
        raise InputError(Problem(where, rule, path)) from None


def _check_fits(path: str, where: str) -> None:
    """Whether the arrays of a zip fit into memory: a few bytes of it may be many zeros.

    Raises:
        InputError: they do not.
    """
    with zipfile.ZipFile(path) as archive:
        needed, free = sum(member.file_size for member in archive.infolist()), free_bytes()
    if needed > max(free, SMALL):
        rule = f"its arrays need {needed / 2**30:.1f} GB of memory, and {free / 2**30:.1f} GB are free"
        raise InputError(Problem(where, rule, path))


def checked_pair(x_where: str, x: Any, y_where: str, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``(n, height, width, channels)`` and what is to be predicted of each, ``(n, ...)``, as it was given.

    Raises:
        InputError: they are not of equal length, or hold what is no picture.
    """
    pictures, labels = _checked_pictures(x, x_where), checked_labels(y, y_where)
    if len(pictures) != len(labels):
        rule = f"needs one label for each picture: {x_where} has {len(pictures)}, {y_where} has {len(labels)}"
        raise InputError(Problem(y_where, rule))
    return pictures, labels


def _checked_groups(groups: Mapping[str, Any] | None, where: str, named: Named) -> np.ndarray | None:
    """Numbers of the groups of the pictures of all splits: those of a split that tells none are a group each."""
    if groups is None:
        return None
    strange = next((split for split in groups if split not in named), None)
    if strange is not None:
        raise InputError(Problem(where, f"tells the groups of a split that has no pictures: {strange}"))
    counts = {split: len(x) for split, (_, x, *_) in named.items()}
    found = [checked_groups(groups[split], where, counts[split]) for split in named if split in groups]
    # The same name in two splits is the same group, whatever the dtypes of the arrays.
    told = group_numbers(found[0] if len(found) == 1 else np.concatenate([of.astype(np.str_) for of in found]))
    numbers = np.arange(len(told), len(told) + sum(counts.values()))
    numbers[np.repeat([split in groups for split in named], [*counts.values()])] = told
    return numbers


def checked_groups(groups: Any, where: str, count: int) -> np.ndarray:
    """Names of groups, one for each of ``count`` pictures.

    Raises:
        InputError: they are something else.
    """
    found = np.asarray(groups)
    if found.shape != (count,) or found.dtype.kind not in "biuOSU":
        rule = f"must be numbers or strings, one for each of the {count} pictures of x"
        raise InputError(Problem(where, rule, f"{found.shape} {found.dtype}"))
    return found


def _checked_weights(weights: Any, where: str, named: Named) -> np.ndarray | None:
    """What each picture of all splits counts: those of own splits, which may be trained on in folds, as the mean."""
    if weights is None:
        return None
    found, count = np.asarray(weights), len(named["train"][1])
    if found.shape != (count,) or found.dtype.kind not in "biuf":
        rule = f"must be numbers, one for each of the {count} pictures of x"
        raise InputError(Problem(where, rule, f"{found.shape} {found.dtype}"))
    found = found.astype(np.float64)
    wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(wrong):
        raise InputError(Problem(f"{where}[{wrong[0]}]", "must be a finite number from 0 on", float(found[wrong[0]])))
    if not found.any():
        raise InputError(Problem(where, "is 0 for all pictures, so that nothing would be trained on"))
    rest = sum(len(x) for _, x, *_ in named.values()) - count
    return np.concatenate([found, np.full(rest, found.mean())])


def _collected(
    named: Named,
    read: Read,
    left_out: tuple[LeftOut, ...] = (),
    groups: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Collected:
    pairs = {split: checked_pair(*item) for split, item in named.items()}
    first = pairs["train"][0]
    for split, (x, _) in pairs.items():
        if x.shape[1:] != first.shape[1:] or x.dtype != first.dtype:
            rule = f"must be as those for training, {first.shape[1:]} {first.dtype}"
            raise InputError(Problem(named[split][0], rule, f"{x.shape[1:]} {x.dtype}"))
    labels = RawLabels(tuple((named[split][2], y) for split, (_, y) in pairs.items()))
    x = first if len(pairs) == 1 else np.concatenate([x for x, _ in pairs.values()])
    given = np.concatenate([np.full(len(y), split) for split, (_, y) in pairs.items()])
    lengths = tuple((named[split][0].removeprefix("dataset."), len(x)) for split, (x, _) in pairs.items())
    return Collected.of(ArrayPictures(x, lengths), labels, read, given, left_out, groups, weights)


def _checked_pictures(x: Any, where: str) -> np.ndarray:
    try:
        pictures = np.asarray(x)
    except ValueError:
        raise InputError(Problem(where, "the pictures must all have one shape")) from None
    if pictures.dtype.kind not in "biuf":
        raise InputError(Problem(where, "pictures must be real numbers", str(pictures.dtype)))
    if pictures.ndim not in (3, 4):
        rule = "pictures must have the shape (n, height, width) or (n, height, width, channels)"
        raise InputError(Problem(where, rule, pictures.shape))
    if pictures.size == 0:
        raise InputError(Problem(where, "holds no pixels", pictures.shape))
    _check_order(pictures.shape, where)
    if pictures.dtype == np.bool_:
        pictures = pictures.astype(np.uint8) * np.uint8(255)
    if pictures.dtype.kind == "f":
        pictures = _checked_floats(pictures, where)
    pictures = pictures.astype(pictures.dtype.newbyteorder("="), copy=False)
    return pictures if pictures.ndim == 4 else pictures[..., np.newaxis]


def _check_order(shape: tuple[int, ...], where: str) -> None:
    """Whether channels come last: else a picture of 3 channels would be one that is 3 pixels high."""
    if len(shape) != 4:
        return
    first, height, width = shape[1:]
    # Small patches of hundreds of channels, as of a spectrum, are about as high as they are wide.
    few, many = first in (1, 3, 4), first <= _MOST_CHANNELS < width
    if (few and width > 4 and height > 4) or (many and first < height):
        rule = (
            "pictures must have the shape (n, height, width, channels), and these look like (n, channels, height, "
            "width): give numpy.moveaxis(x, 1, -1)"
        )
        raise InputError(Problem(where, rule, shape))


def _checked_floats(pictures: np.ndarray, where: str) -> np.ndarray:
    """Networks compute in float32, so nothing wider is kept."""
    with np.errstate(over="ignore"):
        narrow = pictures if pictures.dtype.itemsize <= 4 else pictures.astype(np.float32)
    for number, picture in enumerate(narrow):
        if not np.isfinite(picture).all():
            raise InputError(Problem(f"{where}[{number}]", "the picture has a pixel that is not a finite number"))
    return narrow
