"""Boxes as targets: they follow their pictures, also where these are resized."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.letterbox import Resizing, frames
from cnnsearch.tasks.contract.targets import Outputs, Strata
from cnnsearch.tasks.detection.boxes import CLASS, NOTHING, PIXELS, resized, stacked
from cnnsearch.tasks.detection.placing import Placing, placed
from cnnsearch.tasks.detection.reading import ReadBoxes, read_boxes
from cnnsearch.tasks.multilabel.strata import label_sets

__all__ = ["BoxTargets", "known", "make", "read"]


@dataclass(frozen=True, eq=False)
class BoxTargets:
    """The boxes of each picture.

    Attributes:
        values: ``(n, most, 6)`` float32, see :mod:`cnnsearch.tasks.detection.boxes`.
        names: of the classes.
        sizes: ``(n, 2)`` height and width of the pictures as they lie; ``None``: they are not known, and all is at
            rest.
        placing: what must be known of boxes before the sizes of their pictures are; ``None``: all is known.
        notes: what was done when these were, a sentence each.
        resizing: how the pictures are brought to the size of a network.
    """

    values: np.ndarray
    names: tuple[str, ...]
    sizes: np.ndarray | None = None
    placing: Placing | None = None
    notes: tuple[str, ...] = ()
    resizing: Resizing = "stretch"

    @property
    def outputs(self) -> Outputs:
        return Outputs(len(self.names), self.values.shape[1:], "float32")

    @cached_property
    def boxes(self) -> np.ndarray:
        """``(n, classes)`` int64, how many of each picture are of each class."""
        found = np.zeros((len(self.values), len(self.names)), np.int64)
        pictures, rows = np.nonzero(self.values[..., CLASS] >= 0)
        np.add.at(found, (pictures, self.values[pictures, rows, CLASS].astype(int)), 1)
        return found

    @cached_property
    def strata(self) -> Strata:
        """By the sets of classes that pictures show."""
        found = label_sets((self.boxes > 0).astype(np.uint8), self.names, "no box")
        return Strata(found.members, found.names, "set of classes", "sets of classes")

    def told(self, index: int) -> str:
        counted = zip(self.names, self.boxes[index].tolist(), strict=True)
        return ", ".join(name if count == 1 else f"{count} {name}" for name, count in counted if count) or "no box"

    def take(self, indices: np.ndarray) -> BoxTargets:
        sizes = None if self.sizes is None else self.sizes[indices]
        placing = None if self.placing is None else self.placing.take(indices)
        return replace(self, values=self.values[indices], sizes=sizes, placing=placing)

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
        """Stretched or letterboxed as their pictures are."""
        if size is None or self.sizes is None:
            return np.asarray(self.values[indices])
        return resized(self.values[indices], frames(self.sizes[indices], size, self.resizing))

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """There must be boxes, in training and validation too."""
        if not self.boxes.sum():
            return [Problem("dataset", "no picture has a box: there is nothing to learn")]
        if given is None:
            return []
        if not self.boxes[given == "train"].sum():
            return [Problem("dataset", "no picture for training has a box: there is nothing to learn")]
        judging = self.take(np.flatnonzero(given == "validation"))
        if len(judging.values) and judging.nothing_to_judge:
            return [Problem("dataset", f"no picture for validation {judging.nothing_to_judge}")]
        return []

    @property
    def nothing_to_judge(self) -> str | None:
        """See :class:`cnnsearch.tasks.contract.targets.Judging`."""
        return None if self.boxes.sum() else "has a box: there is nothing to judge by"

    def placed(self, sizes: np.ndarray, name: Callable[[int], str], resizing: Resizing) -> BoxTargets:
        """See :class:`cnnsearch.tasks.contract.targets.Placed`."""
        if self.placing is None:
            return replace(self, sizes=sizes, resizing=resizing)
        found = placed(self.values, self.placing, sizes, name)
        notes = (*self.notes, *found.notes)
        return replace(self, values=found.rows, sizes=sizes, placing=None, notes=notes, resizing=resizing)

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """``boxes`` maps each split to class -> its boxes, ``labels`` to class -> pictures that show it."""
        strata = self.strata
        counts, boxes, labels = {}, {}, {}
        for split, members in splits.items():
            numbers = np.bincount(strata.members[members], minlength=len(strata.names))
            of = self.boxes[members]
            counts[split] = dict(zip(strata.names, numbers.tolist(), strict=True))
            boxes[split] = dict(zip(self.names, of.sum(axis=0).tolist(), strict=True))
            labels[split] = dict(zip(self.names, (of > 0).sum(axis=0).tolist(), strict=True))
        told = {"outputs": list(self.names), "counts": counts, "boxes": boxes, "labels": labels}
        notes = [*self.notes, *self._notes(labels)]
        return {**told, "notes": notes} if notes else told

    def _notes(self, labels: Mapping[str, Mapping[str, int]]) -> list[str]:
        found = []
        judging = [labels.get(split, {}) for split in ("validation", "test")]
        judged = {name for of in judging for name, pictures in of.items() if pictures}
        for split in ("train", "validation", "test"):
            absent = [name for name, pictures in labels.get(split, {}).items() if not pictures]
            if absent and sum(labels[split].values()):
                nothing = ", and counts as 0 in the means of what judges" if judged & {*absent} else ""
                what = f"cannot be learnt{nothing}" if split == "train" else "is not judged there"
                found.append(f"no picture for {split} has a box of {', '.join(absent)}, so that it {what}")
        empty = int((self.values[..., CLASS] == NOTHING).all(axis=1).sum())
        if empty:
            found.append(f"{empty:,} of {len(self.boxes):,} pictures have no box: any that is found there is wrong")
        return found

    def content(self) -> bytes:
        rows = self.values[..., :PIXELS].astype("<f4")
        return hashlib.sha256(repr(rows.shape).encode() + rows.tobytes()).digest()


def make(values: np.ndarray, names: tuple[str, ...]) -> BoxTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return BoxTargets(values, names)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:  # noqa: ARG001 - of all classes
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`."""
    found = read_boxes(labels)
    if not found.names:
        raise InputError(Problem(labels.parts[0][0], "has no boxes: there is nothing to learn"))
    return ReadTargets(_targets(found), np.arange(len(found.pictures)), found.notes)


def known(labels: RawLabels, names: tuple[str, ...]) -> BoxTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    found = read_boxes(labels, names)
    return replace(_targets(found), notes=found.notes)


def _targets(found: ReadBoxes) -> BoxTargets:
    most = max(1, max(map(len, found.pictures), default=1))
    placing = Placing(found.marks, found.sizes, found.is_relative)
    return BoxTargets(stacked(found.pictures, most), found.names, placing=placing)
