"""Grid search: every config of a finite space."""

from __future__ import annotations

import numpy as np

from cnnsearch.search.samplers.sampler import Outcome, Sampler, SamplerSpec
from cnnsearch.space import Config, Space, config_key
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["GRID"]


class GridSampler(Sampler):
    """Every config of a finite space once, in a seeded random order, so that any prefix covers the space."""

    lists = True

    def __init__(self, space: Space, seed: int, points: int | None) -> None:
        self._configs = list(space.grid(points))
        np.random.default_rng(seed).shuffle(self._configs)
        self._next = 0
        self._recalled: set[str] = set()

    def propose(self, trial: int) -> Config | None:  # noqa: ARG002 - the grid has an order of its own
        for config in self._configs[self._next :]:
            self._next += 1
            if not self._recalled or config_key(config) not in self._recalled:
                return config
        return None

    def recall(self, trial: int, config: Config) -> None:  # noqa: ARG002
        self._recalled.add(config_key(config))  # by its key, as a widened grid has another order

    def tell(self, trial: int, outcome: Outcome) -> None:
        pass


GRID = SamplerSpec(
    "grid",
    "every config of a finite space once, in a seeded random order",
    Parameters(
        ParameterSpec(
            "points",
            "int",
            None,
            "values that stand for a range; null takes every value and needs a finite space",
            low=2,
            high=1000,
            nullable=True,
        ),
    ),
    lambda space, seed, _mode, options: GridSampler(space, seed, options["points"]),
    make_several=lambda space, seed, _modes, options: GridSampler(space, seed, options["points"]),
)
