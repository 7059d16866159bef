"""Untried: a sampler of which no config comes twice, and none that breaks a constraint."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, Space, config_key

__all__ = ["Untried"]

_MOST_DRAWS = 10_000
"""Draws from a space after which hardly anything in it is untried."""

_MOST_REFUSED = 10
"""Proposals that break a constraint, before a config is drawn that does not."""


class Untried(Sampler):
    """Wraps a sampler so that no config comes twice, and none that the space does not allow; ends where none is left.

    What is not taken the sampler learns as failed, and is asked again. A sampler that knows nothing of constraints so
    proposes as its model would, were it nought wherever they are broken.

    Args:
        sampler: the sampler that proposes.
        space: searched for what is left, once proposals only repeat, or break constraints.
        attempts: proposals that may repeat before that; each costs what a proposal of the sampler costs.

    Attributes:
        repeats: what the sampler proposed before the last config, and had been tried, or is not allowed.
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
        self.origin = None
        if self._size is not None and len(self._tried) >= self._size:
            return None
        refused = 0
        while len(self.repeats) - refused < self._attempts and refused < _MOST_REFUSED:
            config = self._sampler.propose(trial)
            if config is None or (self._space.allows(config) and self._is_new(config)):
                self.origin = self._sampler.origin
                return config
            refused += not self._space.allows(config)
            self.repeats.append(config)
        drawn = next((config for config in self._left(trial) if self._is_new(config)), None)
        if self._space.constraints and drawn is not None:
            self._sampler.recall(trial, drawn)
        else:
            self._own.add(trial)
        return drawn

    def has_tried(self, config: Config) -> bool:
        """Whether it has been proposed, or recalled."""
        return config_key(self._space.own(config)) in self._tried

    def _left(self, trial: int) -> Iterator[Config]:
        """Configs that may be untried: draws from the space, then, where it is finite, each one that it has."""
        rng = np.random.default_rng(trial)
        draws = self._space.draws(rng, _MOST_DRAWS)
        # Of a space without end constraints may leave so little that none of the draws was allowed.
        rest = self._space.grid() if self._size is not None else (self._space.sample(rng) for _ in range(1))
        return itertools.chain(draws, rest)

    def recall(self, trial: int, config: Config, repeats: Sequence[Config] = ()) -> None:
        """As of any sampler; ``repeats`` are what :attr:`repeats` was then."""
        config = self._space.own(config)
        for repeat in repeats:
            self._sampler.recall(trial, self._space.own(repeat))
        self._is_new(config)
        if self._space.constraints or len(repeats) < self._attempts:
            self._sampler.recall(trial, config)
        else:
            self._own.add(trial)

    def tell(self, trial: int, outcome: Outcome) -> None:
        # What this wrapper found itself without constraints, the sampler must not take for its own last proposal.
        self._sampler.tell(trial, Outcome("FAILED", None) if trial in self._own else outcome)

    def _is_new(self, config: Config) -> bool:
        key = config_key(config)
        new = key not in self._tried
        self._tried.add(key)
        return new
