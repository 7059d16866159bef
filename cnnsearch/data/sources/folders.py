"""A folder of pictures, with a sub-folder a class, or with sub-folders of splits that hold these."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.class_files import (
    EXTENSIONS,
    ClassFiles,
    class_files,
    holds_pictures,
    is_hidden,
    is_picture,
    leave_hidden,
)
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.spec import DirectorySource
from cnnsearch.data.sources.split_names import SPLITS, split_among, split_named
from cnnsearch.data.sources.tree import DiskFolder, Folder, joined
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["check_train", "list_directory", "list_folder", "load_directory"]


def load_directory(source: DirectorySource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """``root/class/**`` or ``root/{train,validation,test}/class/**``; hidden files are ignored.

    Raises:
        InputError: there is no such folder, a class is empty, or too many files cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_directory(path, "dataset.path", source.recursive)
    check_train(listing, path)
    return collect_files(listing, source, image_size, seed, read)


def check_train(listing: Listing, path: str) -> None:
    """Whether there is something to train on.

    Raises:
        InputError: there are splits, and none of them is for training.
    """
    if listing.given is not None and "train" not in listing.given:
        splits = " and ".join(split for split in SPLITS if split in listing.given)
        raise InputError(Problem("dataset.path", f"has a folder for {splits}, but none for train", path))


def list_directory(path: str, where: str, recursive: bool = True) -> Listing:
    """The picture files below ``path``, by split, class and name, each in its natural order.

    Args:
        path: of the folder.
        where: what messages call it.
        recursive: pictures in sub-folders of a class are taken, too.

    Raises:
        InputError: there is no such folder, it has no sub-folders, a class in it is empty, or splits and classes cannot
            be told apart.
    """
    root = Path(path)
    if root.is_file():
        raise InputError(Problem(where, "must be a folder with a sub-folder of pictures a class, and is a file", path))
    if not root.is_dir():
        raise InputError(Problem(where, "there is no such folder", path))
    try:
        return list_folder(DiskFolder(root), where, Leftovers(), recursive)
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}", str(error.filename or path))) from None


def list_folder(root: Folder, where: str, left: Leftovers, recursive: bool = True) -> Listing:
    """See :func:`list_directory`; ``left`` may have something in it already.

    Raises:
        OSError: a folder cannot be looked into.
    """
    splits = _split_folders(root, where, left)
    given: list[str] = []
    names: list[str] = []
    files: list[PictureFile] = []
    nested: list[str] = []
    for split, folder in splits.items() or {"": root}.items():
        for name, found in _classes(folder, where, left, recursive).items():
            given += [split] * len(found.pictures)
            names += [name] * len(found.pictures)
            shown = joined(folder.shown, name)
            files += [PictureFile(path, f"{shown}/{picture}") for picture, path in found.pictures.items()]
            nested += [f"{shown}/{picture}" for picture in found.nested]
    depth = 1 if splits else 0
    notes = (*_nested(nested, len(files)), *_alike([name.split("/")[depth:] for name in nested], len(files)))
    labels = RawLabels(((where, np.array(names, dtype=np.str_)),))
    return Listing(tuple(files), labels, tuple(given) if splits else None, left.by_kind(), notes)


def _split_folders(root: Folder, where: str, left: Leftovers) -> dict[str, Folder]:
    """Split -> its folder; empty where the folders of ``root`` are classes."""
    folders = _folders(root)
    named = {name: split for name, folder in folders.items() if (split := _split_of(folder)) is not None}
    beside = {name: folder for name, folder in folders.items() if name not in named}
    if not named or (beside and not any(_holds_folders(folders[name]) for name in named)):
        return {}  # a class may be called 'test'
    full = [name for name, folder in beside.items() if holds_pictures(folder)]
    if full:
        rule = (
            f"{_listed(list(named))} {'looks like a split' if len(named) == 1 else 'look like splits'}, and beside "
            f"{'it' if len(named) == 1 else 'them'} {'lies' if len(full) == 1 else 'lie'} {_listed(full)} with "
            "pictures: name folders of splits train, validation, test, and move away or rename what is none"
        )
        raise InputError(Problem(where, rule, str(root)))
    left.add("folders without pictures, beside those of the splits", beside)
    _leave_beside(root, left)
    found: dict[str, Folder] = {}
    for name, split in named.items():
        if split in found:
            both = f"'{found[split].name}' and '{name}' are both a folder for {split}"
            rule = f"{both}: keep one of them, or name the other one after its split"
            raise InputError(Problem(where, rule, str(root)))
        found[split] = folders[name]
    return {split: found[split] for split in SPLITS if split in found}


def _classes(folder: Folder, where: str, left: Leftovers, recursive: bool) -> dict[str, ClassFiles]:
    """Class -> its picture files."""
    folders = _folders(folder)
    if not folders:
        raise InputError(Problem(where, "has no sub-folders: it needs one of pictures for each class", str(folder)))
    _leave_beside(folder, left)
    found = {name: class_files(inner, left, recursive=recursive) for name, inner in folders.items()}
    directly = "" if recursive else " directly in it, and recursive: false takes none from its sub-folders"
    problems = [
        Problem(where, f"'{folders[name].shown}' has no pictures{directly}; {_pictures_end()}")
        for name, files in found.items()
        if not files.pictures
    ]
    if problems:
        raise InputError(problems)
    _check_depth(folder, found, where)
    return found


def _check_depth(parent: Folder, found: Mapping[str, ClassFiles], where: str) -> None:
    """Whether the folders are classes, and not something above them, or above splits."""
    for name, files in found.items():
        inner = list(dict.fromkeys(picture.split("/")[0] for picture in files.nested))
        splits = {split: part for part in inner if (split := split_named(part)) is not None}
        if len(splits) > 1 or (len(found) == 1 and len(inner) > 1 and len(files.nested) == len(files.pictures)):
            if len(found) == 1:
                path = f"{parent}/{name}"
                rule = f"has a single sub-folder, and the pictures lie in further ones: name that folder, {path}"
                raise InputError(Problem(where, rule, str(parent)))
            rule = f"'{name}' has folders of splits, {_listed(list(splits.values()))}: the splits come first here"
            raise InputError(Problem(where, f"{rule}, as {next(iter(splits.values()))}/{name}", str(parent)))


def _split_of(folder: Folder) -> str | None:
    """A name in which a split is one of several words is also that of a class, as 'train_station'."""
    split = split_named(folder.name)
    if split is None and split_among(folder.name) is not None and _holds_folders(folder):
        split = split_among(folder.name)
    return split


def _holds_folders(folder: Folder) -> bool:
    """Whether pictures lie in its sub-folders, as in a split and seldom in a class."""
    return any(holds_pictures(inner) for name, inner in folder.folders().items() if not is_hidden(name))


def _folders(parent: Folder) -> dict[str, Folder]:
    found = {name: inner for name, inner in parent.folders().items() if not is_hidden(name)}
    return {name: found[name] for name in naturally_sorted(found)}


def _leave_beside(parent: Folder, left: Leftovers) -> None:
    """Tell of hidden files and folders, and of pictures that lie in no class."""
    leave_hidden(parent, left)
    beside = [name for name in parent.files() if is_picture(name) and not is_hidden(name)]
    left.add("pictures beside the folders of the classes", [joined(parent.shown, name) for name in beside])


def _nested(nested: Sequence[str], total: int) -> Iterator[str]:
    if nested:
        which = f"{len(nested):,} of {total:,} pictures lie in sub-folders of a class and are of that class"
        yield f"{which}, as {nested[0]}"


def _alike(nested: Sequence[Sequence[str]], total: int) -> Iterator[str]:
    """Where all classes have the same sub-folders these may be the classes.

    Args:
        nested: class, sub-folder ... of each picture in a sub-folder.
        total: pictures.
    """
    inner: dict[str, set[str]] = {}
    for name, below, *_ in nested if len(nested) == total else ():
        inner.setdefault(name, set()).add(below)
    first = next(iter(inner.values()), set())
    if len(inner) > 1 and len(first) > 1 and all(names == first for names in inner.values()):
        classes, same = (_listed(naturally_sorted(names)[:3]) for names in (inner, first))
        yield (
            f"the folders {classes} are taken for classes, and all have the same sub-folders, {same}: if these are "
            "the classes, name the folders around them train, validation and test"
        )


def _pictures_end() -> str:
    return f"pictures end in {', '.join(sorted(EXTENSIONS))}"


def _listed(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
