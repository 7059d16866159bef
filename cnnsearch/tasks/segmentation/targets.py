"""Masks as targets: they follow their pictures, and are stretched with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.tasks.contract.targets import Outputs, Strata
from cnnsearch.tasks.multilabel.strata import label_sets
from cnnsearch.tasks.segmentation.masks import VOID, Mask, nearest
from cnnsearch.tasks.segmentation.reading import read_masks

__all__ = ["MaskTargets", "known", "make", "read"]

_SHOWN = 10
"""Pictures that an error names."""


_TURNED = ": EXIF data turns a picture upright, and its mask must be upright too"
"""What may be the matter where height and width are exchanged."""


@dataclass(frozen=True, eq=False)
class MaskTargets:
    """A mask of each picture, which may be of different sizes.

    Attributes:
        masks: of each.
        names: of the classes.
        stacked: all of them, ``(n, height, width)`` uint8, where they are at hand already.
    """

    masks: tuple[Mask, ...]
    names: tuple[str, ...]
    stacked: np.ndarray | None = None

    @property
    def values(self) -> np.ndarray:
        """``(n, height, width)`` uint8, of masks of one size."""
        return self.at(np.arange(len(self.masks)), None) if self.stacked is None else self.stacked

    @property
    def outputs(self) -> Outputs:
        """Of masks of several sizes without places: those are known when the pictures are stretched."""
        shapes = {mask.shape for mask in self.masks} if self.stacked is None else {self.stacked.shape[1:]}
        places = shapes.pop() if len(shapes) == 1 else ()
        return Outputs(len(self.names), places, "uint8", places=places)

    @cached_property
    def pixels(self) -> np.ndarray:
        """``(n, classes)`` int64, how many of each picture are of each class."""
        masks = (mask.array for mask in self.masks) if self.stacked is None else iter(self.stacked)
        counted = [np.bincount(mask.ravel(), minlength=VOID + 1)[: len(self.names)] for mask in masks]
        return np.array(counted, np.int64).reshape(-1, len(self.names))

    @cached_property
    def strata(self) -> Strata:
        """By the sets of classes that pictures show."""
        found = label_sets((self.pixels > 0).astype(np.uint8), self.names)
        return Strata(found.members, found.names, "set of classes", "sets of classes")

    def told(self, index: int) -> str:
        return ", ".join(name for name, has in zip(self.names, self.pixels[index] > 0, strict=True) if has) or "void"

    def take(self, indices: np.ndarray) -> MaskTargets:
        masks = tuple(self.masks[index] for index in indices.tolist()) if self.masks else ()
        return replace(self, masks=masks, stacked=None if self.stacked is None else self.stacked[indices])

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
        """Stretched by the nearest pixel, as classes cannot be mixed."""
        if not len(indices):
            return np.zeros((0, *(size or self.outputs.places or (0, 0))), np.uint8)
        if self.stacked is not None:
            arrays = list(self.stacked[indices])
        else:
            arrays = [self.masks[index].array for index in indices.tolist()]
        return np.stack([mask if size in (None, mask.shape) else nearest(mask, size) for mask in arrays])

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """There must be two classes to tell apart, in training too."""
        if len(self.names) < 2:
            return [Problem("dataset", "needs masks of at least two classes", ", ".join(self.names))]
        parts = {"": self.pixels} | ({} if given is None else {" of the training split": self.pixels[given == "train"]})
        for whose, pixels in parts.items():
            there = np.flatnonzero(pixels.sum(axis=0))
            if not len(there):
                return [Problem("dataset", f"all masks{whose} are void: there is nothing to learn")]
            if len(there) < 2:
                rule = f"all masks{whose} show one class alone, so that there is nothing to tell apart"
                return [Problem("dataset", rule, self.names[there[0]])]
        return []

    @property
    def notes(self) -> tuple[str, ...]:
        """None: a mask is used as it is, or is an error."""
        return ()

    def placed(self, sizes: np.ndarray, name: Callable[[int], str], resizing: Resizing) -> MaskTargets:  # noqa: ARG002
        """See :class:`cnnsearch.tasks.contract.targets.Placed`; pictures with masks are stretched."""
        shapes = [mask.shape for mask in self.masks]
        wrong = [index for index, shape in enumerate(shapes) if shape != tuple(sizes[index].tolist())]
        problems = [
            Problem(
                "dataset",
                f"the mask of {name(index)} must have the size of its picture, {_size(sizes[index])}"
                + (_TURNED if shapes[index] == tuple(sizes[index, ::-1].tolist()) else ""),
                _size(shapes[index]),
            )
            for index in wrong[:_SHOWN]
        ]
        if problems:
            raise InputError(problems)
        return self

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """``pixels`` maps each split to class -> share of its pixels, ``labels`` to class -> pictures that show it."""
        strata = self.strata
        counts, pixels, labels = {}, {}, {}
        for split, members in splits.items():
            numbers = np.bincount(strata.members[members], minlength=len(strata.names))
            counts[split] = dict(zip(strata.names, numbers.tolist(), strict=True))
            of = self.pixels[members]
            total = max(int(of.sum()), 1)
            pixels[split] = dict(zip(self.names, (of.sum(axis=0) / total).tolist(), strict=True))
            labels[split] = dict(zip(self.names, (of > 0).sum(axis=0).tolist(), strict=True))
        told = {"outputs": list(self.names), "counts": counts, "pixels": pixels, "labels": labels}
        notes = self._notes(labels)
        return {**told, "notes": notes} if notes else told

    def _notes(self, labels: Mapping[str, Mapping[str, int]]) -> list[str]:
        found = []
        judging = [labels.get(split, {}) for split in ("validation", "test")]
        judged = {name for of in judging for name, pictures in of.items() if pictures}
        for split in ("train", "validation", "test"):
            absent = [name for name, pictures in labels.get(split, {}).items() if not pictures]
            if absent and sum(labels[split].values()):
                nothing = ", and counts as 0 in the means of what judges" if judged & {*absent} else ""
                is_train = split == "train"
                what = f"cannot be learnt{nothing}" if is_train else "is judged there only where it is told wrongly"
                found.append(f"no mask for {split} shows {', '.join(absent)}, so that it {what}")
        void = int((self.pixels.sum(axis=1) == 0).sum())
        if void:
            found.append(f"{void} of {len(self.masks)} masks are all void: nothing is learnt from them")
        return found

    def content(self) -> bytes:
        return hashlib.sha256(b"".join(mask.digest for mask in self.masks)).digest()


def _size(sides: Sequence[int]) -> str:
    return "{} x {}".format(*sides)


def make(values: np.ndarray, names: tuple[str, ...]) -> MaskTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return MaskTargets((), names, values)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:  # noqa: ARG001 - of all classes
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`."""
    masks, names = read_masks(labels)
    return ReadTargets(MaskTargets(masks, names), np.arange(len(masks)))


def known(labels: RawLabels, names: tuple[str, ...]) -> MaskTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    return MaskTargets(read_masks(labels, names)[0], names)
