"""Texts: of a folder with a sub-folder a class, and of arrays in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.labels import checked_labels, naturally_sorted
from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.class_files import is_hidden
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.spec import ArraysSource, DirectorySource
from cnnsearch.data.sources.split_names import split_named
from cnnsearch.data.sources.tables.separated import text_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.texts.texts import Texts, is_unicode

__all__ = [
    "ENDS",
    "TextFile",
    "list_text_files",
    "load_text_arrays",
    "load_text_directory",
    "read_text_files",
]

ENDS = ".txt"
"""Of the files of a folder that are read."""

_WHERE = "dataset.path"

_SHOWN = 5
"""Files that an error names."""


@dataclass(frozen=True)
class TextFile:
    """A file of a folder: its split, class, name below the folder, and where it is."""

    split: str
    label: str
    name: str
    path: Path


def load_text_directory(source: DirectorySource, read: Read) -> Collected:
    """``root/class/**.txt`` or ``root/{train,validation,test}/class/**.txt``; hidden files are ignored.

    Raises:
        InputError: there is no such folder, it has no classes, or too many files cannot be read.
    """
    root = Path(os.path.expanduser(source.path))
    left = Leftovers()
    found = list_text_files(root, _WHERE, left)
    is_divided = any(each.split for each in found)
    if is_divided and not any(each.split == "train" for each in found):
        raise InputError(Problem(_WHERE, "has folders of splits, but none for train", str(root)))
    kept, texts, unreadable = read_text_files(found)
    if not kept or len(unreadable) / len(found) > source.max_unreadable:
        rule = (
            f"{len(unreadable)} of {len(found)} files cannot be read, and at most {source.max_unreadable:.1%} may be: "
        )
        raise InputError(Problem("dataset.max_unreadable", rule + ", ".join(unreadable[:_SHOWN])))
    labels = RawLabels(((_WHERE, np.array([each.label for each in kept], dtype=np.str_)),))
    given = np.array([each.split for each in kept], dtype=np.str_) if is_divided else None
    listed = Texts(tuple(texts), tuple(each.name for each in kept))
    collected = Collected.of(listed, labels, read, given, left.by_kind())
    return Collected(**{**vars(collected), "unreadable": tuple(unreadable)})


def list_text_files(root: Path, where: str, left: Leftovers) -> list[TextFile]:
    """The ``.txt`` files below ``root``, by split, class and name.

    Args:
        root: the folder.
        where: what messages call it.
        left: gets what is not read.

    Raises:
        InputError: there are none, a class has none, or splits and classes cannot be told apart.
    """
    if not root.is_dir():
        rule = (
            "must be a folder with a sub-folder of .txt files a class" if root.exists() else "there is no such folder"
        )
        raise InputError(Problem(where, rule, str(root)))
    found = []
    for split, above in (_split_folders(root, where, left) or {"": root}).items():
        _leave_beside(root, above, left)
        for folder in _folders(above):
            files = _texts_below(root, folder, left)
            if not files:
                name = folder.relative_to(root).as_posix()
                raise InputError(Problem(where, f"'{name}' has no files that end in {ENDS}", str(root)))
            found += [TextFile(split, folder.name, name, each) for name, each in files.items()]
    if not found:
        raise InputError(Problem(where, f"has no sub-folders: it needs one of {ENDS} files for each class", str(root)))
    return found


def _split_folders(root: Path, where: str, left: Leftovers) -> dict[str, Path]:
    """Split -> its folder; empty where the folders of ``root`` are classes."""
    folders = _folders(root)
    named = [folder for folder in folders if split_named(folder.name) is not None]
    beside = [folder for folder in folders if folder not in named]
    if not named or (beside and not any(map(_folders, named))):
        return {}  # a class may be called 'test'
    if full := [folder.name for folder in beside if any(each.suffix.lower() == ENDS for each in _below(folder))]:
        rule = (
            f"has the folder '{full[0]}' with texts beside that of a split, '{named[0].name}': name folders of splits "
            "train, validation, test, and move away or rename what is none"
        )
        raise InputError(Problem(where, rule, str(root)))
    left.add("folders without texts, beside those of the splits", [folder.name for folder in beside])
    _leave_beside(root, root, left)
    found: dict[str, Path] = {}
    for folder in named:
        split = split_named(folder.name) or ""
        if split in found:
            rule = f"'{found[split].name}' and '{folder.name}' are both a folder for {split}; keep one of them"
            raise InputError(Problem(where, rule, str(root)))
        found[split] = folder
    return found


def _leave_beside(root: Path, above: Path, left: Leftovers) -> None:
    """Tell of texts that lie in no class."""
    beside = [each.relative_to(root).as_posix() for each in above.iterdir() if each.suffix.lower() == ENDS]
    left.add("texts beside the folders of the classes", naturally_sorted(beside))


def _texts_below(root: Path, folder: Path, left: Leftovers) -> dict[str, Path]:
    """Name -> the file of each text of a class; all others are told of."""
    found = {}
    for each in _below(folder):
        name, end = each.relative_to(root).as_posix(), each.suffix.lower()
        if end == ENDS:
            found[name] = each
        else:
            kind = f"files that end in {end}" if end else "files without a suffix"
            left.add(f"{kind}, which are not read", [name])
    return found


def _folders(above: Path) -> list[Path]:
    named = {each.name: each for each in above.iterdir() if each.is_dir() and not is_hidden(each.name)}
    return [named[name] for name in naturally_sorted(named)]


def _below(folder: Path) -> Iterator[Path]:
    named = {each.relative_to(folder).as_posix(): each for each in folder.rglob("*") if each.is_file()}
    for name in naturally_sorted(named):
        if not any(map(is_hidden, name.split("/"))):
            yield named[name]


def read_text_files(found: Sequence[TextFile]) -> tuple[list[TextFile], list[str], list[str]]:
    """The files that can be read, their texts, and the others as ``name: reason``."""
    kept, texts, unreadable = [], [], []
    for each in found:
        try:
            texts.append(text_of(each.path.read_bytes()))
            kept.append(each)
        except UnicodeError:
            unreadable.append(f"{each.name}: is not UTF-8 text")
        except OSError as error:
            unreadable.append(f"{each.name}: {error.strerror or error}")
    return kept, texts, unreadable


def load_text_arrays(source: ArraysSource, read: Read) -> Collected:
    """Strings and labels of an experiment made in Python.

    Raises:
        InputError: they are missing, do not fit together, or are no strings.
    """
    if source.x is None or source.y is None:
        rule = "arrays in memory are not in an experiment file: give them again from Python, as dataset=(texts, labels)"
        raise InputError(Problem("dataset", rule))
    texts: list[str] = []
    names: list[str] = []
    given: list[str] = []
    parts = []
    for split, suffix in (("train", ""), ("validation", "_validation"), ("test", "_test")):
        x, y = getattr(source, f"x{suffix}"), getattr(source, f"y{suffix}")
        if x is None and y is None:
            continue
        where = f"dataset.x{suffix}"
        if x is None or y is None:
            rule = "is missing: texts and labels of a split come together"
            raise InputError(Problem(f"dataset.{'x' if x is None else 'y'}{suffix}", rule))
        strings, labels = _strings(x, where), checked_labels(y, f"dataset.y{suffix}")
        if len(strings) != len(labels):
            rule = f"needs one label for each text: {where} has {len(strings)}, and it has {len(labels)}"
            raise InputError(Problem(f"dataset.y{suffix}", rule))
        texts += strings
        names += [f"x{suffix}[{row}]" for row in range(len(strings))]
        given += [split] * len(strings)
        parts.append((f"dataset.y{suffix}", labels))
    for key in ("groups", "weights"):
        if getattr(source, key) is not None:
            raise InputError(Problem(f"dataset.{key}", "is for arrays of pictures; of texts give a csv file"))
    return Collected.of(
        Texts(tuple(texts), tuple(names)), RawLabels(tuple(parts)), read, np.array(given, dtype=np.str_)
    )


def _strings(x: Any, where: str) -> list[str]:
    listed = x.tolist() if isinstance(x, np.ndarray) else x
    if isinstance(listed, (str, bytes)) or not hasattr(listed, "__len__") or not hasattr(listed, "__iter__"):
        raise InputError(Problem(where, "must be a list or array of strings", type(x).__name__))
    found = list(listed)
    if not found:
        raise InputError(Problem(where, "holds no texts"))
    for row, text in enumerate(found):
        if not isinstance(text, str):
            raise InputError(Problem(f"{where}[{row}]", "must be a string", type(text).__name__))
        if not is_unicode(text):
            raise InputError(Problem(f"{where}[{row}]", "has half of a character (a lone surrogate), and is no text"))
    return found
