"""``sampler: {prior: defaults}``: what a family recommends, as a weak prior of each parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnsearch.experiment.configs.recommended import Usual, nearest_config
from cnnsearch.space import Choice, Constant, Parameter, Space
from cnnsearch.space.priors import Prior
from cnnsearch.space.values import is_number

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["with_default_priors"]


def with_default_priors(experiment: Experiment) -> Experiment:
    """The experiment with a prior of each parameter of which its family recommends a value, where that is asked for.

    A prior that is there stays. Where the space has not what is recommended, nor a number near to it, there is none.
    """
    if experiment.sampler.get("prior") != "defaults":
        return experiment
    space = experiment.space
    given = {name: prior.value for name in space if (prior := getattr(space[name], "prior", None)) is not None}
    config, usually = nearest_config(experiment, given), Usual(experiment)
    found: dict[str, Parameter] = dict(space)
    for name in space.searched:
        parameter = space[name]
        if name in config and name not in given and not isinstance(parameter, Constant):
            usual = usually.value(name, config)
            if parameter.contains(usual) or (is_number(usual) and _has_numbers(parameter)):
                found[name] = replace(parameter, prior=Prior(config[name], "weak"))
    return experiment.model_copy(update={"space": Space(found).kept_to(space.constraints)})


def _has_numbers(parameter: Parameter) -> bool:
    return not isinstance(parameter, Choice) or any(is_number(option) for option in parameter.options)
