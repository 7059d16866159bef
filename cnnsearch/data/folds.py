"""Folds: which pictures train and which judge in each training of a trial under cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.data.grouped_draw import grouped_draw
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Strata

__all__ = ["Fold", "Folds", "check_folds", "divided"]

_PARTITION = 0xF01D
"""Tells the draw of a partition from all others that are made of a seed."""


@dataclass(frozen=True, eq=False)
class Fold:
    """One training of several: where its pictures stand among all those that are in folds.

    Attributes:
        train, validation: indices, ascending, int64; together all of them.
    """

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True, eq=False)
class Folds:
    """How the pictures of training and validation are divided, again and again by other seeds.

    Attributes:
        count: folds of a partition.
        repeats: partitions of a trial.
        seed: of those.
        strata: ``(n,)`` stratum of each picture, counted from 0; every fold has its share of each.
        groups: ``(n,)`` group of each picture, counted from 0: no group is divided. ``None``: each is its own.
    """

    count: int
    repeats: int
    seed: int
    strata: np.ndarray
    groups: np.ndarray | None = None

    @cached_property
    def partitions(self) -> np.ndarray:
        """Those of every trial of the search, ``(repeats, n)`` fold of each picture."""
        return np.stack([self._partition((self.seed, _PARTITION, number)) for number in range(self.repeats)])

    @cached_property
    def of_trials(self) -> tuple[Fold, ...]:
        """The trainings of every trial, partition after partition."""
        return tuple(fold for partition in self.partitions for fold in _folds(partition, self.count))

    def of_run(self, seed: int) -> tuple[Fold, ...]:
        """The trainings of a finalist's run: a fresh seed has a fresh partition."""
        return _folds(self._partition((seed, _PARTITION)), self.count)

    @property
    def have_all(self) -> bool:
        """Whether every fold of a trial has pictures of all strata that there are."""
        every = len(np.unique(self.strata))
        return all(len(np.unique(self.strata[fold.validation])) == every for fold in self.of_trials)

    @property
    def trained(self) -> int:
        """Pictures that the smallest training of a trial has."""
        return min(len(fold.train) for fold in self.of_trials)

    def _partition(self, seed: tuple[int, ...]) -> np.ndarray:
        return divided(self.strata, self.count, np.random.default_rng(seed), self.groups)

    def describe(self) -> dict[str, Any]:
        """What ``environment.json`` says, of JSON types only."""
        return {"folds": self.count, "repeats": self.repeats}


def divided(strata: np.ndarray, count: int, rng: np.random.Generator, groups: np.ndarray | None = None) -> np.ndarray:
    """The fold of each picture, ``(n,)``.

    Without groups the sizes of the folds differ by one at most, and so do their pictures of each stratum. With groups
    they are as even as the groups let them be.

    Args:
        strata: ``(n,)``, counted from 0.
        count: of folds.
        rng: source of the draw.
        groups: ``(n,)``, counted from 0.
    """
    found = np.empty(len(strata), np.int64)
    dealt = 0
    for stratum in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        # Dealt on from where the last stratum ended, so that what is left over does not all go to the first folds.
        found[members] = (dealt + np.arange(len(members))) % count
        dealt += len(members)
    if groups is None:
        return found
    wanted = np.zeros((count, int(strata.max()) + 1), np.int64)
    np.add.at(wanted, (found, strata), 1)
    return grouped_draw(strata, groups, wanted, rng)


def check_folds(
    strata: Strata,
    members: np.ndarray,
    count: int,
    groups: np.ndarray | None = None,
    where: str = "evaluation.folds",
) -> None:
    """Whether every fold can have a picture of each stratum.

    Args:
        strata: of the targets.
        members: ``(n,)`` stratum of each picture that is to be in a fold.
        count: of folds.
        groups: of these pictures, which are never divided.
        where: the key that says how many folds there are.

    Raises:
        InputError: some stratum has too few pictures, or these are in too few groups.
    """
    problems = []
    for number, name in enumerate(strata.names):
        of = members == number
        pictures = int(of.sum())
        if pictures < count:
            few = f"'{name}' has {pictures} for training and validation"
            rule = f"must be no more than the pictures of each {strata.noun}: {few}"
            problems.append(Problem(where, rule, count))
        elif groups is not None and (apart := len(np.unique(groups[of]))) < count:
            few = f"the pictures of '{name}' are in {apart}"
            rule = f"must be no more than the groups of each {strata.noun}, which are never divided: {few}"
            problems.append(Problem(where, rule, count))
    if problems:
        raise InputError(problems)


def _folds(partition: np.ndarray, count: int) -> tuple[Fold, ...]:
    return tuple(Fold(np.flatnonzero(partition != fold), np.flatnonzero(partition == fold)) for fold in range(count))
