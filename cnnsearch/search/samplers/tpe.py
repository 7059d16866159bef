"""TPE: proposes where the good configs of the past are dense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.samplers.sampler import Sampler, SamplerSpec, direction_of
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["TPE"]


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    return _make_several(space, seed, [mode], options)


def _make_several(space: Space, seed: int, modes: Sequence[str], options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.optuna.parzen import parzen
    from cnnsearch.search.samplers.optuna.sampler import OptunaSampler  # Optuna is not imported for its name

    names = ("startup_trials", "multivariate", "candidates", "constant_liar")
    way = parzen(space, **{name: options[name] for name in names})
    return OptunaSampler(space, seed, list(map(direction_of, modes)), way)


TPE = SamplerSpec(
    "tpe",
    "tree-structured Parzen estimator (Bergstra et al. 2011), Optuna's",
    Parameters(
        ParameterSpec("startup_trials", "int", 10, "random configs before the model is used", low=1, high=100000),
        ParameterSpec(
            "multivariate",
            "bool",
            False,
            "one model of all parameters together; with a scheduler that stops early it did worse than random",
        ),
        ParameterSpec(
            "candidates", "int", 24, "configs that are drawn, of which the likeliest is proposed", low=1, high=10000
        ),
        ParameterSpec(
            "constant_liar",
            "bool",
            True,
            "count configs that run as bad ones, so that workers try different ones at the same time",
        ),
    ),
    _make,
    before={"multivariate": True},
    make_several=_make_several,
)
