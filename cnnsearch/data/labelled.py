"""Labelled pictures that a trained model has not seen, for ``cnnsearch evaluate``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnsearch.data.dataset import placed
from cnnsearch.data.groups import groups_by_name, shared_groups
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.archive import is_archive, list_archive
from cnnsearch.data.sources.arrays import checked_groups, checked_pair, read_npz
from cnnsearch.data.sources.boxes.boxes import list_boxes
from cnnsearch.data.sources.boxes.coco_outlines import list_coco_outlines
from cnnsearch.data.sources.excerpts import excerpted
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.folders import list_directory
from cnnsearch.data.sources.keys import (
    IMAGE_COLUMN,
    PATH_COLUMN,
    SPLIT_COLUMN,
    Columns,
    FolderSource,
    MaskedSource,
    PicturesSource,
    TiledSource,
)
from cnnsearch.data.sources.masks import list_masks
from cnnsearch.data.sources.npz_keys import npz_keys, take_groups
from cnnsearch.data.sources.spec import CocoSource, MasksSource, NpzSource, Source, UrlSource
from cnnsearch.data.sources.split_names import SPLITS
from cnnsearch.data.sources.tables.parquet import list_parquet, parquet_files
from cnnsearch.data.sources.tables.parquet_file import ParquetFile
from cnnsearch.data.sources.tables.tables import list_csv, read_columns
from cnnsearch.data.upright import turned_notes
from cnnsearch.data.written_split import is_written, written_split
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.jpeg import Decoding
from cnnsearch.inputs.pictures.letterbox import Resizing, frames
from cnnsearch.inputs.pictures.opening import open_files
from cnnsearch.inputs.pictures.pictures import ArrayPictures, Pictures, Size
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange, as_trained
from cnnsearch.tasks import DEFAULT_TASK
from cnnsearch.tasks.contract.targets import Placed, Targets
from cnnsearch.tasks.task import TaskSpec

__all__ = ["Labelled", "load_labelled"]

_LOG = logging.getLogger("cnnsearch")

_WHERE = "DATA"

_TABLES = (".csv", ".tsv", ".txt")


class Labelled(NamedTuple):
    """Labelled pictures as a model takes them.

    Attributes:
        x: ``(n, height, width, channels)`` in the values of its training.
        y: ``(n, ...)``, targets at rest.
        unreadable: files that cannot be read, as ``name: reason``, and what else was left out, by kind.
        group_of: ``(n,)``, the number of the group of each; ``None``: each is by itself.
    """

    x: np.ndarray
    y: np.ndarray
    unreadable: tuple[str, ...]
    group_of: np.ndarray | None = None


def load_labelled(
    path: str,
    names: Sequence[str],
    channels: int,
    size: Size,
    trained: ValueRange = FILE_VALUES,
    tables: Sequence[Columns] = (),
    task: TaskSpec = DEFAULT_TASK,
    decoding: Decoding = "full",
    resizing: Resizing = "stretch",
    source: Source | None = None,
) -> Labelled:
    """Read labelled pictures for a model; where the data has a test split, that one alone.

    Args:
        path: a folder with a sub-folder a class, or of masks or boxes as in training, of these also a ``.json`` file; a
            ``.csv``, ``.tsv``, ``.txt`` or ``.parquet`` file with the columns of one of ``tables``, or with ``path``
            (of Parquet ``image``) and ``label`` (of a task without classes: a column for each of ``names``); or a
            ``.npz`` file with ``x_test, y_test`` or ``x, y``, or one of :func:`cnnsearch.split`.
        names: what the model's outputs stand for.
        channels: of the model's input.
        size: ``(height, width)`` of the model's input, to which the pictures are brought.
        trained: the values that the model was trained on.
        tables: how the table that the model was trained on was read; empty where it was none.
        task: of the model.
        decoding, resizing: how the pictures of its training were decoded, and brought to that size.
        source: of its training, which says what values of masks mean, and how files of masks or boxes are laid out.

    Raises:
        InputError: the data cannot be read, has splits and none for the test, a class that the model does not know, or
            other channels or values.
    """
    if Path(path).suffix.lower() == ".npz":
        x, targets, left_out, of = _of_arrays(path, names, task, source)
        _check_tiles(x, size, source)
        pictures: Pictures = ArrayPictures(_with_channels(x, channels), resizing=resizing)
        unreadable: tuple[str, ...] = ()
        notes: tuple[str, ...] = ()
    else:
        listing = _listing(path, tables, names, task, source)
        if task.reads == "masks":
            tiles = source.tiles if isinstance(source, TiledSource) else None
            listing = excerpted(listing, tiles, _WHERE, is_grouped=True)  # nothing is split here
        targets = task.known(_as_trained(listing.labels, source), names)
        pictures, kept, unreadable = open_files(listing.files, channels, size, decoding, resizing)
        targets, left_out, notes = targets.take(kept), listing.left_out, listing.notes
        groups = _groups(listing, tables, source)
        of = None if groups is None else shared_groups([groups[index] for index in kept])
    if not len(pictures):
        raise InputError(Problem(_WHERE, f"none of the pictures can be read: {', '.join(unreadable[:5])}", path))
    targets = placed(targets, pictures)
    told = targets.notes if isinstance(targets, Placed) else ()
    for note in (*notes, *told, *pictures.altered, *turned_notes(targets, pictures)):
        _LOG.warning("%s", note)
    everything = np.arange(len(pictures))
    x = as_trained(pictures.read(everything, size), pictures.values(everything), trained, _WHERE)
    x = frames(pictures.sizes, size, resizing).blanked(x)
    return Labelled(x, targets.at(everything, size), (*unreadable, *map(str, left_out)), of)


def _as_trained(labels: RawLabels, source: Source | None) -> RawLabels:
    """With what the values of masks meant in training."""
    return replace(labels, masks=source.mask_reading) if isinstance(source, MaskedSource) else labels


def _listing(
    path: str, tables: Sequence[Columns], names: Sequence[str], task: TaskSpec, source: Source | None
) -> Listing:
    if task.reads == "boxes":
        return _test_split(list_boxes(path, source, _WHERE), path)
    if Path(path).suffix.lower() in _TABLES:
        of = _columns_there(set(read_columns(path, (*tables, Columns()), _WHERE)), tables, PATH_COLUMN, names, task)
        return _test_split(list_csv(path, of, _WHERE), path)
    if Path(path).suffix.lower() == ".parquet":
        there = {name for file in parquet_files(path, _WHERE) for name in ParquetFile(file, _WHERE).columns}
        usual = PATH_COLUMN if PATH_COLUMN in there and IMAGE_COLUMN not in there else IMAGE_COLUMN
        return _test_split(list_parquet(path, _columns_there(there, tables, usual, names, task), _WHERE), path)
    if task.reads == "masks" and (isinstance(source, CocoSource) or Path(path).suffix.lower() == ".json"):
        images = source.images if isinstance(source, CocoSource) else "."
        return _test_split(list_coco_outlines(path, images, _WHERE), path)
    if task.reads == "masks":
        layout = source if isinstance(source, MasksSource) else MasksSource(source="masks", path=path)
        return _test_split(list_masks(path, layout, _WHERE), path)
    if Path(path).is_file() and not is_archive(Path(path)):
        rule = "must be a folder with a sub-folder a class, an archive of one, or a .csv, .parquet or .npz file"
        raise InputError(Problem(_WHERE, rule, path))
    recursive = source.recursive if isinstance(source, FolderSource) else True
    if Path(path).is_file():
        return _test_split(list_archive(path, _WHERE, recursive), path)
    return _test_split(list_directory(path, _WHERE, recursive), path)


def _columns_there(
    there: set[str], tables: Sequence[Columns], usual: str, names: Sequence[str], task: TaskSpec
) -> Columns:
    """Those of a table that has some: the study's, else one for each output, or of classes those that are usual."""
    found = _usual_columns(there, tables, usual, names, task)
    return found._replace(group=next((of.group for of in tables if of.group in there), None))


