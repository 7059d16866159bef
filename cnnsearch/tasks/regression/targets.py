"""Numbers at rest, in their own unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Outputs, Strata
from cnnsearch.tasks.regression.ranges import ranges_of
from cnnsearch.tasks.regression.reading import MOST, numbers_of, value_names
from cnnsearch.tasks.regression.scale import scale_of

__all__ = ["NumberTargets", "known", "make", "read"]


@dataclass(frozen=True, eq=False)
class NumberTargets:
    """Some numbers of each picture.

    Attributes:
        values: ``(n, outputs)`` float64: of large numbers that differ by little float32 would lose what is to be
            learnt. The head scales them before it goes on with float32.
        names: of the numbers.
    """

    values: np.ndarray
    names: tuple[str, ...]

    @property
    def outputs(self) -> Outputs:
        """The constants are the means, then the spreads: standard deviations, 1 where all are equal."""
        centre, spread = scale_of(self.values)
        constants = (*centre.tolist(), *np.where(spread > 0, spread, 1.0).tolist())
        return Outputs(len(self.names), (len(self.names),), "float64", constants)

    @cached_property
    def strata(self) -> Strata:
        return Strata(*ranges_of(self.values, self.names), "range", "ranges")

    def told(self, index: int) -> str:
        return ", ".join(f"{name} {number:.6g}" for name, number in zip(self.names, self.values[index], strict=True))

    def take(self, indices: np.ndarray) -> NumberTargets:
        return replace(self, values=self.values[indices])

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:  # noqa: ARG002 - it has no place
        return np.asarray(self.values[indices])

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """Every number must vary, in training too."""
        if len(self.values) < 2:
            return [Problem("dataset", "needs at least two pictures", len(self.values))]
        parts = {"": self.values} | ({} if given is None else {" of the training split": self.values[given == "train"]})
        found = {}
        for index, name in enumerate(self.names):
            for whose, values in parts.items():
                if name not in found and len(values):
                    found[name] = _constant(name, values[:, index], whose)
                    if found[name] is None:
                        del found[name]
        return [problem for problem in found.values() if problem is not None]

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """With the numbers of the training split, by which the head scales."""
        strata = self.strata
        counts = {
            split: dict(zip(strata.names, _counted(strata.members[members], len(strata.names)), strict=True))
            for split, members in splits.items()
        }
        return {"outputs": list(self.names), "counts": counts, "numbers": self._numbers(splits)}

    def _numbers(self, splits: Mapping[str, np.ndarray]) -> dict[str, dict[str, float]]:
        values = self.values[splits["train"]] if len(splits.get("train", ())) else self.values
        centre, spread = scale_of(values)
        columns = {"mean": centre, "spread": spread, "low": values.min(axis=0), "high": values.max(axis=0)}
        return {
            name: {key: float(column[index]) for key, column in columns.items()}
            for index, name in enumerate(self.names)
        }

    def content(self) -> bytes:
        return (self.values + 0.0).astype("<f8").tobytes()  # -0.0 is 0.0


def make(values: np.ndarray, names: tuple[str, ...]) -> NumberTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return NumberTargets(values, names)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:  # noqa: ARG001 - there are no classes
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`."""
    values = numbers_of(labels)
    return ReadTargets(NumberTargets(values, labels.columns or value_names(values.shape[1])), np.arange(len(values)))


def known(labels: RawLabels, names: tuple[str, ...]) -> NumberTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    values = numbers_of(labels)
    if values.shape[1] != len(names):
        rule = f"must have {len(names)} number{'s' if len(names) > 1 else ''} a picture, as the model: "
        raise InputError(Problem(labels.parts[0][0], rule + ", ".join(names), values.shape[1]))
    return NumberTargets(values, names)


def _constant(name: str, numbers: np.ndarray, whose: str) -> Problem | None:
    spread = float(numbers.std())
    if (numbers == numbers[0]).all():
        return Problem(
            "dataset", f"'{name}' is the same for all pictures{whose}: there is nothing to learn", numbers[0]
        )
    if spread < 1 / MOST:
        rule = f"the numbers '{name}' of the pictures{whose} differ by less than {1 / MOST:g}: give another unit"
        return Problem("dataset", rule, spread)
    return None


def _counted(members: np.ndarray, ranges: int) -> list[int]:
    counts: list[int] = np.bincount(members, minlength=ranges).tolist()
    return counts
