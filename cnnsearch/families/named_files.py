"""Parameters whose values name files: the same parameters with other names of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.start import StartConfig

__all__ = ["renamed"]


def renamed(parameter: str, function: Callable[[str], str], experiment: Experiment) -> dict[str, Any]:
    """What changes in an experiment with ``function`` of each value of a parameter, in its space and ``start``."""
    starts = [
        item.model_copy(update={"config": {**item.config, parameter: function(item.config[parameter])}})
        if isinstance(item, StartConfig) and isinstance(item.config.get(parameter), str)
        else item
        for item in experiment.start
    ]
    named = {"start": starts} if starts != list(experiment.start) else {}
    return {f"space.{parameter}": _each(parameter, function, experiment), **named}


def _each(parameter: str, function: Callable[[str], str], experiment: Experiment) -> Any:
    """The parameter with ``function`` of each of its values."""
    given = experiment.space.to_dict()[parameter]
    if isinstance(given, dict):
        return {**given, "choice": [function(value) for value in given["choice"]]}
    return function(given)
