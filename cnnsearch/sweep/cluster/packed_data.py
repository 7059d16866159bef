"""The files of a data set that go to a cluster: those that its source reads, and nothing else that lies beside them.

What is sent leaves this machine: a hidden file, or one that a link leads to from outside, may hold anything.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any

from PIL import Image

from cnnsearch.data.left_out import LeftOut, Leftovers
from cnnsearch.data.sources.archive import is_archive
from cnnsearch.data.sources.class_files import is_hidden, is_picture
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.folders import list_directory
from cnnsearch.data.sources.spec import ArchiveSource, CsvSource, DirectorySource, ParquetSource
from cnnsearch.data.sources.tables.parquet import list_parquet, parquet_files
from cnnsearch.data.sources.tables.tables import list_csv
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.within import WithinFile

__all__ = ["data_files", "is_below"]

_WHERE = "dataset.path"

_SHOWN = 10
"""Problems that an error names."""


def data_files(
    dataset: Any, source: Path, roots: Sequence[Path], drops_missing: bool = False
) -> tuple[dict[str, Path], tuple[LeftOut, ...]]:
    """What is sent of a data set.

    Args:
        dataset: the section of the experiment.
        source: its folder or file on this machine, resolved.
        roots: folders that the cluster sees under the same path; what a table names in them by its whole path stays.
        drops_missing: rows of a table with an empty cell are left out; else they are an error.

    Returns:
        Name below the folder of the data -> file, and what lies there and stays here.

    Raises:
        InputError: something that belongs to the data must not be sent: it is hidden, or lies elsewhere.
    """
    if isinstance(dataset, DirectorySource):
        pictures = {picture.name: Path(picture.path) for picture in list_directory(str(source), _WHERE).files}
        left = Leftovers()
        files = _sent(pictures, source, left)
        _tell_rest(source, files, left)
        return {f"{source.name}/{name}": file for name, file in files.items()}, left.by_kind()
    if isinstance(dataset, CsvSource):
        listed = list_csv(str(source), dataset.columns._replace(drops_missing=drops_missing), _WHERE)
        return _table({source.name: source}, listed, source.parent, roots)
    if isinstance(dataset, ParquetSource):
        listed = list_parquet(str(source), dataset.columns._replace(drops_missing=drops_missing), _WHERE)
        files = {file.relative_to(source.parent).as_posix(): file for file in parquet_files(str(source), _WHERE)}
        return _table(files, listed, source.parent, roots)
    if not (is_archive(source) if isinstance(dataset, ArchiveSource) else zipfile.is_zipfile(source)):
        kind = "archive" if isinstance(dataset, ArchiveSource) else ".npz file"
        raise InputError(Problem(_WHERE, f"is no {kind}, and nothing else is sent", str(source)))
    return {source.name: source}, ()


def is_below(path: Path, roots: Iterable[Path]) -> bool:
    """Whether ``path`` lies in one of the folders."""
    return any(path.is_relative_to(root) for root in roots)


def _table(
    files: dict[str, Path], listed: Listing, folder: Path, roots: Sequence[Path]
) -> tuple[dict[str, Path], tuple[LeftOut, ...]]:
    left = Leftovers()
    return {**files, **_sent(_named(listed, folder, roots), folder, left)}, left.by_kind()


def _named(listed: Listing, folder: Path, roots: Sequence[Path]) -> dict[str, Path]:
    """The pictures that a table names beside itself, and that are to be sent with it."""
    found = {}
    for picture in listed.files:
        if isinstance(picture.path, WithinFile):
            continue  # in the table itself, or at an address
        path, is_whole = Path(picture.path), Path(picture.name).is_absolute()
        within = os.path.relpath(path, folder)
        if is_whole and is_below(path, roots):
            continue
        if is_whole or within.startswith(".."):
            rule = "names a picture outside of its own folder, which is not packed: name that folder by --shared"
            raise InputError(Problem(_WHERE, rule if is_whole else f"{rule}, and its pictures whole", picture.name))
        found[within] = path
    return found


def _sent(files: dict[str, Path], root: Path, left: Leftovers) -> dict[str, Path]:
    """Of pictures those that can be sent: links are resolved, and lead to other pictures below ``root`` only."""
    found, problems = {}, []
    for name, path in files.items():
        real = path.resolve()
        refused = _refusal(name, real, root)
        if refused is not None:
            problems.append(Problem(_WHERE, refused, name))
        elif not real.is_file():
            left.add("files that are not there, or cannot be sent", [name])
        elif not is_picture(real.name) and not _is_image(real):
            left.add("files that are no pictures", [name])
        else:
            found[name] = real
    if problems:
        raise InputError(problems[:_SHOWN])
    return found


def _refusal(name: str, real: Path, root: Path) -> str | None:
    if not real.is_relative_to(root):
        rule = f"is a link that leads out of the folder, to {real}, which is not sent"
        return f"{rule}: put the file itself there, or put all on storage that every node sees, named by --shared"
    hidden = [part for part in (*PurePath(name).parts, *real.relative_to(root).parts) if is_hidden(part)]
    return f"is or leads to the hidden '{hidden[0]}', which is not sent: give it another name" if hidden else None


def _is_image(path: Path) -> bool:
    """Whether a file of any name begins as a picture does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path):
                return True
        except Exception:  # noqa: BLE001 - on damaged bytes Pillow's readers raise whatever they stumble over
            return False


def _tell_rest(root: Path, sent: Iterable[str], left: Leftovers) -> None:
    """Tell of each file below ``root`` that stays here; of a link to a folder from which nothing is sent, the link."""
    known = {parent for name in sent for parent in (PurePath(name), *PurePath(name).parents)}
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for inside in (PurePath(folder, name).relative_to(root) for name in sorted([*names, *links])):
            if inside not in known:
                hidden = any(map(is_hidden, inside.parts))
                kind = "hidden files" if hidden else "files that are no pictures of a class"
                left.add(kind, [inside.as_posix()], expected=True)
