"""CMA-ES: adapts a normal distribution to where the good configs are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import Problem
from cnnsearch.search.samplers.sampler import Sampler, SamplerSpec, direction_of
from cnnsearch.space import Choice, Parameter, Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["CMA_ES"]


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.optuna.sampler import OptunaSampler
    from cnnsearch.search.samplers.optuna.ways import cma_es

    way = cma_es(options["startup_trials"], options["population"])
    return OptunaSampler(space, seed, [direction_of(mode)], way)


def _refused(space: Mapping[str, Parameter]) -> list[Problem]:
    """Optuna would draw these at random, without a word."""
    others = "take sampler tpe, gp or nsga2"
    problems = []
    for name, parameter in space.items():
        if isinstance(parameter, Choice) and parameter.size > 1:
            rule = f"sampler cma-es takes ranges of numbers only: make it an int or a float, or {others}"
            problems.append(Problem(f"space.{name}", rule, parameter.to_dict()["choice"]))
        if parameter.when:
            problems.append(Problem(f"space.{name}.when", f"sampler cma-es takes no conditions: {others}"))
    return problems


def _generation(space: Space) -> int:
    return 4 + int(3 * math.log(max(1, len(space.searched))))


CMA_ES = SamplerSpec(
    "cma-es",
    "covariance matrix adaptation (Hansen 2016), Optuna's; for ranges of numbers, without choices and conditions",
    Parameters(
        ParameterSpec("startup_trials", "int", 1, "random configs before the distribution is used", low=1, high=100000),
        ParameterSpec(
            "population",
            "int",
            None,
            "configs of a generation; null is 4 + 3 ln(parameters)",
            low=4,
            high=10000,
            nullable=True,
        ),
    ),
    _make,
    needs={"cmaes": "pip install 'cnnsearch[cma-es]'"},
    refused=_refused,
    generation=_generation,
)
