"""Which pictures train, which choose, which judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.data.folds import Folds, check_folds
from cnnsearch.data.strata import allocate, draw
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.task import Strata

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset

__all__ = ["Split", "folded", "split_dataset"]


@dataclass(frozen=True, eq=False)
class Split:
    """Which pictures train, which choose, which judge.

    Attributes:
        train, validation, test: indices, ascending, int64. ``test`` is empty where there is none.
        folds: how the training pictures are divided, where each of them trains and judges in its turn: then
            ``validation`` is ``train``.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    folds: Folds | None = None

    @property
    def trained(self) -> int:
        """Pictures that the smallest training of a trial has."""
        return len(self.train) if self.folds is None else self.folds.trained

    @property
    def together(self) -> int:
        """Pictures of training and validation."""
        return len(self.train) + (len(self.validation) if self.folds is None else 0)


def split_dataset(dataset: Dataset, validation: float, test: float, seed: int) -> Split:
    """Split by stratum of the targets and seed: every one is in every split, within one picture of its share.

    A split that the source brings is used as it is: one that brings a validation split has no test split but its own,
    and one that brings only a test split has its validation share drawn from its training pictures.

    Args:
        dataset: what to split.
        validation: share for validation, above 0.
        test: share for the test split, 0 for none.
        seed: of the draw.

    Raises:
        InputError: a stratum has fewer pictures than there are splits, or a share is less than a picture of each.
    """
    everything = np.arange(len(dataset.pictures), dtype=np.int64)
    rng = np.random.default_rng(seed)
    if dataset.given is None:
        shares = {"validation": validation} | ({"test": test} if test else {})
        train, *held = _hold_out(dataset, everything, shares, rng)
        return Split(train, held[0], held[1] if test else everything[:0])
    given = {name: np.flatnonzero(dataset.given == name).astype(np.int64) for name in ("train", "validation", "test")}
    if not len(given["validation"]):
        given["train"], given["validation"] = _hold_out(dataset, given["train"], {"validation": validation}, rng)
    return Split(given["train"], given["validation"], given["test"])


def folded(
    dataset: Dataset, split: Split, count: int, repeats: int, seed: int, groups: np.ndarray | None = None
) -> Split:
    """Training and validation pictures together, in folds; the test split stays what it is.

    Args:
        dataset: what is split.
        split: of it, without folds.
        count: folds of a partition.
        repeats: partitions of a trial.
        seed: of these.
        groups: ``(n,)`` group of each picture of the dataset, counted from 0, which no fold divides.

    Raises:
        InputError: the data brings a validation split, or has too few pictures for so many folds.
    """
    if dataset.given is not None and (dataset.given == "validation").any():
        rule = (
            "lets all pictures for training judge in turn, and the data brings a validation split of its own: leave "
            "evaluation out, or let the data name train and test alone"
        )
        raise InputError(Problem("evaluation.folds", rule, count))
    pool = np.union1d(split.train, split.validation)
    strata, divided = dataset.targets.strata, None if groups is None else groups[pool]
    check_folds(strata, strata.members[pool], count, divided)
    return replace(split, train=pool, validation=pool, folds=Folds(count, repeats, seed, strata.members[pool], divided))


def _hold_out(
    dataset: Dataset, members: np.ndarray, shares: dict[str, float], rng: np.random.Generator
) -> list[np.ndarray]:
    """What stays for training, then what each share holds out."""
    strata = dataset.targets.strata
    groups = strata.members[members]
    counts = np.bincount(groups, minlength=len(strata.names))
    _check(strata, counts, shares)
    rest = np.arange(len(members))
    held = []
    for number, share in enumerate(shares.values()):
        # Whatever a share rounds up to, a picture of each stratum stays for every split after it and for training.
        room = np.bincount(groups[rest], minlength=len(counts)) - (len(shares) - number)
        drawn = rest[draw(groups[rest], np.minimum(allocate(counts, share), room), rng)]
        rest = np.setdiff1d(rest, drawn, assume_unique=True)
        held.append(members[drawn])
    return [members[rest], *held]


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
