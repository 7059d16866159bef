"""A zip or tar of a folder of pictures, read where it lies."""

from __future__ import annotations

import lzma
import os
import tarfile
import zipfile
import zlib
from pathlib import Path

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.class_files import holds_pictures, is_hidden, is_picture, leave_hidden
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train, list_folder
from cnnsearch.data.sources.members import tar_tree, zip_tree
from cnnsearch.data.sources.remote.kept_files import unpacked_tar
from cnnsearch.data.sources.spec import ArchiveSource
from cnnsearch.data.sources.split_names import split_named
from cnnsearch.data.sources.tree import MemberFolder
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import Size

__all__ = ["is_archive", "list_archive", "load_archive"]


def load_archive(source: ArchiveSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """The same as of a folder, by the same rules; folders that only hold one other are passed through.

    Raises:
        InputError: there is no such file, it is no archive, a class is empty, or too many files cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_archive(path, "dataset.path", source.recursive)
    check_train(listing, path)
    return collect_files(listing, source, image_size, seed, read)


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar, compressed or not."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def list_archive(path: str, where: str, recursive: bool = True) -> Listing:
    """The picture files of an archive, by the same rules as those of a folder (see :func:`list_directory`).

    Raises:
        InputError: as that; or the archive cannot be read, or grows too much when it is decompressed.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(Problem(where, "there is no such file", path))
    left = Leftovers()
    try:
        tree = _tree(file, where, left)
        if not holds_pictures(tree):
            raise InputError(Problem(where, "has no pictures in it", path))
        listing = list_folder(_inner(tree, left), where, left, recursive)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(Problem(where, f"cannot be read as an archive: {reason}", path)) from None
    return listing


def _tree(file: Path, where: str, left: Leftovers) -> MemberFolder:
    if zipfile.is_zipfile(file):
        return zip_tree(file, left)
    if tarfile.is_tarfile(file):
        return tar_tree(unpacked_tar(file, where), left)
    raise InputError(Problem(where, "is neither a zip nor a tar (also .tar.gz, .tar.bz2, .tar.xz)", str(file)))


def _inner(tree: MemberFolder, left: Leftovers) -> MemberFolder:
    """Below the folders that an archive is wrapped in: each the only one, and neither a split nor beside pictures."""
    while True:
        folders = {name: inner for name, inner in tree.folders().items() if not is_hidden(name)}
        names = [name for name in tree.files() if is_picture(name) and not is_hidden(name)]
        (name, *others) = folders or ("",)
        has_folders = name and any(holds_pictures(inner) for inner in folders[name].folders().values())
        if names or others or not has_folders or split_named(name) is not None:
            return tree
        leave_hidden(tree, left)
        tree = folders[name]
