"""A random forest that predicts the objective of a config, and how well it does that on trials that it has not seen.

Encoding: a parameter of a range is its place in it, 0..1, in the logarithm where it is searched so; a choice is one
column an option. What is not active is -1, and 0 in every column of a choice: a value of its own, which a tree can
split off.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.report.statistics.edges import place_of
from cnnsearch.report.statistics.once import once
from cnnsearch.report.statistics.scale import wide
from cnnsearch.space import Choice, Constant, Space

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesRegressor

    from cnnsearch.study import Study

__all__ = ["FEWEST_TRIALS", "FOLDS", "Fold", "Surrogate", "columns_of", "encoded", "surrogate_of"]

FEWEST_TRIALS = 20
"""With fewer trials a forest learns next to nothing."""

FOLDS = 5

_TREES, _MOST_TRIALS = 40, 1000


@dataclass(frozen=True, eq=False)
class Fold:
    """A forest and the trials that it has not seen, as rows of :attr:`Surrogate.configs`."""

    forest: ExtraTreesRegressor
    held_out: np.ndarray

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return _predicted(self.forest, rows)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Extremely randomised trees (Geurts et al. 2006), fitted to the trials that have a value.

    Attributes:
        space: of the configs.
        sign: +1 where a larger objective is better, -1 where a smaller is.
        log: whether it predicts the logarithm of the objective, which spreads over decades.
        configs: of the trials that it knows, at most 1,000: the best tenth and an even sample of the others.
        values: their objective (its logarithm), ``(n,)``.
        folds: each trial is held out once.
        error: root mean squared error of the held-out predictions, in units of ``values``.
        r2: share of the variance that these explain; below 0 where a mean would do better.
    """

    space: Space
    sign: float
    log: bool
    configs: tuple[Mapping[str, Any], ...]
    values: np.ndarray
    folds: tuple[Fold, ...]
    error: float
    r2: float

    @functools.cached_property
    def rows(self) -> np.ndarray:
        """The configs as the forests read them, ``(n, columns)``."""
        return encoded(self.space, self.configs)

    @functools.cached_property
    def _forest(self) -> ExtraTreesRegressor:
        return _fitted(self.rows, self.values, seed=FOLDS)

    def predict(self, configs: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """The objective of each config, ``(n,)``."""
        found = _predicted(self._forest, encoded(self.space, configs))
        return np.exp(found) if self.log else found


@once
def surrogate_of(study: Study) -> Surrogate | str:
    """The surrogate of a study, or why there is none. It is fitted once, with fixed seeds."""
    records = study.ranked
    if len(records) < FEWEST_TRIALS:
        return f"it takes at least {FEWEST_TRIALS} trials with a value, and there are {len(records)}"
    best = math.ceil(len(records) / 10)
    if len(records) > _MOST_TRIALS:
        rest = np.linspace(best, len(records) - 1, _MOST_TRIALS - best).astype(int)
        records = [*records[:best], *(records[place] for place in rest)]
    log = wide([record.best_value for record in records])
    values = np.array([float(record.best_value) for record in records])
    values = np.log(values) if log else values
    if np.ptp(values) == 0:
        return "all trials have the same value"
    space = study.experiment.space
    configs = tuple(record.config for record in records)
    rows = encoded(space, configs)
    order = np.random.default_rng(0).permutation(len(rows))
    folds, predicted = [], np.empty(len(rows))
    for number, held_out in enumerate(np.array_split(order, FOLDS)):
        seen = np.setdiff1d(order, held_out)
        folds.append(Fold(_fitted(rows[seen], values[seen], number), held_out))
        predicted[held_out] = folds[-1].predict(rows[held_out])
    squared = float(((values - predicted) ** 2).mean())
    sign = study.experiment.objective.sign
    r2 = float(1 - squared / values.var())
    return Surrogate(space, sign, log, configs, values, tuple(folds), math.sqrt(squared), r2)


def _fitted(rows: np.ndarray, values: np.ndarray, seed: int) -> ExtraTreesRegressor:
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(_TREES, min_samples_leaf=2, random_state=seed)
    return forest.fit(rows, values)


def _predicted(forest: ExtraTreesRegressor, rows: np.ndarray) -> np.ndarray:
    """As the forest's own ``predict``, which takes ten times as long for what it does around its trees."""
    return np.asarray(sum(tree.tree_.predict(rows)[:, 0] for tree in forest.estimators_) / len(forest.estimators_))


def encoded(space: Space, configs: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The searched parameters of configs, ``(n, columns)`` float32."""
    columns: list[np.ndarray] = []
    for name in space.searched:
        columns += _columns(space, name, [config.get(name, _ABSENT) for config in configs])
    return np.stack(columns, axis=1).astype(np.float32) if columns else np.zeros((len(configs), 0), np.float32)


def columns_of(space: Space, name: str) -> list[int]:
    """Columns of a searched parameter in what :func:`encoded` makes."""
    place = 0
    for each in space.searched:
        parameter = space[each]
        width = len(list(parameter.values())) if isinstance(parameter, (Choice, Constant)) else 1
        if each == name:
            return list(range(place, place + width))
        place += width
    raise KeyError(name)


_ABSENT = object()


def _columns(space: Space, name: str, values: list[Any]) -> list[np.ndarray]:
    parameter = space[name]
    if isinstance(parameter, (Choice, Constant)):
        places = np.array([-1 if value is _ABSENT else _place(parameter, value) for value in values])
        return [(places == option).astype(float) for option in range(parameter.size)]
    return [np.array([-1.0 if value is _ABSENT else place_of(parameter, value) for value in values])]


def _place(parameter: Choice | Constant, value: Any) -> int:
    place = parameter.position(value)
    return -1 if place is None else place
