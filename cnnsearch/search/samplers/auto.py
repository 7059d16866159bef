"""auto: the sampler that won the simulation, with what fits the budget.

``benchmarks/SEARCH.md`` has the figures by which it chooses. What it chose stands in the experiment, and so in the
study's record: a later version that chooses otherwise goes on with it, and replays it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.samplers.bohb import BEFORE, BOHB, EQUALS, LOCAL
from cnnsearch.search.samplers.random import RANDOM
from cnnsearch.search.samplers.sampler import PRIOR_OPTION, Sampler, SamplerSpec
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["AUTO", "chosen_in_words"]

_CHOSEN = {spec.name: spec for spec in (BOHB, RANDOM)}
_LEAST_STARTUP, _MOST_STARTUP = 10, 20
"""Random configs before the model: a third of the trials, between these. In the simulation 10 and 20 did equally well
over 50 full trainings, and 20 better over the first 10."""


def _settled(options: Mapping[str, Any], trials: int | None) -> dict[str, Any]:
    """Fill in what was left open.

    Few trials are all random configs of ``bohb``: were it ``random``, a search that is extended would never learn.
    """
    startup = options["startup_trials"]
    if startup is None:
        startup = _MOST_STARTUP if trials is None else min(max(trials // 3, _LEAST_STARTUP), _MOST_STARTUP)
    return {**options, "chosen": options["chosen"] or BOHB.name, "startup_trials": startup}


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    return _CHOSEN[options["chosen"]].make(space, seed, mode, options)


def _make_several(space: Space, seed: int, modes: Sequence[str], options: Mapping[str, Any]) -> Sampler:
    make = _CHOSEN[options["chosen"]].make_several
    if make is None:
        raise TypeError(f"{options['chosen']} knows one objective only")
    return make(space, seed, modes, options)


def chosen_in_words(options: Mapping[str, Any], trials: int | None) -> str | None:
    """What ``auto`` chose, in a sentence; ``None`` where the sampler was named.

    Args:
        options: ``name`` and options of an experiment's sampler.
        trials: of the budget; ``None`` where minutes alone end the search.
    """
    if options["name"] != AUTO.name:
        return None
    if options["chosen"] == RANDOM.name:
        return (
            "sampler auto is random here, as its option chosen says, and learns from no trial; leave that out for bohb"
        )
    startup = options["startup_trials"]
    drawn = {"start": "near the start or random", "defaults": "near the defaults or random"}.get(
        options["prior"], "random"
    )
    if trials is not None and trials <= startup:
        first = f"its first {startup} configs are {drawn}"
        few = f"{first}, so it learns from none of {trials} trials unless you extend them"
        return f"sampler auto chose {options['chosen']}: {few}"
    after = f"after {startup} configs {drawn}" if options["prior"] else f"after {startup} random configs"
    learnt = "it learns from those that ran for as long as twelve did, stopped or not"
    return f"sampler auto chose {options['chosen']}: {after} {learnt}"


AUTO = SamplerSpec(
    "auto",
    "the sampler that did best in the benchmark of searches: bohb, after random configs by the budget",
    Parameters(
        ParameterSpec(
            "chosen", "choice", None, "what it chose; null lets it choose", options=tuple(_CHOSEN), nullable=True
        ),
        ParameterSpec(
            "startup_trials",
            "int",
            None,
            "random configs before the model is used; null takes a third of the trials, from 10 to 20",
            low=1,
            high=100000,
            nullable=True,
        ),
        LOCAL,
        EQUALS,
        PRIOR_OPTION,
    ),
    _make,
    settled=_settled,
    make_several=_make_several,
    takes_priors=True,
    before=BEFORE,
)
