"""What is wrong with a space of ``cnn``: filters that cannot be grouped, and blocks that pictures are too small for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import size_of
from cnnsearch.errors import Problem, TrialError
from cnnsearch.families import find_family
from cnnsearch.families import problems as of_any_family
from cnnsearch.families.cnn.filters import indivisible
from cnnsearch.families.cnn.spec import CNN
from cnnsearch.space import Float, position

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.space import Parameter

__all__ = ["data_problems", "problems"]

_DRAWS = 500


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`.

    Where constraints speak of groups, what they leave is looked at with the data.
    """
    constraints = keys.get("constraints")
    texts = constraints if isinstance(constraints, (list, tuple)) else ()  # else told by its own validation
    if any("normalization_groups" in str(text) for text in texts):
        return []
    return list(_indivisible(space))


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],
    shape: tuple[int, int] | None,
    channels: int,
    classes: int,
) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`.

    Of plain blocks some configs may be impossible, and their trials fail; of all others none may.
    """
    found = of_any_family.data_problems(experiment, sizes, shape, channels, classes)
    if found:
        return found
    family, rng = find_family(experiment.model), np.random.default_rng(experiment.seed)
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        size = size_of(config) or shape or (1, 1)
        try:
            family.count(config, (*size, channels), classes)
        except TrialError as error:
            if config["block"] != "plain" or config["normalization"] == "group":
                return [Problem("space", f"has configs that give no network: {error}")]
    return []


def _indivisible(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    if position(_values(space, "normalization"), "group") is None:
        return
    groups = _values(space, "normalization_groups")
    for name in ("filters", *(name for name in CNN.parameters if name.startswith("filters_"))):
        for filters in _values(space, name):
            bad = next((each for each in groups if filters is not None and filters % each), None)
            if bad is not None:
                rule = f"{indivisible(name, filters, bad)}; give multiples, as choices or with a step"
                yield Problem(f"space.{name}", rule, filters)
                break


def _values(space: Mapping[str, Parameter], name: str) -> list[Any]:
    """Those that a config with group normalisation may have."""
    parameter, default = space.get(name), CNN.parameters[name].default
    if parameter is None or isinstance(parameter, Float):
        return [default]  # a range of floats is refused as no whole number
    conditions = dict(parameter.when or {})
    if name != "normalization" and "normalization" in conditions and "group" not in conditions["normalization"]:
        return [default]
    others = set(conditions) - {"normalization"}
    return [*parameter.values(), *([default] if others or (name == "normalization" and conditions) else [])]
