"""Guided: a sampler beside which a share of the configs comes from priors, as long as these keep up with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnsearch.search.samplers.densities.prior_density import PriorDensity
from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.search.samplers.wrapped.trust import Trust
from cnnsearch.space import Config, config_key

__all__ = ["Guided"]

_MOST = 0.5
"""Of all proposals: a prior that misleads costs no more than these."""


class Guided(Sampler):
    """Wraps a sampler: at first half of the configs are drawn from the priors, and fewer the less these are trusted.

    In the manner of PriorBand (Mallik et al. 2023), where the share that is drawn from the prior follows from how that
    did beside random configs. Here it follows from how its trials did beside all others, so it falls as the sampler,
    which learns from both, gets better; and it is none where the prior is worse. Each prior has a trust of its own.

    Args:
        sampler: the sampler that proposes the others. To it all configs are as if it had proposed them.
        seed: of every draw, together with the number of asks.
        sign: 1 where a larger objective is better, else -1.
        priors: one at least.
    """

    def __init__(self, sampler: Sampler, seed: int, sign: int, priors: Sequence[PriorDensity]) -> None:
        self._sampler = sampler
        self._seed = seed
        self._priors = priors
        self._trust = Trust(len(priors), sign)
        self._asks = 0
        self._last: int | None = None
        self._prior_of: dict[int, int] = {}

    def propose(self, trial: int) -> Config | None:
        drawn = self._next(trial)
        self._prior_of.pop(trial, None)
        if drawn is None:
            config = self._sampler.propose(trial)
            self.origin = self._sampler.origin
            return config
        prior, found = drawn
        self._prior_of[trial] = prior
        self._sampler.recall(trial, found)
        self.origin = self._priors[prior].origin
        return found

    def recall(self, trial: int, config: Config) -> None:
        # A draw is cheap, so it is made again: what came from a prior is what that gives here.
        drawn = self._next(trial)
        self._prior_of.pop(trial, None)
        if drawn is not None and config_key(drawn[1]) == config_key(config):
            self._prior_of[trial] = drawn[0]
        self._sampler.recall(trial, config)

    def tell(self, trial: int, outcome: Outcome) -> None:
        self._trust.tell(self._prior_of.pop(trial, None), outcome)
        self._sampler.tell(trial, outcome)

    def refuse(self, trial: int, excess: float) -> None:
        self._trust.tell(self._prior_of.pop(trial, None), Outcome("FAILED", None, excess=excess))
        self._sampler.refuse(trial, excess)

    def drop(self, trial: int) -> None:
        self._prior_of.pop(trial, None)  # it says nothing of how good they are
        self._sampler.drop(trial)

    def _next(self, trial: int) -> tuple[int, Config] | None:
        """Prior and config of this ask; ``None``: it is the sampler's turn."""
        rng = np.random.default_rng((self._seed, self._asks, len(self._priors)))
        is_again, self._last = trial == self._last, trial
        self._asks += 1
        if is_again:  # the config before was not taken: a narrow prior may have no other
            return None
        trust = self._trust.values()
        if rng.random() >= _MOST * max(trust):
            return None
        prior = int(rng.choice(len(trust), p=np.array(trust) / sum(trust)))
        config = self._priors[prior].draw(rng)
        return None if config is None else (prior, config)
