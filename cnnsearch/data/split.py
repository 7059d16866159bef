"""Which pictures train, which choose, which judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.data.folds import Folds, check_folds, divided
from cnnsearch.data.grouped_draw import grouped_draw
from cnnsearch.data.strata import allocate, draw
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Placed, Strata

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset

__all__ = ["Split", "folded", "outer_fold", "outer_folds", "split_dataset"]

_OUTER = 0x0A7E
"""Tells the draw of outer folds from all others that are made of a seed."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which pictures train, which choose, which judge.

    Attributes:
        train, validation, test: indices, ascending, int64. ``test`` is empty where there is none.
        folds: how the training pictures are divided, where each of them trains and judges in its turn: then
            ``validation`` is ``train``.
        is_nested: other searches of nested cross-validation have some of the same pictures, and what a frozen network
            gives of these is shared with them.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    folds: Folds | None = None
    is_nested: bool = False

    @property
    def trained(self) -> int:
        """Pictures that the smallest training of a trial has."""
        return len(self.train) if self.folds is None else self.folds.trained

    @property
    def together(self) -> int:
        """Pictures of training and validation."""
        return len(self.train) + (len(self.validation) if self.folds is None else 0)


def split_dataset(
    dataset: Dataset, validation: float, test: float, seed: int, held_out: np.ndarray | None = None
) -> Split:
    """Split by stratum of the targets and seed: every one is in every split, within one picture of its share.

    Pictures of one group are never divided; then the shares are as near as the groups allow.

    A split that the source brings is used as it is: one that brings a validation split has no test split but its own,
    and one that brings only a test split has its validation share drawn from its training pictures.

    Args:
        dataset: what to split.
        validation: share for validation, above 0.
        test: share for the test split, 0 for none.
        seed: of the draw.
        held_out: indices, ascending, of an outer fold: that is the test split, in the place of a share of all.

    Raises:
        InputError: a stratum has fewer pictures, or pictures of fewer groups, than there are splits, or a share is less
            than a picture of each.
    """
    everything = np.arange(len(dataset.pictures), dtype=np.int64)
    rng = np.random.default_rng(seed)
    if held_out is not None:
        others = np.setdiff1d(everything, held_out)
        train, judging = _hold_out(dataset, others, {"validation": validation}, rng)
        return Split(train, judging, held_out)
    if dataset.given is None:
        shares = {"validation": validation} | ({"test": test} if test else {})
        train, *held = _hold_out(dataset, everything, shares, rng)
        return Split(train, held[0], held[1] if test else everything[:0])
    given = {name: np.flatnonzero(dataset.given == name).astype(np.int64) for name in ("train", "validation", "test")}
    if not len(given["validation"]):
        given["train"], given["validation"] = _hold_out(dataset, given["train"], {"validation": validation}, rng)
    return Split(given["train"], given["validation"], given["test"])


def outer_folds(dataset: Dataset, count: int, seed: int) -> list[np.ndarray]:
    """Nested cross-validation: the pictures that each of its searches never sees, ascending.

    They are drawn by stratum of the targets, divide no group, and are all pictures together.

    Args:
        dataset: what is divided.
        count: of outer folds.
        seed: of the draw.

    Raises:
        InputError: the data brings a split of its own, or not every fold can have pictures of each stratum.
    """
    where = "evaluation.outer"
    if dataset.given is not None:
        rule = "holds each picture out once, and the data brings splits of its own: leave it out, or write folds alone"
        raise InputError(Problem(where, rule, count))
    strata = _strata(dataset, count)
    check_folds(strata, strata.members, count, dataset.groups, where)
    found = divided(strata.members, count, np.random.default_rng((seed, _OUTER)), dataset.groups)
    held_out = [np.flatnonzero(found == fold).astype(np.int64) for fold in range(count)]
    if any(len(np.unique(strata.members[fold])) < len(strata.names) for fold in held_out):
        rule = f"cannot divide the groups so that every fold has pictures of each {strata.noun}: some are too large"
        raise InputError(Problem(where, rule, count))
    return held_out


def outer_fold(dataset: Dataset, count: int, number: int, seed: int) -> np.ndarray:
    """The pictures of one outer fold; ``number`` is counted from 1, all else as of :func:`outer_folds`.

    Raises:
        InputError: as there, or there are not so many: a record may have been written by hand.
    """
    if number > count:
        raise InputError(Problem("evaluation.outer_fold", f"must be no more than evaluation.outer, {count}", number))
    return outer_folds(dataset, count, seed)[number - 1]


def folded(dataset: Dataset, split: Split, count: int, repeats: int, seed: int) -> Split:
    """Training and validation pictures together, in folds; the test split stays what it is.

    Args:
        dataset: what is split.
        split: of it, without folds.
        count: folds of a partition.
        repeats: partitions of a trial.
        seed: of these.

    Raises:
        InputError: the data brings a validation split, or has too few pictures, or groups, for so many folds.
    """
    if dataset.given is not None and (dataset.given == "validation").any():
        rule = (
            "lets all pictures for training judge in turn, and the data brings a validation split of its own: leave "
            "evaluation out, or let the data name train and test alone"
        )
        raise InputError(Problem("evaluation.folds", rule, count))
    pool = np.union1d(split.train, split.validation)
    strata, groups = _strata(dataset, count, pool), None if dataset.groups is None else dataset.groups[pool]
    check_folds(strata, strata.members[pool], count, groups)
    folds = Folds(count, repeats, seed, strata.members[pool], groups)
    if not folds.have_all:
        rule = f"cannot divide the groups so that every fold has pictures of each {strata.noun}: some are too large"
        raise InputError(Problem("evaluation.folds", rule, count))
    return replace(split, train=pool, validation=pool, folds=folds)


