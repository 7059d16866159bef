"""How much each searched parameter moves the objective over all trials, with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.report.statistics.once import once
from cnnsearch.report.statistics.surrogate import Surrogate, columns_of, encoded, surrogate_of
from cnnsearch.space import Space

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["OverallImportance", "OverallImportanceInfo", "overall_importance_info"]

LEAST_R2 = 0.1
"""A forest that explains less of the variance says nothing about the parameters."""

_DEALS, _DRAWS = 3, 1000


@dataclass(frozen=True)
class OverallImportance:
    """One parameter.

    Attributes:
        share: mean squared error that dealing its values anew adds to the predictions, over the variance of the
            objective; below 0 where chance has it so.
        low, high: 95% interval, by drawing the trials anew (bootstrap).
        trials: number of trials in which it is active.
    """

    name: str
    share: float
    low: float
    high: float
    trials: int

    @property
    def beyond_chance(self) -> bool:
        return self.low > 0


@dataclass(frozen=True)
class OverallImportanceInfo:
    """Permutation importance (Breiman 2001) on trials that the forest has not seen.

    A conditional parameter is dealt anew among the trials in which it is active, and the others count as unmoved. With
    a parent its children change only where they begin or cease to be active, so that each config stays possible.

    Attributes:
        parameters: the most important first.
        trials: that the forest knows.
        r2: share of the variance that it explains on trials that it has not seen.
        log: whether that is the variance of the objective's logarithm.
        missing: why there are none; ``None`` where there are.
    """

    parameters: tuple[OverallImportance, ...] = ()
    trials: int = 0
    r2: float | None = None
    log: bool = False
    missing: str | None = None


@once
def overall_importance_info(study: Study) -> OverallImportanceInfo:
    surrogate = surrogate_of(study)
    if isinstance(surrogate, str):
        return OverallImportanceInfo(missing=surrogate)
    trials = len(surrogate.values)
    if surrogate.r2 < LEAST_R2:
        why = "the settings explain next to nothing of the differences between trials"
        return OverallImportanceInfo(trials=trials, r2=surrogate.r2, log=surrogate.log, missing=why)
    rng = np.random.default_rng(0)
    searched = surrogate.space.searched
    added = np.stack([_added(surrogate, name, rng) for name in searched], axis=1) / surrogate.values.var()
    counts = rng.multinomial(trials, np.full(trials, 1 / trials), size=_DRAWS) / trials
    low, high = np.quantile(counts @ added, (0.025, 0.975), axis=0)
    found = [
        OverallImportance(
            name,
            float(added[:, place].mean()),
            float(low[place]),
            float(high[place]),
            sum(name in config for config in surrogate.configs),
        )
        for place, name in enumerate(searched)
    ]
    order = sorted(found, key=lambda one: (-one.share, searched.index(one.name)))
    return OverallImportanceInfo(tuple(order), trials, surrogate.r2, surrogate.log)


def _added(surrogate: Surrogate, name: str, rng: np.random.Generator) -> np.ndarray:
    """Squared error that each trial's held-out prediction gains when the parameter is dealt anew, ``(n,)``."""
    active = np.array([index for index, config in enumerate(surrogate.configs) if name in config], int)
    added = np.zeros(len(surrogate.values))
    if not len(active):
        return added
    dealt = [_dealt(surrogate, name, active, rng.permutation(active)) for _ in range(_DEALS)]
    for fold in surrogate.folds:
        members = np.intersect1d(fold.held_out, active)
        if not len(members):
            continue
        truth = surrogate.values[members]
        before = (fold.predict(surrogate.rows[members]) - truth) ** 2
        after = fold.predict(np.concatenate([rows[members] for rows in dealt])).reshape(_DEALS, -1)
        added[members] = ((after - truth) ** 2).mean(axis=0) - before
    return added


def _dealt(surrogate: Surrogate, name: str, active: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """The rows of all trials, those of the active ones with the parameter's values of their donors."""
    space, rows = surrogate.space, surrogate.rows.copy()
    if any(name in parameter.when for parameter in space.values()):
        pairs = zip(active.tolist(), donors.tolist(), strict=True)
        configs = surrogate.configs
        rows[active] = encoded(space, [with_value_of(space, configs[to], name, configs[by]) for to, by in pairs])
    else:
        columns = np.array(columns_of(space, name), int)
        rows[np.ix_(active, columns)] = surrogate.rows[np.ix_(donors, columns)]
    return rows


def with_value_of(space: Space, config: Mapping[str, Any], name: str, donor: Mapping[str, Any]) -> dict[str, Any]:
    """``config`` with the value that ``donor`` has of ``name``; what begins to be active comes from there too."""
    changed: dict[str, Any] = {}
    for each in space.ordered:
        first, second = (donor, config) if each == name else (config, donor)
        if space.is_active(each, changed) and (each in first or each in second):
            changed[each] = first[each] if each in first else second[each]
    return changed