def _usual_columns(
    there: set[str], tables: Sequence[Columns], usual: str, names: Sequence[str], task: TaskSpec
) -> Columns:
    own = [of._replace(split=SPLIT_COLUMN, weight=None) for of in tables]
    for of in own:
        if {of.path, *of.labels} <= there:
            return of
    separator = own[0].separator if own else None
    if task.reads == "masks":
        return Columns(usual, own[0].labels if own else ("mask",))
    if task.has_classes or (separator is not None and not {*names} <= there):
        return Columns(usual, separator=separator)
    decimal = own[0].decimal if own else None
    return Columns(next((of.path for of in own if of.path in there), usual), tuple(names), decimal=decimal)


def _test_split(listing: Listing, path: str) -> Listing:
    """The test split, where there are splits: others hold pictures that the model was trained on or chosen by.

    Raises:
        InputError: there are splits, and none of them is for the test.
    """
    if listing.given is None:
        return listing
    chosen = [index for index, split in enumerate(listing.given) if split == "test"]
    if not chosen:
        splits = " and ".join(split for split in SPLITS if split in listing.given)
        rule = f"has pictures for {splits}, and none for the test: name what is to be evaluated, a folder with a "
        raise InputError(Problem(_WHERE, rule + "sub-folder a class, or a table of its own", path))
    return Listing(
        tuple(listing.files[index] for index in chosen),
        listing.labels.take(chosen),
        left_out=listing.left_out,
        notes=listing.notes,
        groups=None if listing.groups is None else tuple(listing.groups[index] for index in chosen),
    )


