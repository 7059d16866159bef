"""Pictures that are there more than once, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.folds import Folds
    from cnnsearch.data.split import Split

__all__ = ["Copies", "exact_copies"]

_SHOWN = 5
"""Pictures that are named of each kind."""

_PAIRS = (("validation", "train"), ("test", "train"), ("test", "validation"))


@dataclass(frozen=True)
class Copies:
    """Exact copies of one kind.

    Attributes:
        kind: ``across``: pictures of ``held`` that are in ``seen`` too; ``labels``: pictures that stand under more than
            one class; ``repeated``: pictures that are copies of an earlier one of their class and split.
        count: pictures of that kind.
        total: of so many.
        names: some of them.
        held, seen: names of two splits, for ``across``.
    """

    kind: Literal["across", "labels", "repeated"]
    count: int
    total: int
    names: tuple[str, ...]
    held: str = ""
    seen: str = ""

    def to_dict(self) -> dict[str, Any]:
        splits = {"held": self.held, "seen": self.seen} if self.kind == "across" else {}
        return {"kind": self.kind, "count": self.count, "total": self.total, "names": list(self.names), **splits}

    @classmethod
    def from_dict(cls, line: Mapping[str, Any]) -> Copies:
        splits = (line["held"], line["seen"]) if line["kind"] == "across" else ()
        return cls(line["kind"], line["count"], line["total"], tuple(line["names"]), *splits)


def exact_copies(dataset: Dataset, split: Split) -> tuple[Copies, ...]:
    """All kinds that there are, copies across splits first."""
    places: dict[bytes, list[int]] = {}
    for index, digest in enumerate(dataset.pictures.digests):
        places.setdefault(digest, []).append(index)
    groups = [members for members in places.values() if len(members) > 1]
    if not groups:
        return ()
    members = {"train": split.train, "validation": split.validation, "test": split.test}
    in_split = np.empty(len(dataset.pictures), dtype=object)
    for name, indices in members.items():
        in_split[indices] = name
    kinds = [_across(dataset, groups, in_split, held, seen, len(members[held])) for held, seen in _PAIRS]
    kinds += [] if split.folds is None else [_across_folds(dataset, groups, split.train, split.folds)]
    kinds += [_labels(dataset, groups), _repeated(dataset, groups, in_split)]
    return tuple(copies for copies in kinds if copies.count)


def _across(
    dataset: Dataset, groups: list[list[int]], in_split: np.ndarray, held: str, seen: str, total: int
) -> Copies:
    pairs = [
        (index, first)
        for group in groups
        for first in [next((index for index in group if in_split[index] == seen), None)]
        for index in group
        if first is not None and in_split[index] == held
    ]
    return Copies("across", len(pairs), total, _pairs(dataset, pairs), held, seen)


def _across_folds(dataset: Dataset, groups: list[list[int]], members: np.ndarray, folds: Folds) -> Copies:
    """Pictures that judge a training which has a copy of them: those with a copy in another fold."""
    fold_of = np.full(len(dataset.pictures), -1)
    fold_of[members] = folds.partitions[0]
    pairs = [
        (index, other)
        for group in groups
        for index in group
        for other in [next((each for each in group if -1 != fold_of[each] != fold_of[index] != -1), None)]
        if other is not None
    ]
    return Copies("across", len(pairs), len(members), _pairs(dataset, pairs), "validation", "train")


def _labels(dataset: Dataset, groups: list[list[int]]) -> Copies:
    several = [group for group in groups if len({_target(dataset, index) for index in group}) > 1]
    names = tuple(", ".join(_labelled(dataset, group)) for group in several[:_SHOWN])
    return Copies("labels", sum(map(len, several)), len(dataset.pictures), names)


def _labelled(dataset: Dataset, group: list[int]) -> Iterator[str]:
    """One picture of each target."""
    first = {_target(dataset, index): index for index in reversed(group)}
    for target in sorted(first):
        yield f"{dataset.pictures.name(first[target])} ({dataset.targets.told(first[target])})"


def _target(dataset: Dataset, index: int) -> tuple[float, ...]:
    """Of one picture, to be compared."""
    return tuple(np.ravel(dataset.targets.values[index]).tolist())


def _repeated(dataset: Dataset, groups: list[list[int]], in_split: np.ndarray) -> Copies:
    later: list[tuple[int, int]] = []
    for group in groups:
        first: dict[tuple[str, tuple[float, ...]], int] = {}
        for index in group:
            before = first.setdefault((in_split[index], _target(dataset, index)), index)
            if before != index:
                later.append((index, before))
    return Copies("repeated", len(later), len(dataset.pictures), _pairs(dataset, later))


def _pairs(dataset: Dataset, pairs: list[tuple[int, int]]) -> tuple[str, ...]:
    """Two names each; one where a table names the same file twice."""
    named = [(dataset.pictures.name(one), dataset.pictures.name(other)) for one, other in pairs[:_SHOWN]]
    return tuple(one if one == other else f"{one} = {other}" for one, other in named)
