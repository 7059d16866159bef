"""A folder of pictures and one of their masks, matched by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
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
from cnnsearch.data.sources.split_lists import listed_splits
from cnnsearch.data.sources.split_names import SPLITS, split_named
from cnnsearch.data.sources.tree import DiskFolder
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_masks", "load_masks"]

_SHOWN = 10
"""Pictures that an error names."""

_SETS = "ImageSets/Segmentation"
"""The folder of lists of pictures, one a split."""

_NAME = "{name}"
"""Stands for what a picture and its mask share in their names."""


def load_masks(source: MasksSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """``root/images/**`` and ``root/masks/**``, with splits in these or around them, as ``root/train/images/**``.

    Raises:
        InputError: a folder is not there or empty, a picture has no mask or several, a stack other pages than its
            masks, or too many cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_masks(path, source, "dataset.path", read.drops_missing)
    check_train(listing, path)
    listing = excerpted(listing, source.tiles, "dataset.path", source.group is not None)
    return collect_files(listing, source, image_size, seed, read)


def list_masks(path: str, layout: MasksSource, where: str, drops_missing: bool = False) -> Listing:
    """The pictures with paths of their masks.

    Args:
        path: of the folder.
        layout: how the folders, and pictures and masks in them, are called.
        where: what messages call it.
        drops_missing: pictures without a mask are left out; else they are an error.

    Raises:
        InputError: as of :func:`load_masks`.
    """
    root = Path(path)
    if not root.is_dir():
        rule = "must be a folder" if root.exists() else "there is no such folder"
        raise InputError(Problem(where, rule, path))
    try:
        return _listed(root, layout, where, drops_missing)
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}", str(error.filename or path))) from None


def _listed(root: Path, layout: MasksSource, where: str, drops_missing: bool) -> Listing:
    left = Leftovers()
    files: list[PictureFile] = []
    masks: list[str] = []
    given: list[str] = []
    splits = _splits(root, layout, where)
    for split, folder in splits.items() or {"": root}.items():
        images, of_masks = folder / layout.images, folder / layout.masks
        for each in (images, of_masks):
            if not each.is_dir():
                rule = (
                    f"needs the folders '{layout.images}' and '{layout.masks}', and has no '{each.name}'; "
                    "dataset.images and dataset.masks name others"
                )
                raise InputError(Problem(where, rule, str(folder)))
        found = _pictures(images, images.samefile(of_masks), layout, left)
        inner = _inner_splits(folder, found, where, left) if not split else {}
        found = {name: each for name, each in found.items() if not inner or name in inner}
        if not found:
            raise InputError(Problem(where, f"'{layout.images}' has no pictures{_what_else(left)}", str(folder)))
        pairs = _paired(found, class_files(DiskFolder(of_masks), left).pictures, layout, where, left, drops_missing)
        files += [PictureFile(found[name], f"{folder.name}/{name}" if split else name) for name in pairs]
        masks += [os.path.abspath(mask) for mask in pairs.values()]
        given += [split or inner.get(name, "") for name in pairs]
    labels = RawLabels(((where, np.array(masks, dtype=np.str_)),))
    return Listing(tuple(files), labels, tuple(given) if any(given) else None, left.by_kind())


def _pictures(folder: Path, has_masks: bool, layout: MasksSource, left: Leftovers) -> dict[str, os.PathLike[str]]:
    """Those of a folder that are called as pictures are; masks that lie beside them are none."""
    found = dict(class_files(DiskFolder(folder), left).pictures)
    if has_masks and layout.mask_name != _NAME:
        found = {name: each for name, each in found.items() if _own_name(name, layout.mask_name) is None}
    others = [name for name in found if _own_name(name, layout.image_name) is None]
    left.add(f"pictures that are not called {layout.image_name}", others)
    return {name: each for name, each in found.items() if name not in others}


def _inner_splits(root: Path, pictures: Mapping[str, os.PathLike[str]], where: str, left: Leftovers) -> dict[str, str]:
    """Picture -> its split, as lists of PASCAL VOC say, or the folders of splits that all pictures lie in."""
    listed = listed_splits(root / _SETS, where, left)
    if listed:
        left.add(f"pictures that no list of {_SETS} names", [name for name in pictures if _stem(name) not in listed])
        return {name: listed[_stem(name)] for name in pictures if _stem(name) in listed}
    tops = {name: name.split("/", 1)[0] if "/" in name else "" for name in pictures}
    named = {top: split for top in {*tops.values()} if (split := split_named(top)) is not None}
    if "train" not in named.values() or "" in tops.values():
        return {}
    if len({*named.values()}) < len(named):
        both = " and ".join(f"'{top}'" for top in sorted(named))
        raise InputError(Problem(where, f"has two folders for one split among {both}; keep one of them", str(root)))
    left.add("pictures in folders whose names are no splits", [name for name, top in tops.items() if top not in named])
    return {name: named[top] for name, top in tops.items() if top in named}


def _what_else(left: Leftovers) -> str:
    """What lies there in place of pictures, as slices of a scanner do."""
    found = [str(each) for each in left.by_kind() if each.kind.endswith("which are not read")]
    return f"; it has {found[0]}: save each slice as PNG or TIFF" if found else ""


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
    drops_missing: bool,
) -> dict[str, os.PathLike[str]]:
    """Picture -> its mask, both by their names within their folders."""
    by_stem: dict[str, list[str]] = {}
    for name in masks:
        by_stem.setdefault(_stem(name), []).append(name)
    pairs, problems, missing = {}, [], []
    for name in pictures:
        folder = _stem(name).rpartition("/")[0]
        own = _own_name(name, layout.image_name) or ""
        wanted = f"{folder}/" * bool(folder) + layout.mask_name.replace(_NAME, own)
        found = by_stem.pop(wanted, [])
        if len(found) == 1:
            pairs[name] = masks[found[0]]
        elif found:
            problems.append(Problem(where, f"the picture '{name}' has several masks, {' and '.join(found)}"))
        else:
            missing.append(name)
            rule = f"the picture '{name}' has no mask: '{layout.masks}' has no '{wanted}' with any suffix of pictures"
            hint = "; checks: {missing: drop} leaves such pictures out" if where.startswith("dataset.") else ""
            problems += [] if drops_missing else [Problem(where, rule + hint)]
    if missing and len(missing) == len(pictures):
        raise InputError(_unpaired(missing[0], list(masks), layout, where))
    if problems:
        raise InputError(problems[:_SHOWN])
    left.add("pictures without a mask", missing)
    rest = [name for names in by_stem.values() for name in names]
    called = [name for name in rest if _own_name(name, layout.mask_name) is not None]
    left.add("masks without a picture", called)
    others = [name for name in rest if name not in {*called, *pictures}]
    left.add(f"masks that are not called {layout.mask_name}", others, expected=True)
    return pairs


def _own_name(name: str, pattern: str) -> str | None:
    """What stands for ``{name}`` in the name of a file; ``None``: it is not called so."""
    before, after = pattern.split(_NAME)
    own = _stem(name).rpartition("/")[2]
    is_so = own.startswith(before) and own.endswith(after) and len(own) > len(before) + len(after)
    return own[len(before) : len(own) - len(after)] if is_so else None


def _unpaired(picture: str, masks: Sequence[str], layout: MasksSource, where: str) -> Problem:
    """No picture has a mask: they are called otherwise."""
    there = f"a mask there is '{masks[0]}', a picture '{picture}'" if masks else "there is none at all"
    keys = f"image_name and mask_name say how they are called, and are '{layout.image_name}' and '{layout.mask_name}'"
    return Problem(where, f"no picture has a mask in '{layout.masks}': {there}; {keys}")


def _stem(name: str) -> str:
    """Without the suffix."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix else name
