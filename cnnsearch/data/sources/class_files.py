"""The picture files of one class: all below its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import features

from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.left_out import Leftovers

__all__ = ["EXTENSIONS", "ClassFiles", "class_files", "holds_pictures", "is_hidden", "is_picture", "leave_hidden"]

_OPTIONAL = {".avif": "avif", ".jp2": "jpg_2000", ".j2k": "jpg_2000", ".jpx": "jpg_2000"}
"""Suffix -> what Pillow must have been built with to read it."""

EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"}
    | {suffix for suffix, feature in _OPTIONAL.items() if features.check(feature)}
)

_TEXTS = frozenset({".csv", ".html", ".ini", ".json", ".log", ".md", ".py", ".tsv", ".txt", ".xml", ".yaml", ".yml"})
"""Suffixes of what nobody would take for a picture."""

_SYSTEM = frozenset({"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "lost+found"})
"""What operating systems leave behind, in lower case."""

_HIDDEN = "hidden files and folders, and those of operating systems"


@dataclass(frozen=True)
class ClassFiles:
    """What lies below the folder of a class.

    Attributes:
        pictures: names of the picture files relative to the folder, with slashes, in natural order.
        nested: those of them that lie in sub-folders.
    """

    pictures: tuple[str, ...]
    nested: tuple[str, ...]


def class_files(folder: Path, root: Path, left: Leftovers) -> ClassFiles:
    """All pictures below ``folder``, at any depth.

    Args:
        folder: of the class.
        root: what the user named; what is left out is named relative to it.
        left: gets what is no picture that is read.
    """
    found = []
    for name in _below(folder, "", root, left, frozenset()):
        if is_picture(name):
            found.append(name)
            continue
        suffix = os.path.splitext(name)[1].lower()
        kind = f"files that end in {suffix}" if suffix else "files without a suffix"
        shown = (folder / name).relative_to(root).as_posix()
        left.add(f"{kind}, which are not read", [shown], expected=suffix in _TEXTS)
    pictures = naturally_sorted(found)
    return ClassFiles(pictures, tuple(name for name in pictures if "/" in name))


def is_picture(name: str) -> bool:
    """Whether a file of that name is read."""
    return os.path.splitext(name)[1].lower() in EXTENSIONS


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is none of the user's data."""
    return name.startswith(".") or name.lower() in _SYSTEM


def leave_hidden(path: Path, root: Path, left: Leftovers) -> None:
    """Tell of a hidden file or folder, where it is or has a picture."""
    if is_picture(path.name) if not path.is_dir() else path.name.lower() in _SYSTEM or holds_pictures(path, True):
        left.add(_HIDDEN, [path.relative_to(root).as_posix()], expected=True)


def holds_pictures(folder: Path, hidden: bool = False) -> bool:
    """Whether any picture lies below ``folder``, by its name; hidden ones only where these are asked for.

    Raises:
        OSError: a folder cannot be looked into, and is not hidden.
    """
    for _, folders, files in os.walk(folder, onerror=None if hidden else _raise):
        if not hidden:
            folders[:] = [name for name in folders if not is_hidden(name)]
        if any(is_picture(name) and (hidden or not is_hidden(name)) for name in files):
            return True
    return False


def _raise(error: OSError) -> None:
    raise error


def _below(folder: Path, within: str, root: Path, left: Leftovers, above: frozenset[str]) -> Iterator[str]:
    """Names of the files below ``folder``, after ``within``; links are followed, but not back to a folder ``above``."""
    above = above | {os.path.realpath(folder)}
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if is_hidden(entry.name):
            leave_hidden(folder / entry.name, root, left)
        elif not entry.is_dir():
            yield within + entry.name
        elif os.path.realpath(entry.path) in above:
            left.add("links to a folder that they lie in", [Path(entry.path).relative_to(root).as_posix()])
        else:
            yield from _below(Path(entry.path), f"{within}{entry.name}/", root, left, above)
