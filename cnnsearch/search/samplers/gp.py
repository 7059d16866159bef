"""GP: proposes where a Gaussian process expects most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.search.samplers.sampler import Sampler, SamplerSpec, direction_of
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["GP"]


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.optuna.sampler import OptunaSampler
    from cnnsearch.search.samplers.optuna.ways import gp

    return OptunaSampler(space, seed, [direction_of(mode)], gp(options["startup_trials"]))


GP = SamplerSpec(
    "gp",
    "Gaussian process and expected improvement, Optuna's; a proposal takes a second or so",
    Parameters(
        ParameterSpec("startup_trials", "int", 10, "random configs before the model is used", low=1, high=100000),
    ),
    _make,
    needs={"torch": "pip install 'cnnsearch[gp]'"},
)
