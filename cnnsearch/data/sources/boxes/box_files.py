"""Pictures with their boxes, as they stand in files beside them: what the sources of boxes share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_boxes import PictureBoxes, RawBoxes
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.class_files import class_files, holds_pictures, is_hidden
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.split_names import SPLITS, split_named
from cnnsearch.data.sources.tree import DiskFolder
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile

__all__ = ["SHOWN", "Boxed", "pictures_below", "split_folders", "told_apart"]

_File = TypeVar("_File")

SHOWN = 10
"""Problems that an error names."""


@dataclass
class Boxed:
    """Gathers pictures and their boxes.

    Attributes:
        where: what messages call the data.
        unit: see :class:`~cnnsearch.data.raw_boxes.RawBoxes`.
        left: what takes no part.
        notes: what must be told, a sentence each.
    """

    where: str
    unit: Literal["pixels", "shares"] = "pixels"
    left: Leftovers = field(default_factory=Leftovers)
    notes: list[str] = field(default_factory=list)
    _files: list[PictureFile] = field(default_factory=list)
    _boxes: list[PictureBoxes] = field(default_factory=list)
    _given: list[str] = field(default_factory=list)

    def add(self, file: PictureFile, boxes: PictureBoxes, split: str = "") -> None:
        """One picture; ``split`` where the data tells one."""
        self._files.append(file)
        self._boxes.append(boxes)
        self._given.append(split)

    def one_of_a_name(self, files: Mapping[str, _File], boxes: Callable[[_File], str]) -> dict[str, _File]:
        """Without pictures whose boxes are those of an earlier one, which is called the same but for its suffix.

        Args:
            files: name -> the picture, in natural order.
            boxes: what the file of its boxes is known by.
        """
        first: dict[str, str] = {}
        for name, file in files.items():
            if first.setdefault(boxes(file), name) != name:
                told = f"{name} beside {first[boxes(file)]}"
                self.left.add("pictures that share the file of their boxes with another one", [told])
        return {name: files[name] for name in first.values()}

    def listing(self, names: Sequence[str] = ()) -> Listing:
        """All of them.

        Args:
            names: of the classes in their order; left out, they follow from the boxes.

        Raises:
            InputError: there are none.
        """
        if not self._files:
            raise InputError(Problem(self.where, "names no pictures"))
        labels = RawLabels(
            ((self.where, np.arange(len(self._files))),),
            known=self._used(names),
            boxes=RawBoxes(tuple(self._boxes), self.unit),
        )
        given = tuple(self._given) if any(self._given) else None
        return Listing(told_apart(self._files), labels, given, self.left.by_kind(), tuple(self.notes))

    def _used(self, names: Sequence[str]) -> tuple[str, ...]:
        """Without those that no box is of."""
        there = {name for each in self._boxes for name in each.objects}
        self.left.add("classes that no box is of", [name for name in names if name not in there], expected=True)
        return tuple(name for name in names if name in there)


def told_apart(files: Sequence[PictureFile]) -> tuple[PictureFile, ...]:
    """The files, by their paths below the folder that holds all where a name is that of several, as in two splits."""
    if len({file.name for file in files}) == len(files):
        return tuple(files)
    paths = [os.path.abspath(str(file.path)) for file in files]
    root = os.path.commonpath([os.path.dirname(path) for path in paths])
    return tuple(
        replace(file, name=Path(path).relative_to(root).as_posix()) for file, path in zip(files, paths, strict=True)
    )


def split_folders(root: Path, where: str, left: Leftovers) -> dict[str, Path]:
    """Split -> the folder in ``root`` that is called so; empty where there are none.

    Other folders that have pictures are left out where there are some.

    Raises:
        InputError: two are for one split.
    """
    found: dict[str, Path] = {}
    others = []
    for folder in sorted(each for each in root.iterdir() if each.is_dir()):
        split = split_named(folder.name)
        if split is not None and split in found:
            rule = f"'{found[split].name}' and '{folder.name}' are both a folder for {split}; keep one of them"
            raise InputError(Problem(where, rule, str(root)))
        if split is not None:
            found[split] = folder
        elif not is_hidden(folder.name) and holds_pictures(DiskFolder(folder)):
            others.append(folder.name)
    if found:
        left.add("folders with pictures whose names are no splits", others)
    return {split: found[split] for split in SPLITS if split in found}


def pictures_below(folder: Path, where: str, left: Leftovers, beside: str) -> Mapping[str, Path]:
    """Name within the folder -> its file, of all pictures at any depth.

    Args:
        folder: of the pictures.
        where: what messages call the data.
        left: gets what else is in it.
        beside: suffix of the files of boxes, which may lie in it and are told of by whoever reads these.

    Raises:
        InputError: there are none.
    """
    if not folder.is_dir():
        raise InputError(Problem(where, "there is no such folder", str(folder)))
    found = class_files(DiskFolder(folder), left, beside).pictures
    if not found:
        raise InputError(Problem(where, "has no pictures", str(folder)))
    return {name: Path(path) for name, path in found.items()}
