"""What the searches say: regrets, ranks, times and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.search.measuring import Ended

__all__ = ["Group", "Ranks", "best_known", "group", "paired", "ranks", "sooner"]


def best_known(ended: Sequence[Ended]) -> dict[str, float]:
    """Data set -> the best value that any search or random config had on it."""
    found: dict[str, float] = {}
    for one in ended:
        found[one.task] = max([found.get(one.task, one.best), *(value for _, value in one.steps)])
    return found


@dataclass(frozen=True)
class Group:
    """Searches that can be compared: on each data set and seed each contestant ran.

    Attributes:
        names: of the contestants.
        cells: data set and seed.
        runs: contestant -> its search of each cell, in that order.
        best: see :func:`best_known`.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, int], ...]
    runs: Mapping[str, tuple[Ended, ...]]
    best: Mapping[str, float]

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(task for task, _ in self.cells))

    def regrets(self, name: str, share: float) -> np.ndarray:
        """``(cells,)``: 0 is the best that is known, 1 the median of random configs, which stands where none ended."""
        return np.array([self._regret(one, share) for one in self.runs[name]])

    def by_task(self, name: str, share: float) -> np.ndarray:
        """``(tasks,)``: the mean over seeds."""
        regrets = self.regrets(name, share)
        return np.array([regrets[[each == task for each, _ in self.cells]].mean() for task in self.tasks])

    def _regret(self, one: Ended, share: float) -> float:
        value = _value_at(one, share)
        best = self.best[one.task]
        return (best - (one.median if value is None else value)) / (best - one.median)


def group(ended: Sequence[Ended], names: Sequence[str], workers: int, tasks: Sequence[str]) -> Group:
    """The cells of these data sets in which each of the contestants ran."""
    runs = {(one.contestant, one.task, one.seed): one for one in ended if one.workers == workers}
    seeds = sorted({seed for _, _, seed in runs})
    cells = tuple((task, seed) for task in tasks for seed in seeds if all((name, task, seed) in runs for name in names))
    return Group(
        tuple(names),
        cells,
        {name: tuple(runs[name, task, seed] for task, seed in cells) for name in names},
        best_known(ended),
    )


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
    for one, other in zip(found.runs[name], found.runs[baseline], strict=True):
        level = other.steps[-1][1] if other.steps else -math.inf
        share = next((share for share, value in one.steps if value >= level), None)
        ratios.append(0.0 if share is None else 1 / share)
    return ratios


def paired(found: Group, name: str, other: str) -> tuple[float, float]:
    """The mean difference of final regrets over data sets, and the p of Wilcoxon's signed-rank test."""
    from scipy import stats

    differences = found.by_task(name, 1.0) - found.by_task(other, 1.0)
    p = 1.0 if not differences.any() else float(stats.wilcoxon(differences).pvalue)
    return float(differences.mean()), p


def _value_at(one: Ended, share: float) -> float | None:
    values = [value for moment, value in one.steps if moment <= share]
    return values[-1] if values else None
