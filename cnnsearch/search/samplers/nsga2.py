"""NSGA-II: crosses and mutates the best configs of the generation before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.samplers.sampler import POPULATION, Sampler, SamplerSpec, direction_of
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters

__all__ = ["NSGA2"]


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    return _make_several(space, seed, [mode], options)


def _make_several(space: Space, seed: int, modes: Sequence[str], options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.optuna.sampler import OptunaSampler
    from cnnsearch.search.samplers.optuna.ways import nsga2

    return OptunaSampler(space, seed, list(map(direction_of, modes)), nsga2(options["population"]))


NSGA2 = SamplerSpec(
    "nsga2",
    "nondominated sorting genetic algorithm (Deb et al. 2002), Optuna's: crosses and mutates the best of a generation",
    Parameters(POPULATION),
    _make,
    make_several=_make_several,
)
