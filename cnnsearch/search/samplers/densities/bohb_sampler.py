"""Proposes where good configs are dense and others are not; trials are compared after as many epochs as enough ran."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnsearch.search.samplers.densities.columns import Columns, Rows
from cnnsearch.search.samplers.densities.compared import Compared
from cnnsearch.search.samplers.densities.mixture import Mixture
from cnnsearch.search.samplers.densities.neighbours import neighbours
from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, Space
from cnnsearch.study.fronts import Vector, ranks, spread_from

__all__ = ["BohbSampler"]

_GOOD = 0.1
"""Share of the compared configs that are the good ones, as in Bergstra et al. 2011."""
_MOST_GOOD = 25
_MOST_OTHERS = 400
"""Of the others so many at most are looked at, from all ranks: what a proposal costs is bounded."""
_CANDIDATES = 24
_BEST = 3
"""Steps are taken from one of so many, or of the front: by the noise of seeds, and by early epochs, the first may be so
by chance."""
_WIDTH = 0.3
"""Of a single kernel, in shares of a range; by Scott's rule it shrinks with the number of kernels. Kernels that take
their width from the distance to their neighbours (Optuna's multivariate ones) were worse than chance with ASHA:
``benchmarks/SEARCH.md``."""


class BohbSampler(Sampler):
    """Draws from a density of the good configs, and proposes what is likeliest there and unlikeliest elsewhere.

    The tree-structured Parzen estimator of Bergstra et al. 2011, with multivariate kernels and on the results of the
    highest budget that enough trials had, as in Falkner et al. 2018, BOHB: Robust and Efficient Hyperparameter
    Optimization at Scale. Trials that run count as bad ones, so that others are proposed beside them.

    Args:
        space: what to propose from.
        seed: of every draw, together with the number of asks.
        signs: of each objective, 1 where larger is better, else -1. With several, trials are ranked front by front, by
            their values after as many epochs as enough ran, and by what their models cost.
        startup: results before the model is used.
        local: share of the proposals after that, by chance, which are a step from one of the best configs instead: the
            density is so wide that nothing else refines them.
        equals: ``shared``: with several objectives trials with equal values share a rank; ``apart``: the first of them
            is the better, as records of before there was a choice have it.
    """

    def __init__(self, space: Space, seed: int, signs: Sequence[int], startup: int, local: float, equals: str) -> None:
        self._space = space
        self._seed = seed
        self._signs = signs
        self._beside: list[Vector] = []
        self._startup = startup
        self._local = local
        self._equals = equals
        self._columns = Columns(space)
        self._asks = 0
        self._running: dict[int, Rows] = {}
        self._rows: list[Rows] = []
        self._compared = Compared()
        self._broken: list[tuple[float, Rows]] = []
        self._best = _BEST

    def propose(self, trial: int) -> Config:
        rng = np.random.default_rng((self._seed, self._asks))
        modelled = len(self._rows) + len(self._broken) >= self._startup
        config = self._learnt(rng) if modelled else self._space.sample(rng)
        self.recall(trial, config)
        return config

    def recall(self, trial: int, config: Config) -> None:
        self._asks += 1
        self._running[trial] = self._columns.row(config)

    def tell(self, trial: int, outcome: Outcome) -> None:
        row = self._running.pop(trial)
        if outcome.excess:
            self._broken.append((outcome.excess, row))
            return
        if outcome.state == "FAILED" or outcome.value is None:
            return  # says nothing of where good configs are, as in Optuna's TPE
        curve = outcome.curve or ((1, outcome.value),)
        self._rows.append(row)
        self._beside.append(tuple(sign * cost for sign, cost in zip(self._signs[1:], outcome.beside, strict=True)))
        self._compared.add(
            [(epoch, self._signs[0] * value) for epoch, value in curve], ran_out=outcome.state == "COMPLETED"
        )

    def _learnt(self, rng: np.random.Generator) -> Config:
        ranked = self._ranked()
        # Without a share nothing is drawn for it: records of before there was one replay as they were.
        near = self._near_best(rng, ranked) if self._local and rng.random() < self._local else None
        return self._likeliest(rng, ranked) if near is None else near

    def _near_best(self, rng: np.random.Generator, ranked: list[Rows]) -> Config | None:
        """``None``: none of so many is another one and allowed, as of few options."""
        best = ranked[rng.integers(min(self._best, len(ranked)))]
        drawn = neighbours(best, self._columns.options, rng, _CANDIDATES)
        configs = (self._columns.config(row) for row in drawn)
        itself = self._columns.config(best)
        return next((config for config in configs if config != itself and self._space.allows(config)), None)

    def _likeliest(self, rng: np.random.Generator, ranked: list[Rows]) -> Config:
        count = min(int(np.ceil(_GOOD * len(ranked))), _MOST_GOOD)
        good = self._mixture(ranked[:count])
        others = self._mixture([*_spread(ranked[count:]), *self._running.values()])
        drawn = good.draw(rng, _CANDIDATES)
        configs = [self._columns.config(row) for row in drawn]
        rows = np.array([self._columns.active(row, config) for row, config in zip(drawn, configs, strict=True)])
        likely = good.log_density(rows) - others.log_density(rows)
        allowed = [self._space.allows(config) for config in configs]
        return configs[int(np.argmax(np.where(allowed, likely, -np.inf)))]

    def _ranked(self) -> list[Rows]:
        """Best first; behind them what breaks limits, whatever its value, the least first, as in Optuna's TPE."""
        places = self._compared.best_first() if self._rows else np.zeros(0, int)
        kept = [self._rows[place] for place in (self._by_fronts(places) if len(self._signs) > 1 else places)]
        return [*kept, *(row for _, row in sorted(self._broken, key=lambda one: one[0]))]

    def _by_fronts(self, places: Rows) -> list[int]:
        """Of trials in order of their value: front after front, each from its best one, as far along it as can be."""
        orders = self._compared.places_of(places) if self._equals == "shared" else range(len(places))
        vectors = [(-float(order), *self._beside[place]) for order, place in zip(orders, places, strict=True)]
        fronts: dict[int, list[int]] = {}
        for order, rank in enumerate(ranks(vectors)):
            fronts.setdefault(rank, []).append(order)
        self._best = len(fronts[0]) if fronts else _BEST  # whatever lies on the front is one of the best
        return [
            places[front[each]]
            for _, front in sorted(fronts.items())
            for each in spread_from([vectors[order] for order in front], 0)
        ]

    def _mixture(self, rows: list[Rows]) -> Mixture:
        stacked = np.array(rows).reshape(len(rows), len(self._columns.options))
        return Mixture(stacked, self._columns.options, _WIDTH)


def _spread(ranked: list[Rows]) -> list[Rows]:
    """At most so many as are looked at, evenly from all ranks."""
    if len(ranked) <= _MOST_OTHERS:
        return ranked
    return [ranked[place] for place in np.linspace(0, len(ranked) - 1, _MOST_OTHERS).round().astype(int)]