def _strata(dataset: Dataset, needed: int, within: np.ndarray | None = None) -> Strata:
    """By which pictures are split.

    A picture with places shows several classes, and a set of these may be seen in few pictures alone, or groups, as of
    one stack: such strata are joined, the rarest first, until each has as many as there are to be splits. What is not
    split at all, as a test split may have all of a stratum, counts to the first one.

    Args:
        dataset: that is split.
        needed: pictures, or groups, of each stratum.
        within: indices of the pictures that are split; left out, all are.
    """
    strata, everything = dataset.targets.strata, np.arange(len(dataset.pictures))
    if not isinstance(dataset.targets, Placed):
        return strata
    chosen = everything if within is None else within
    members, of = strata.members.copy(), (everything if dataset.groups is None else dataset.groups)[chosen]
    while True:
        there = np.unique(members[chosen])
        spread = [len(np.unique(of[members[chosen] == one])) for one in there]
        rarest = there[np.argsort(spread, kind="stable")]
        if len(there) == 1 or min(spread) >= needed:
            break
        members[members == rarest[0]] = rarest[1]
    members[~np.isin(members, there)] = there[0]
    kept, numbers = np.unique(members, return_inverse=True)
    names = tuple(strata.names[number] for number in kept.tolist())
    return replace(strata, members=numbers.reshape(-1), names=names)


def _hold_out(
    dataset: Dataset, members: np.ndarray, shares: dict[str, float], rng: np.random.Generator
) -> list[np.ndarray]:
    """What stays for training, then what each share holds out."""
    strata = _strata(dataset, len(shares) + 1, members)
    groups = strata.members[members]
    counts = np.bincount(groups, minlength=len(strata.names))
    _check(strata, counts, shares)
    if dataset.groups is not None:
        within = dataset.groups[members]
        if (np.unique(within, return_counts=True)[1] > 1).any():
            return _hold_out_groups(strata, members, within, shares, rng)
    rest = np.arange(len(members))
    held = []
    for number, share in enumerate(shares.values()):
        # Whatever a share rounds up to, a picture of each stratum stays for every split after it and for training.
        room = np.bincount(groups[rest], minlength=len(counts)) - (len(shares) - number)
        drawn = rest[draw(groups[rest], np.minimum(allocate(counts, share), room), rng)]
        rest = np.setdiff1d(rest, drawn, assume_unique=True)
        held.append(members[drawn])
    return [members[rest], *held]


def _hold_out_groups(
    strata: Strata, members: np.ndarray, within: np.ndarray, shares: dict[str, float], rng: np.random.Generator
) -> list[np.ndarray]:
    """The same where some pictures belong together; ``within`` are the groups of the members."""
    kinds = strata.members[members]
    _check_groups(strata, kinds, within, shares)
    counts = np.bincount(kinds, minlength=len(strata.names))
    held = np.zeros((len(shares), len(counts)), np.int64)
    for number, share in enumerate(shares.values()):
        room = counts - held.sum(axis=0) - (len(shares) - number)
        held[number] = np.minimum(allocate(counts, share), room)
    drawn = grouped_draw(kinds, within, np.vstack([counts - held.sum(axis=0), held]), rng)
    for split, name in enumerate(["train", *shares]):
        lacking = np.setdiff1d(np.arange(len(counts)), kinds[drawn == split])
        if len(lacking):
            rule = f"no draw that divides no group gives the split for {name} a picture of {strata.noun}"
            raise InputError(Problem("dataset", f"{rule} '{strata.names[lacking[0]]}': its groups are too large"))
    return [members[drawn == split] for split in range(len(shares) + 1)]


def _check_groups(strata: Strata, kinds: np.ndarray, within: np.ndarray, shares: dict[str, float]) -> None:
    needed, names = 1 + len(shares), ", ".join(["train", *shares])
    pairs = np.unique(np.stack([kinds, within]), axis=1)
    groups = np.bincount(pairs[0], minlength=len(strata.names)).tolist()
    problems = [
        Problem(
            "dataset",
            f"{strata.noun} '{name}' has pictures of too few groups: {count}, and needs {needed}, one for each of "
            f"{names}; pictures that belong together, as copies do, are one group",
        )
        for name, count in zip(strata.names, groups, strict=True)
        if count < needed
    ]
    if problems:
        raise InputError(problems)


def _check(strata: Strata, counts: np.ndarray, shares: dict[str, float]) -> None:
    needed = 1 + len(shares)
    names = ", ".join(["train", *shares])
    problems = [
        Problem(
            "dataset",
            f"{strata.noun} '{name}' has too few pictures: {count}, and needs {needed}, one for each of {names}",
        )
        for name, count in zip(strata.names, counts.tolist(), strict=True)
        if count < needed
    ]
    total = int(counts.sum())
    for name, share in shares.items():
        held = int(total * share + 0.5)
        if held < len(counts):
            rule = (
                f"is a share of {held} of {total} pictures, fewer than the {len(counts)} {strata.plural}; "
                f"{len(counts) / total:.2g} would give each {strata.noun} one"
            )
            problems.append(Problem(f"dataset.{name}", rule, share))
    if problems:
        raise InputError(problems)
