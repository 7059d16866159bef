"""Untried: a sampler of which no config comes twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, Space, config_key

__all__ = ["Untried"]

_MOST_DRAWS = 10_000
"""Draws from a space after which hardly anything in it is untried."""


class Untried(Sampler):
    """Wraps a sampler so that no config comes twice; ends where the space holds no other.

    Args:
        sampler: the sampler that proposes.
        space: searched for what is left, once proposals only repeat.
        attempts: proposals that may repeat before that; each costs what a proposal of the sampler costs.

    Attributes:
        repeats: what the sampler proposed before the last config, and had been tried.
    """

    def __init__(self, sampler: Sampler, space: Space, attempts: int = 5) -> None:
        self._sampler = sampler
        self._space = space
        self._size = space.size()
        self._attempts = attempts
        self._tried: set[str] = set()
        self._own: set[int] = set()
        self.repeats: list[Config] = []

    def propose(self, trial: int) -> Config | None:
        self.repeats = []
        if self._size is not None and len(self._tried) >= self._size:
            return None
        for _ in range(self._attempts):
            config = self._sampler.propose(trial)
            if config is None or self._is_new(config):
                return config
            self.repeats.append(config)
        self._own.add(trial)
        return next((config for config in self._left(trial) if self._is_new(config)), None)

    def has_tried(self, config: Config) -> bool:
        """Whether it has been proposed, or recalled."""
        return config_key(self._space.own(config)) in self._tried

    def _left(self, trial: int) -> Iterator[Config]:
        """Configs that may be untried: draws from the space, then, where it is finite, each one that it has."""
        rng = np.random.default_rng(trial)
        draws = (self._space.sample(rng) for _ in range(_MOST_DRAWS))
        return itertools.chain(draws, self._space.grid() if self._size is not None else ())

    def recall(self, trial: int, config: Config, repeats: Sequence[Config] = ()) -> None:
        """As of any sampler; ``repeats`` are what :attr:`repeats` was then."""
        config = self._space.own(config)
        for repeat in repeats:
            self._sampler.recall(trial, self._space.own(repeat))
        self._is_new(config)
        if len(repeats) < self._attempts:
            self._sampler.recall(trial, config)
        else:
            self._own.add(trial)

    def tell(self, trial: int, outcome: Outcome) -> None:
        # What this wrapper found itself, the sampler must not take for the last thing that it proposed.
        self._sampler.tell(trial, Outcome("FAILED", None) if trial in self._own else outcome)

    def _is_new(self, config: Config) -> bool:
        key = config_key(config)
        new = key not in self._tried
        self._tried.add(key)
        return new
