"""Examined: a data set while it is looked at, with what several checks need."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from cnnsearch.data.checks.alike import Alike, alike_pictures
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.groups import joined_groups
from cnnsearch.inputs.pictures.excerpts import Excerpt
from cnnsearch.inputs.pictures.pictures import FilePictures
from cnnsearch.inputs.pictures.traits import LEAST_SIDE, traits_of
from cnnsearch.inputs.texts.texts import Texts

__all__ = ["Examined", "Sets"]

Sets = Sequence[tuple[int, ...]]
"""Indices of pictures, ascending, those that belong together in one."""


class Examined:
    """A data set, and what is computed of it at most once.

    Args:
        dataset: that is looked at.
        is_own_split: the user divided it, and not whoever published it.
    """

    def __init__(self, dataset: Dataset, is_own_split: bool = True) -> None:
        self.dataset = dataset
        self.is_own_split = is_own_split and dataset.given is not None

    def __len__(self) -> int:
        return len(self.dataset.pictures)

    @functools.cached_property
    def traits(self) -> np.ndarray:
        """See :data:`~cnnsearch.inputs.pictures.traits.TRAITS`."""
        return traits_of(self.dataset.pictures)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts; none where the data are pictures."""
        pictures = self.dataset.pictures
        return pictures.texts if isinstance(pictures, Texts) else ()

    @functools.cached_property
    def copies(self) -> Sets:
        """Pictures that are the same by their files, or by their pixels in their own size; not blank parts of files."""
        by_file: dict[bytes, list[int]] = {}
        blank = self._blank_parts
        for index, digest in enumerate(self.dataset.pictures.digests):
            if index not in blank:
                by_file.setdefault(digest, []).append(index)
        if isinstance(self.dataset.pictures, Texts):
            return sets_of(len(self), [*by_file.values()])
        by_looks: dict[bytes, list[int]] = {}
        sizes = self.dataset.pictures.sizes
        for first, *_ in by_file.values():
            looks = self.traits[first].tobytes() + sizes[first].tobytes()
            by_looks.setdefault(looks, []).append(first)
        by_pixels: dict[bytes, list[int]] = {}
        for looks, alike in by_looks.items():
            for index in alike if len(alike) > 1 else ():
                by_pixels.setdefault(looks + self._pixels(index), []).append(index)
        return sets_of(len(self), [*by_file.values(), *by_pixels.values()])

    @functools.cached_property
    def alike(self) -> Alike:
        """Pictures that look nearly the same, of those that are large enough and not blank."""
        large = np.flatnonzero(self.dataset.pictures.sizes.min(axis=1) >= LEAST_SIDE)
        return alike_pictures(self.traits[large], large)

    @functools.cached_property
    def near_copies(self) -> Sets:
        """Pictures that look nearly the same with their exact copies; nothing where too many do, nor of texts."""
        if isinstance(self.dataset.pictures, Texts):
            return []
        return [] if self.alike.is_everywhere else sets_of(len(self), [*self.copies, *self.alike.pairs.tolist()])

    @property
    def _blank_parts(self) -> set[int]:
        """What lies beside a scan, or above it: large pictures and stacks are not the same because of it."""
        pictures = self.dataset.pictures
        if not isinstance(pictures, FilePictures):
            return set()
        parts = [index for index, path in enumerate(pictures.paths) if isinstance(path, Excerpt)]
        flat = self.traits["high"] == self.traits["low"] if parts else []
        return {index for index in parts if flat[index]}

    def _pixels(self, index: int) -> bytes:
        pictures = self.dataset.pictures
        height, width = pictures.sizes[index].tolist()
        return hashlib.sha256(pictures.read(np.array([index]), (height, width)).data).digest()


def sets_of(count: int, together: Iterable[Sequence[int]]) -> Sets:
    """Sets of more than one picture, from such of which several may overlap."""
    groups = joined_groups(count, None, (each for each in together if len(each) > 1))
    if groups is None:
        return []
    found: dict[int, list[int]] = {}
    for index, group in enumerate(groups.tolist()):
        found.setdefault(group, []).append(index)
    return [tuple(members) for members in found.values() if len(members) > 1]