def _groups(listing: Listing, tables: Sequence[Columns], source: Source | None) -> Sequence[str] | None:
    """By what those of the training were told: names of files, or a column; ``None``: nothing tells them."""
    alone = "intervals take each picture as one by itself"
    pattern = source.group if isinstance(source, PicturesSource) else None
    if pattern is not None:
        try:
            return groups_by_name(pattern, listing.of_files or [file.name for file in listing.files])
        except InputError as error:
            _LOG.warning("%s: dataset.group, '%s', %s", alone, pattern, error.problems[0].rule)
    columns = {of.group for of in tables if of.group is not None}
    if columns and listing.groups is None:
        _LOG.warning("%s: the data has no column '%s' of groups", alone, columns.pop())
    if _group_array(source) is not None:
        _LOG.warning("%s: the study's groups are of the array '%s' of a .npz file", alone, _group_array(source))
    return listing.groups


def _group_array(source: Source | None) -> str | None:
    return source.group_array if isinstance(source, (NpzSource, UrlSource)) else None


def _of_arrays(
    path: str, names: Sequence[str], task: TaskSpec, source: Source | None
) -> tuple[np.ndarray, Targets, tuple[LeftOut, ...], np.ndarray | None]:
    """Pictures, targets, what is not read, and which pictures belong together."""
    arrays = read_npz(path, _WHERE)
    if is_written(arrays):
        x, targets, of = written_split(arrays, names, task, _WHERE, path)
        return x, targets, (), of
    name = _group_array(source)
    groups = {} if name is None else take_groups(arrays, name, _WHERE, path)
    x, labels, left_out, split = _pair_in(arrays, path)
    of = None
    if split in groups:
        of = shared_groups(checked_groups(groups[split], f"{path}: {name}", len(x)))
    elif name is not None:
        _LOG.warning("intervals take each picture as one by itself: the data has no array '%s'", name)
    return x, task.known(_as_trained(labels, source), names), left_out, of


def _pair_in(arrays: dict[str, np.ndarray], path: str) -> tuple[np.ndarray, RawLabels, tuple[LeftOut, ...], str]:
    """Pictures, labels, what is not read, and which split it is: ``train`` where all is ``x`` and ``y``."""
    keys = npz_keys(arrays, _WHERE, path)
    split = "test" if "test" in keys.pairs or not keys.is_whole else "train"
    x, y = keys.pairs.get(split, ("", ""))
    if not x:
        found = ", ".join(sorted(arrays)) or "none"
        raise InputError(Problem(_WHERE, f"needs the arrays x and y, or x_test and y_test; it has: {found}", path))
    pictures, labels = checked_pair(f"{path}: {x}", arrays[x], f"{path}: {y}", arrays[y])
    return pictures, RawLabels(((f"{path}: {y}", labels),)), keys.left_out, split


def _check_tiles(x: np.ndarray, size: Size, source: Source | None) -> None:
    """Whether arrays are what a model of tiles was trained on, or tiles in its ``size``, as a split file has them."""
    tiles = source.tiles if isinstance(source, TiledSource) else None
    if tiles is not None and x.shape[1:3] not in (tiles.size, size):
        of = "{} x {}".format(*tiles.size)
        rule = f"the model was trained on tiles of {of}, and arrays are not cut: give files, or arrays of that size"
        raise InputError(Problem(_WHERE, rule, list(x.shape[1:3])))


def _with_channels(x: np.ndarray, channels: int) -> np.ndarray:
    if x.shape[3] == channels:
        return x
    if x.shape[3] == 1 and channels == 3:
        return np.repeat(x, 3, axis=3)
    raise InputError(Problem(_WHERE, f"the model takes pictures of {channels} channels", f"{x.shape[3]} channels"))
