"""A folder of pictures, with a sub-folder a class."""

from __future__ import annotations

import os
from pathlib import Path

from cnnsearch.catalog.sources import DirectorySource
from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.pictures import PictureFile, Size
from cnnsearch.data.sources.collected import Collected
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.errors import InputError, Problem

__all__ = ["EXTENSIONS", "list_directory", "load_directory"]

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"})

_SPLITS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
"""Name of a folder, in lower case -> the split that it holds."""


def load_directory(source: DirectorySource, image_size: Size | None, seed: int) -> Collected:
    """``root/class/*`` or ``root/{train,validation,test}/class/*``; hidden files are ignored.

    Raises:
        InputError: there is no such folder, a class is empty, or too many files cannot be read.
    """
    listing = list_directory(os.path.expanduser(source.path), "dataset.path")
    return collect_files(listing, source, image_size, seed)


def list_directory(path: str, where: str) -> Listing:
    """The picture files below ``path``, by split, class and name, each in its natural order.

    Raises:
        InputError: there is no such folder, it has no sub-folders, or a class in it is empty.
    """
    root = Path(path)
    if root.is_file():
        raise InputError(Problem(where, "must be a folder with a sub-folder of pictures a class, and is a file", path))
    if not root.is_dir():
        raise InputError(Problem(where, "there is no such folder", path))
    try:
        return _listing(root, where)
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}", str(error.filename or path))) from None


def _listing(root: Path, where: str) -> Listing:
    splits = _split_folders(root, where)
    given: list[str] = []
    names: list[str] = []
    files: list[PictureFile] = []
    for split, folder in splits.items() or {"": root}.items():
        for name, pictures in _class_files(folder, root, where).items():
            given += [split] * len(pictures)
            names += [_shown(name)] * len(pictures)
            files += [PictureFile(picture, _shown(picture.relative_to(root).as_posix())) for picture in pictures]
    return Listing(tuple(files), tuple(names), tuple(given) if splits else None)


def _split_folders(root: Path, where: str) -> dict[str, Path]:
    """Split -> its folder; empty where the folders of ``root`` are classes."""
    folders = _folders(root)
    if not folders or any(name.lower() not in _SPLITS for name in folders):
        return {}
    found: dict[str, Path] = {}
    for name, folder in folders.items():
        split = _SPLITS[name.lower()]
        if split in found:
            rule = f"'{found[split].name}' and '{name}' are both a folder for {split}; keep one of them"
            raise InputError(Problem(where, rule, str(root)))
        found[split] = folder
    if "train" not in found:
        raise InputError(Problem(where, f"has a folder for {' and '.join(found)}, but none for train", str(root)))
    return {split: found[split] for split in ("train", "validation", "test") if split in found}


def _class_files(folder: Path, root: Path, where: str) -> dict[str, list[Path]]:
    """Class -> its picture files."""
    classes = _folders(folder)
    if not classes:
        raise InputError(Problem(where, "has no sub-folders: it needs one of pictures for each class", str(folder)))
    found = {name: _picture_files(inner) for name, inner in classes.items()}
    problems = [
        Problem(
            where,
            f"'{classes[name].relative_to(root).as_posix()}' has no pictures; its own sub-folders are not read, and "
            f"pictures end in {', '.join(sorted(EXTENSIONS))}",
        )
        for name, pictures in found.items()
        if not pictures
    ]
    if problems:
        raise InputError(problems)
    return found


def _shown(name: str) -> str:
    """The name as text that can be written down, whatever bytes the file system holds."""
    return os.fsencode(name).decode("utf-8", "replace")


def _folders(parent: Path) -> dict[str, Path]:
    found = {path.name: path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")}
    return {name: found[name] for name in naturally_sorted(found)}


def _picture_files(folder: Path) -> list[Path]:
    found = {
        path.name: path
        for path in folder.iterdir()
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith(".") and not path.is_dir()
    }
    return [found[name] for name in naturally_sorted(found)]
