"""bohb: a Parzen estimator that learns from stopped trials too (Falkner et al. 2018), after its sampler of configs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.samplers.sampler import PRIOR_OPTION, Sampler, SamplerSpec
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["BEFORE", "BOHB", "EQUALS", "LOCAL"]

LOCAL = ParameterSpec(
    "local", "float", 0.4, "share of the proposals that change one of the best configs a little", low=0.0, high=1.0
)
EQUALS = ParameterSpec(
    "equals",
    "choice",
    "shared",
    "whether equal metrics share a rank beside other objectives, or stand apart, the first as better",
    options=("shared", "apart"),
)
"""Options of every sampler that may be this one."""
BEFORE = {"local": 0.0, "equals": "apart"}
"""What it did before it had these options."""


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    return _make_several(space, seed, [mode], options)


def _make_several(space: Space, seed: int, modes: Sequence[str], options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.densities.bohb_sampler import BohbSampler  # SciPy is not imported for its name

    signs = [1 if mode == "max" else -1 for mode in modes]
    return BohbSampler(space, seed, signs, options["startup_trials"], options["local"], options["equals"])


BOHB = SamplerSpec(
    "bohb",
    "Parzen estimator on what enough trials reached, stopped ones included (Falkner et al. 2018)",
    Parameters(
        ParameterSpec("startup_trials", "int", 20, "random configs before the model is used", low=1, high=100000),
        LOCAL,
        EQUALS,
        PRIOR_OPTION,
    ),
    _make,
    make_several=_make_several,
    takes_priors=True,
    before=BEFORE,
)
