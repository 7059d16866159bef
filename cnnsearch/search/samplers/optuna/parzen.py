"""Optuna's TPE, as it is asked and told."""

from __future__ import annotations

import optuna

from cnnsearch.search.samplers.optuna.sampler import Way
from cnnsearch.space import Space

__all__ = ["parzen"]


def parzen(space: Space, startup_trials: int, multivariate: bool, candidates: int, constant_liar: bool) -> Way:
    """Stopped trials are told as pruned, with the curve up to there.

    Bergstra et al. 2011, Algorithms for hyper-parameter optimization. Optuna 5's multivariate variant takes the widths
    of its kernels from their neighbours; beside many stopped trials these become needles around what was seen.
    """

    def make(seed: int) -> optuna.samplers.BaseSampler:
        return optuna.samplers.TPESampler(
            n_startup_trials=startup_trials,
            multivariate=multivariate,
            group=multivariate and any(parameter.when for parameter in space.values()),
            n_ei_candidates=candidates,
            constant_liar=constant_liar,
            seed=seed,
        )

    return Way(make, knows_conditions=True, knows_limits=True, stopped=optuna.trial.TrialState.PRUNED)
