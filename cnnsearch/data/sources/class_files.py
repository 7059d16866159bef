"""The picture files of one class: all below its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PIL import features

from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.tree import Folder, joined

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
        pictures: the picture files by their names relative to the folder, with slashes, in natural order.
        nested: names of those of them that lie in sub-folders.
    """

    pictures: Mapping[str, os.PathLike[str]]
    nested: tuple[str, ...]


def class_files(folder: Folder, left: Leftovers, beside: str = "", recursive: bool = True) -> ClassFiles:
    """All pictures below ``folder``, at any depth.

    Args:
        folder: of the class.
        left: gets what is no picture that is read.
        beside: suffix of files that somebody else reads.
        recursive: those in sub-folders are taken, too.
    """
    found = {}
    for name, file in _below(folder, "", left):
        if is_picture(name) and not recursive and "/" in name:
            left.add("pictures in sub-folders of a class (recursive: false)", [joined(folder.shown, name)])
            continue
        if is_picture(name):
            found[name] = file
            continue
        suffix = os.path.splitext(name)[1].lower()
        if suffix and suffix == beside:
            continue
        kind = f"files that end in {suffix}" if suffix else "files without a suffix"
        left.add(f"{kind}, which are not read", [joined(folder.shown, name)], expected=suffix in _TEXTS)
    pictures = naturally_sorted(found)
    return ClassFiles({name: found[name] for name in pictures}, tuple(name for name in pictures if "/" in name))


def is_picture(name: str) -> bool:
    """Whether a file of that name is read."""
    return os.path.splitext(name)[1].lower() in EXTENSIONS


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is none of the user's data."""
    return name.startswith(".") or name.lower() in _SYSTEM


def leave_hidden(folder: Folder, left: Leftovers) -> None:
    """Tell of hidden files and folders, where these are or have pictures."""
    found = [name for name in folder.files() if is_hidden(name) and is_picture(name)]
    found += [
        name
        for name, inner in folder.folders().items()
        if is_hidden(name) and (name.lower() in _SYSTEM or holds_pictures(inner, True))
    ]
    left.add(_HIDDEN, [joined(folder.shown, name) for name in sorted(found)], expected=True)


def holds_pictures(folder: Folder, hidden: bool = False) -> bool:
    """Whether any picture lies below ``folder``, by its name; hidden ones only where these are asked for.

    Raises:
        OSError: a folder cannot be looked into, and is not hidden.
    """
    try:
        files, folders = folder.files(), folder.folders()
    except OSError:
        if hidden:
            return False
        raise
    return any(is_picture(name) and (hidden or not is_hidden(name)) for name in files) or any(
        holds_pictures(inner, hidden)
        for name, inner in folders.items()
        if not inner.is_loop and (hidden or not is_hidden(name))
    )


def _below(folder: Folder, within: str, left: Leftovers) -> Iterator[tuple[str, os.PathLike[str]]]:
    """The files below ``folder``, their names after ``within``; links are followed, but not in circles."""
    leave_hidden(folder, left)
    for name, file in folder.files().items():
        if not is_hidden(name):
            yield within + name, file
    for name, inner in folder.folders().items():
        if is_hidden(name):
            continue
        if inner.is_loop:
            left.add("links to a folder that they lie in", [inner.shown])
        else:
            yield from _below(inner, f"{within}{name}/", left)
