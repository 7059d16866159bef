"""What of priors and of earlier studies a search could not use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.samplers import given_sampler
from cnnsearch.experiment.start import RECOMMENDED
from cnnsearch.families import FamilySpec
from cnnsearch.search.samplers import DEFAULT_SAMPLER, SAMPLERS
from cnnsearch.space import Parameter, shown
from cnnsearch.space.values import thaw

__all__ = ["prior_problems"]


def prior_problems(keys: Mapping[str, Any], space: Mapping[str, Parameter], family: FamilySpec) -> list[Problem]:
    """One for each prior that a sampler would leave aside without a word, and for defaults that nobody declares.

    Args:
        keys: of the experiment, as they were given.
        space: those parameters that are valid by themselves.
        family: of the model.
    """
    sampler = keys.get("sampler", DEFAULT_SAMPLER)
    options = sampler if isinstance(sampler, Mapping) else {}
    spec = given_sampler(sampler)
    problems = []
    if spec is not None and not spec.takes_priors:
        others = ", ".join(each for each, one in SAMPLERS.items() if one.takes_priors)
        rule = f"sampler {spec.name} takes no priors: leave it out, or take one of {others}"
        priors = {each: getattr(parameter, "prior", None) for each, parameter in space.items()}
        problems += [
            Problem(f"space.{each}.prior", rule, shown(thaw(prior.value)))
            for each, prior in priors.items()
            if prior is not None
        ]
        if keys.get("learn_from"):
            problems.append(Problem("learn_from", f"sampler {spec.name} learns from no studies; take one of {others}"))
    if options.get("prior") == "defaults" and family.is_own and not keys.get("declaration"):
        rule = (
            f"model '{family.name}' is a function, which declares no defaults: give a prior to the parameters "
            "themselves, as {float: [0.0, 0.5], prior: 0.1}"
        )
        problems.append(Problem("sampler.prior", rule, "defaults"))
    nothing = ["none", [], ()]
    if family.is_own and not keys.get("declaration"):
        nothing += [RECOMMENDED, [RECOMMENDED], (RECOMMENDED,)]  # a function recommends nothing
    if options.get("prior") == "start" and keys.get("start", RECOMMENDED) in nothing:
        rule = "draws configs near those of start, and there are none: begin with some, or leave it out"
        problems.append(Problem("sampler.prior", rule, "start"))
    return problems
