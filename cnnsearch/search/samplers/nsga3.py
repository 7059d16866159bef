"""NSGA-III: crosses and mutates the best configs of the generation before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.samplers.sampler import POPULATION, Sampler, SamplerSpec, direction_of
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters

__all__ = ["NSGA3"]


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    return _make_several(space, seed, [mode], options)


def _make_several(space: Space, seed: int, modes: Sequence[str], options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.optuna.sampler import OptunaSampler
    from cnnsearch.search.samplers.optuna.ways import nsga3

    return OptunaSampler(space, seed, list(map(direction_of, modes)), nsga3(options["population"]))


NSGA3 = SamplerSpec(
    "nsga3",
    "NSGA-III (Deb and Jain 2014), Optuna's: as nsga2, kept diverse by reference points",
    Parameters(POPULATION),
    _make,
    make_several=_make_several,
)
