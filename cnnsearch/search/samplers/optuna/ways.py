"""Samplers of Optuna besides TPE, as they are asked and told."""

from __future__ import annotations

from optuna.samplers import CmaEsSampler, GPSampler, NSGAIIISampler, NSGAIISampler

from cnnsearch.search.samplers.optuna.sampler import Way

__all__ = ["cma_es", "gp", "nsga2", "nsga3"]


def gp(startup_trials: int) -> Way:
    """A Gaussian process, fitted anew at each ask."""
    return Way(
        lambda seed: GPSampler(n_startup_trials=startup_trials, seed=seed, warn_independent_sampling=False),
        knows_limits=True,
    )


def cma_es(startup_trials: int, population: int | None) -> Way:
    """CMA-ES, whose distribution lies in the attributes of Optuna's trials."""
    return Way(
        lambda seed: CmaEsSampler(
            n_startup_trials=startup_trials, popsize=population, seed=seed, warn_independent_sampling=False
        ),
        retraces=True,
    )


def nsga2(population: int) -> Way:
    """NSGA-II, whose generations lie in the attributes of Optuna's trials, their parents in those of its study."""
    return Way(lambda seed: NSGAIISampler(population_size=population, seed=seed), knows_limits=True, retraces=True)


def nsga3(population: int) -> Way:
    """NSGA-III; as :func:`nsga2`."""
    return Way(lambda seed: NSGAIIISampler(population_size=population, seed=seed), knows_limits=True, retraces=True)
