"""What the searches say: regrets, ranks, times and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.search.measuring import Ended

__all__ = ["Group", "Ranks", "best_known", "group", "paired", "ranks", "sooner"]

_Cell = tuple[str, int]


def best_known(ended: Sequence[Ended]) -> dict[str, float]:
    """Data set -> the best value that any search or random config had on it."""
    found: dict[str, float] = {}
    for one in ended:
        found[one.task] = max([found.get(one.task, one.best), *(value for _, value in one.steps)])
    return found


@dataclass(frozen=True)
class Group:
    """Searches that can be compared: contestants that ran on the same data sets, with as many seeds as they had.

    Attributes:
        tasks: the data sets.
        names: of the contestants that ran on all of them.
        runs: contestant -> its searches by data set and seed; of those that ran on some only, too.
        best: see :func:`best_known`.
    """

    tasks: tuple[str, ...]
    names: tuple[str, ...]
    runs: Mapping[str, Mapping[_Cell, Ended]]
    best: Mapping[str, float]

    @property
    def partial(self) -> dict[str, int]:
        """Contestants that ran on some of the data sets only -> on how many."""
        return {name: len({task for task, _ in cells}) for name, cells in self.runs.items() if name not in self.names}

    @property
    def common(self) -> tuple[_Cell, ...]:
        """Data sets and seeds of which all of :attr:`names` had a search: a mean of more would be nearer the middle."""
        first, *others = self.names
        return tuple(cell for cell in self.runs[first] if all(cell in self.runs[name] for name in others))

    def by_task(self, name: str, share: float) -> np.ndarray:
        """``(tasks,)`` mean regrets over the seeds that all had, after a share of the time.

        0 is the best that is known, 1 the median of random configs, which stands where no epoch has ended.
        """
        return self._means(name, self.common, share)

    def shared(self, name: str, other: str) -> tuple[_Cell, ...]:
        """Data sets and seeds of which both had a search."""
        return tuple(cell for cell in self.runs[name] if cell in self.runs[other])

    def differences(self, name: str, other: str) -> np.ndarray:
        """``(data sets,)`` final regret of ``name`` less that of ``other``, by the searches that both had."""
        cells = self.shared(name, other)
        return self._means(name, cells, 1.0) - self._means(other, cells, 1.0)

    def _means(self, name: str, cells: Sequence[_Cell], share: float) -> np.ndarray:
        regrets = {cell: self._regret(self.runs[name][cell], share) for cell in cells}
        found = {task for task, _ in cells}
        return np.array(
            [
                np.mean([regret for (each, _), regret in regrets.items() if each == task])
                for task in self.tasks
                if task in found
            ]
        )

    def _regret(self, one: Ended, share: float) -> float:
        value = _value_at(one, share)
        best = self.best[one.task]
        return (best - (one.median if value is None else value)) / (best - one.median)


def group(ended: Sequence[Ended], first: str, workers: int, tasks: Sequence[str]) -> Group:
    """The contestants that ran wherever ``first`` did, on these data sets with so many workers."""
    runs: dict[str, dict[_Cell, Ended]] = {}
    taken = {one.task for one in ended if one.contestant == first and one.workers == workers}
    for one in ended:
        if one.workers == workers and one.task in tasks and one.task in taken:
            runs.setdefault(one.contestant, {})[one.task, one.seed] = one
    among = tuple(task for task in tasks if task in taken)
    whole = tuple(name for name, cells in runs.items() if {task for task, _ in cells} == set(among))
    return Group(among, whole, runs, best_known(ended))


@dataclass(frozen=True)
class Ranks:
    """Mean ranks over data sets, 1 being the best.

    Attributes:
        means: contestant -> its mean rank.
        difference: two whose ranks differ by less may be equal (Nemenyi's test at 5 %).
        p: of Friedman's test that all are equal.
    """

    means: Mapping[str, float]
    difference: float
    p: float


def ranks(found: Group) -> Ranks:
    """Demsar 2006, Statistical comparisons of classifiers over multiple data sets; at the end of the budget."""
    from scipy import stats

    regrets = np.array([found.by_task(name, 1.0) for name in found.names])
    places = np.mean([stats.rankdata(column) for column in regrets.T], axis=0)
    count, tasks = regrets.shape
    quantile = stats.studentized_range.ppf(0.95, count, np.inf) / math.sqrt(2)
    p = float(stats.friedmanchisquare(*regrets).pvalue)
    means = {name: float(place) for name, place in zip(found.names, places, strict=True)}
    return Ranks(means, float(quantile * math.sqrt(count * (count + 1) / (6 * tasks))), p)


def sooner(found: Group, name: str, baseline: str) -> list[float]:
    """Of each cell the budget over the time in which ``name`` reached what ``baseline`` had at its end; 0: never."""
    ratios = []
    for cell in found.shared(name, baseline):
        one, other = found.runs[name][cell], found.runs[baseline][cell]
        level = other.steps[-1][1] if other.steps else -math.inf
        share = next((share for share, value in one.steps if value >= level), None)
        ratios.append(0.0 if share is None else 1 / share)
    return ratios


def paired(found: Group, name: str, other: str) -> tuple[float, float]:
    """The mean difference of final regrets over data sets, and the p of Wilcoxon's signed-rank test."""
    from scipy import stats

    differences = found.differences(name, other)
    p = 1.0 if not differences.any() else float(stats.wilcoxon(differences).pvalue)
    return float(differences.mean()), p


def _value_at(one: Ended, share: float) -> float | None:
    values = [value for moment, value in one.steps if moment <= share]
    return values[-1] if values else None
