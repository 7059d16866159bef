"""Untried: a sampler of which no config comes twice, and none that breaks a constraint, or a limit that is known."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, Space, config_key

__all__ = ["Holding", "Refused", "Untried"]

_MOST_DRAWS = 10_000
"""Draws from a space after which hardly anything in it is untried."""

_MOST_REFUSED = 10
"""Proposals that break a constraint, before a config is drawn that does not."""

_MOST_OVER = 20
"""Proposals that break limits, before a config is drawn that does not; each costs what a proposal costs."""

_MOST_DRAWN_OVER = 500
"""Draws that break limits, after which hardly anything in the space keeps them."""


class Holding(Protocol):
    """Holds configs to limits before they are run."""

    def cost(self, config: Config) -> Mapping[str, float] | None:
        """What is known of the model, where that breaks a limit; ``None``: it breaks none that is known."""

    def excess(self, cost: Mapping[str, float]) -> float:
        """By how much a model of that cost breaks limits, in shares of these."""


@dataclass(frozen=True)
class Refused:
    """A config that the sampler proposed, and whose model would break limits.

    Attributes:
        config: as proposed.
        cost: what is known of its model.
        after: so many proposals that had been tried, or are not allowed, came before it.
        origin: where it comes from; ``None``: the sampler itself.
    """

    config: Config
    cost: Mapping[str, float]
    after: int
    origin: str | None = None


class Untried(Sampler):
    """Wraps a sampler so that no config comes twice, and none that the space does not allow; ends where none is left.

    What is not taken the sampler learns as failed, and is asked again. A sampler that knows nothing of constraints so
    proposes as its model would, were it nought wherever they are broken.

    Args:
        sampler: the sampler that proposes.
        space: searched for what is left, once proposals only repeat, or break constraints.
        attempts: proposals that may repeat before that; each costs what a proposal of the sampler costs.
        holding: holds configs to limits; ``None``: there are none that are known before a config is run.

    Attributes:
        repeats: what the sampler proposed before the last config, and had been tried, or is not allowed.
        refused: what it proposed before that, and whose model would break limits; it has been told by how much.
        is_blocked: whether it ended because nothing that was looked at keeps the limits.
    """

    def __init__(self, sampler: Sampler, space: Space, attempts: int = 5, holding: Holding | None = None) -> None:
        self._sampler = sampler
        self.lists = sampler.lists
        self._space = space
        self._size = space.size()
        self._attempts = attempts
        self._tried: set[str] = set()
        self._own: set[int] = set()
        self._holding = holding
        self.repeats: list[Config] = []
        self.refused: list[Refused] = []
        self.is_blocked = False

    def propose(self, trial: int) -> Config | None:
        self.repeats, self.refused = [], []
        self.origin = None
        if self._size is not None and len(self._tried) >= self._size:
            return None
        barred = 0
        most_over = math.inf if self.lists else _MOST_OVER
        while len(self.repeats) - barred < self._attempts and barred < _MOST_REFUSED and len(self.refused) < most_over:
            config = self._sampler.propose(trial)
            if config is None:
                self.is_blocked = bool(self.refused)
                return None
            if not (self._space.allows(config) and self._is_new(config)):
                barred += not self._space.allows(config)
                self.repeats.append(config)
            elif not self._is_refused(trial, config, self._sampler.origin):
                self.origin = self._sampler.origin
                return config
        drawn = self._drawn(trial)
        if drawn is not None and (self._space.constraints or self.refused):
            self._sampler.recall(trial, drawn)
        else:
            self._own.add(trial)
        return drawn

    def _is_refused(self, trial: int, config: Config, origin: str | None = None) -> bool:
        """Whether a config that the sampler has just proposed, or recalled, would break limits; it is told."""
        cost = None if self._holding is None else self._holding.cost(config)
        if self._holding is None or cost is None:
            return False
        self.refused.append(Refused(config, cost, len(self.repeats), origin))
        self._sampler.refuse(trial, self._holding.excess(cost))
        return True

    def _drawn(self, trial: int) -> Config | None:
        """The first config of those that are left that is new, and keeps the limits."""
        before = len(self.refused)
        for config in self._left(trial):
            if not self._is_new(config):
                continue
            if self._holding is None or self._holding.cost(config) is None:
                return config
            self._sampler.recall(trial, config)
            self._is_refused(trial, config)
            if len(self.refused) - before >= _MOST_DRAWN_OVER:
                break
        self.is_blocked = len(self.refused) > before
        return None

    def has_tried(self, config: Config) -> bool:
        """Whether it has been proposed, or recalled."""
        return config_key(self._space.own(config)) in self._tried

    def cost_over(self, config: Config) -> Mapping[str, float] | None:
        """What is known of its model, where that would break limits; ``None``: it breaks none that is known."""
        return None if self._holding is None else self._holding.cost(self._space.own(config))

    def _left(self, trial: int) -> Iterator[Config]:
        """Configs that may be untried: draws from the space, then, where it is finite, each one that it has."""
        rng = np.random.default_rng(trial)
        draws = self._space.draws(rng, _MOST_DRAWS)
        # Of a space without end constraints may leave so little that none of the draws was allowed.
        rest = self._space.grid() if self._size is not None else (self._space.sample(rng) for _ in range(1))
        return itertools.chain(draws, rest)

    def recall(
        self, trial: int, config: Config, repeats: Sequence[Config] = (), refused: Sequence[Refused] = ()
    ) -> None:
        """As of any sampler; ``repeats`` and ``refused`` are what :attr:`repeats` and :attr:`refused` were then."""
        config = self._space.own(config)
        for number in range(len(repeats) + 1):
            for each in refused:
                if each.after == number:
                    self._recall_refused(trial, each)
            if number < len(repeats):
                self._sampler.recall(trial, self._space.own(repeats[number]))
        self._is_new(config)
        if self._space.constraints or refused or len(repeats) < self._attempts:
            self._sampler.recall(trial, config)
        else:
            self._own.add(trial)

    def _recall_refused(self, trial: int, refused: Refused) -> None:
        config = self._space.own(refused.config)
        self._is_new(config)
        self._sampler.recall(trial, config)
        if self._holding is not None:
            self._sampler.refuse(trial, self._holding.excess(refused.cost))

    def tell(self, trial: int, outcome: Outcome) -> None:
        # What this wrapper found itself without constraints, the sampler must not take for its own last proposal.
        if trial in self._own:
            self._sampler.drop(trial)
        else:
            self._sampler.tell(trial, outcome)

    def _is_new(self, config: Config) -> bool:
        key = config_key(config)
        new = key not in self._tried
        self._tried.add(key)
        return new
