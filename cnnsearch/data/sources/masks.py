"""A folder of pictures and one of their masks, matched by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.class_files import class_files
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.excerpts import excerpted
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train
from cnnsearch.data.sources.spec import MasksSource
from cnnsearch.data.sources.split_names import SPLITS, split_named
from cnnsearch.data.sources.tree import DiskFolder
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_masks", "load_masks"]

_SHOWN = 10
"""Pictures that an error names."""


def load_masks(source: MasksSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """``root/images/**`` and ``root/masks/**``, or ``root/{train,validation,test}/images/**`` and so on.

    Raises:
        InputError: a folder is not there or empty, a picture has no mask or several, a stack other pages than its
            masks, or too many cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_masks(path, source, "dataset.path")
    check_train(listing, path)
    listing = excerpted(listing, source.tiles, "dataset.path", source.group is not None)
    return collect_files(listing, source, image_size, seed, read)


def list_masks(path: str, layout: MasksSource, where: str) -> Listing:
    """The pictures with paths of their masks.

    Args:
        path: of the folder.
        layout: how the folders, and masks in them, are called.
        where: what messages call it.

    Raises:
        InputError: as of :func:`load_masks`.
    """
    root = Path(path)
    if not root.is_dir():
        rule = "must be a folder" if root.exists() else "there is no such folder"
        raise InputError(Problem(where, rule, path))
    try:
        return _listed(root, layout, where)
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}", str(error.filename or path))) from None


def _listed(root: Path, layout: MasksSource, where: str) -> Listing:
    left = Leftovers()
    files: list[PictureFile] = []
    masks: list[str] = []
    given: list[str] = []
    splits = _splits(root, layout, where)
    for split, folder in splits.items() or {"": root}.items():
        images, of_masks = folder / layout.images, folder / layout.masks
        for each in (images, of_masks):
            if not each.is_dir():
                rule = f"needs the folders '{layout.images}' and '{layout.masks}', and has no '{each.name}'"
                raise InputError(Problem(where, rule, str(folder)))
        found = class_files(DiskFolder(images), left).pictures
        if not found:
            raise InputError(Problem(where, f"'{layout.images}' has no pictures", str(folder)))
        pairs = _paired(found, class_files(DiskFolder(of_masks), left).pictures, layout, where, left)
        files += [PictureFile(found[name], f"{folder.name}/{name}" if split else name) for name in found]
        masks += [os.path.abspath(pairs[name]) for name in found]
        given += [split] * len(found)
    labels = RawLabels(((where, np.array(masks, dtype=np.str_)),))
    return Listing(tuple(files), labels, tuple(given) if splits else None, left.by_kind())


def _splits(root: Path, layout: MasksSource, where: str) -> dict[str, Path]:
    """Split -> its folder; empty where ``root`` has the two folders itself."""
    if (root / layout.images).is_dir():
        return {}
    folders = sorted(each for each in root.iterdir() if each.is_dir() and (each / layout.images).is_dir())
    named: dict[str, Path] = {}
    for folder in folders:
        split = split_named(folder.name)
        if split is None:
            rule = f"'{folder.name}' has pictures, and its name is no split: train, validation or test"
            raise InputError(Problem(where, rule, str(root)))
        if split in named:
            rule = f"'{named[split].name}' and '{folder.name}' are both a folder for {split}; keep one of them"
            raise InputError(Problem(where, rule, str(root)))
        named[split] = folder
    return {split: named[split] for split in SPLITS if split in named}


def _paired(
    pictures: Mapping[str, os.PathLike[str]],
    masks: Mapping[str, os.PathLike[str]],
    layout: MasksSource,
    where: str,
    left: Leftovers,
) -> dict[str, os.PathLike[str]]:
    """Picture -> its mask, both by their names within their folders."""
    by_stem: dict[str, list[str]] = {}
    for name in masks:
        by_stem.setdefault(_stem(name), []).append(name)
    pairs, problems = {}, []
    for name in pictures:
        folder, _, own = _stem(name).rpartition("/")
        wanted = f"{folder}/" * bool(folder) + layout.mask_name.replace("{name}", own)
        found = by_stem.pop(wanted, [])
        if len(found) == 1:
            pairs[name] = masks[found[0]]
        elif found:
            problems.append(Problem(where, f"the picture '{name}' has several masks, {' and '.join(found)}"))
        else:
            rule = f"the picture '{name}' has no mask: '{layout.masks}' has no '{wanted}' with any suffix of pictures"
            problems.append(Problem(where, rule))
    if problems:
        raise InputError(problems[:_SHOWN])
    left.add("masks without a picture", [name for names in by_stem.values() for name in names])
    return pairs


def _stem(name: str) -> str:
    """Without the suffix."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix else name
