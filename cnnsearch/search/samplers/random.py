"""Random search: independent draws."""

from __future__ import annotations

import numpy as np

from cnnsearch.search.samplers.sampler import PRIOR_OPTION, Outcome, Sampler, SamplerSpec
from cnnsearch.space import Config, Space
from cnnsearch.space.specs import Parameters

__all__ = ["RANDOM"]


class RandomSampler(Sampler):
    """Independent draws. Seeded by trial number, so that arrivals do not change what is proposed."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._drawn: dict[int, np.random.Generator] = {}

    def propose(self, trial: int) -> Config:
        # Asked again for the same trial (its config had been tried), the draw goes on where it was.
        rng = self._drawn.setdefault(trial, np.random.default_rng((self._seed, trial)))
        return self._space.sample(rng)

    def recall(self, trial: int, config: Config) -> None:
        """Nothing: each trial has draws of its own."""

    def tell(self, trial: int, outcome: Outcome) -> None:  # noqa: ARG002 - a random draw learns nothing
        self._drawn.pop(trial, None)

    def refuse(self, trial: int, excess: float) -> None:
        """Nothing: the draws of the trial go on where they are."""


RANDOM = SamplerSpec(
    "random",
    "independent draws; the same configs whatever the number of workers, unless there are priors",
    Parameters(PRIOR_OPTION),
    lambda space, seed, _mode, _options: RandomSampler(space, seed),
    make_several=lambda space, seed, _modes, _options: RandomSampler(space, seed),
    takes_priors=True,
)
