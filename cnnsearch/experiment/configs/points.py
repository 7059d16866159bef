"""A config as a user writes one: the point of the experiment's space that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.experiment import Experiment
from cnnsearch.space import Config, freeze, shown
from cnnsearch.space.values import VALUE_RULE, is_value

__all__ = ["point_of"]


def point_of(experiment: Experiment, given: Any) -> Config:
    """The config that is meant; what the space holds constant need not be told.

    Args:
        experiment: whose space it must be of.
        given: parameter -> value, as a file or Python has them.

    Raises:
        InputError: it is no config of the space; names every parameter that is wrong.
    """
    if not isinstance(given, Mapping):
        rule = "must map parameters to their values, as {filters: 16, learning_rate: 0.001}"
        raise InputError(Problem("", rule, shown(given)))
    config = {str(name): freeze(value) for name, value in given.items()}
    problems = [
        Problem(name, f"must be {VALUE_RULE}", shown(value)) for name, value in config.items() if not is_value(value)
    ]
    if problems:
        raise InputError(problems)
    space = experiment.space
    for name in space.ordered:
        if name not in config and space[name].size == 1 and space.is_active(name, config):
            config[name] = next(iter(space[name].values()))
    space.validate(config)
    return {name: space[name].own(config[name]) for name in space if name in config}
