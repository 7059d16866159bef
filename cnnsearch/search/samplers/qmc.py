"""Quasi-random search: points that lie more evenly than draws do."""

from __future__ import annotations

from cnnsearch.search.samplers.sampler import Outcome, Sampler, SamplerSpec
from cnnsearch.space import Config, Space
from cnnsearch.space.specs import Parameters

__all__ = ["QMC"]


class QmcSampler(Sampler):
    """A scrambled Sobol sequence (Sobol 1967, Owen 1998), a coordinate for each parameter that varies.

    Not Optuna's, which draws conditional parameters at random. What is proposed depends on how many points were taken
    before, not on what became of them.
    """

    def __init__(self, space: Space, seed: int) -> None:
        from scipy.stats.qmc import Sobol

        self._space = space
        self._coordinates = {name: place for place, name in enumerate(space.searched)}
        self._points = Sobol(max(1, len(self._coordinates)), scramble=True, rng=seed)

    def propose(self, trial: int) -> Config:  # noqa: ARG002 - the sequence has an order of its own
        point = self._points.random(1)[0]
        config: Config = {}
        for name in self._space.ordered:
            if self._space.is_active(name, config):
                place = self._coordinates.get(name)
                config[name] = self._space[name].quantile(0.0 if place is None else float(point[place]))
        return {name: config[name] for name in self._space if name in config}

    def recall(self, trial: int, config: Config) -> None:  # noqa: ARG002
        self._points.fast_forward(1)

    def tell(self, trial: int, outcome: Outcome) -> None:
        """Nothing: the sequence learns nothing."""


QMC = SamplerSpec(
    "qmc",
    "quasi-random: a scrambled Sobol sequence, which covers the space more evenly than random",
    Parameters(),
    lambda space, seed, _mode, _options: QmcSampler(space, seed),
    make_several=lambda space, seed, _modes, _options: QmcSampler(space, seed),
)
