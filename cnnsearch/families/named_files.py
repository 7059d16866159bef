"""Parameters whose values name files: the same experiment with other names of these."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.start import StartConfig

__all__ = ["renamed"]


def renamed(parameter: str, function: Callable[[str], str], experiment: Experiment) -> dict[str, Any]:
    """What changes in an experiment with ``function`` of each value of a parameter.

    Wherever the experiment names one: in the parameter, in what other parameters ask of it (``when``), in constraints,
    and in ``start``. ``function`` is called once for each.
    """
    known = functools.cache(function)
    given = experiment.space.to_dict()
    space = {f"space.{name}": _written(each, name, parameter, known) for name, each in given.items()}
    told = {key: new for (key, new), old in zip(space.items(), given.values(), strict=True) if new != old}
    values = [value for value in experiment.space[parameter].values() if isinstance(value, str)]
    constraints = [_quoted(text, {value: known(value) for value in values}) for text in experiment.constraints]
    starts = [
        item.model_copy(update={"config": {**item.config, parameter: known(item.config[parameter])}})
        if isinstance(item, StartConfig) and isinstance(item.config.get(parameter), str)
        else item
        for item in experiment.start
    ]
    if constraints != list(experiment.constraints):
        told["constraints"] = constraints
    return {**told, "start": starts} if starts != list(experiment.start) else told


def _written(given: Any, name: str, parameter: str, known: Callable[[str], str]) -> Any:
    """The parameter ``name``, as it stands in a file; the values of ``parameter`` are files."""
    if not isinstance(given, dict):
        return known(given) if name == parameter else given
    new = dict(given)
    if name == parameter:
        new["choice"] = [known(value) for value in given["choice"]]
        new |= {"prior": {**given["prior"], "value": known(given["prior"]["value"])}} if "prior" in given else {}
    when = given.get("when", {})
    if parameter in when:
        new["when"] = {**when, parameter: [known(value) for value in when[parameter]]}
    return new


def _quoted(text: str, names: dict[str, str]) -> str:
    """A constraint, with other names where it has these in quotes."""
    for old, new in names.items():
        if old != new:
            text = text.replace(f"'{old}'", repr(new)).replace(f'"{old}"', repr(new))
    return text
