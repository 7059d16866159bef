"""What is wrong with an experiment whose model is a family of the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem, nearest
from cnnsearch.families.spec import SHARED
from cnnsearch.space import Float, Int

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.space import Parameter

__all__ = ["data_problems", "problems"]


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """What ``runtime`` names: parameters of the family that are numbers in every config."""
    named = keys.get("runtime")
    runtime = [name for name in named if isinstance(name, str)] if isinstance(named, (list, tuple)) else []
    if runtime and keys.get("declaration") is not None:
        return [Problem("runtime", "is declared by this family itself, as parameters that are not structural")]
    found = []
    for name in runtime:
        parameter = space.get(name)
        if name in SHARED:
            found.append(Problem("runtime", "names a parameter of every family, which needs no mention", name))
        elif parameter is None:
            found.append(Problem("runtime", f"names no parameter of the space; {nearest(name, space)}", name))
        elif parameter.when:
            found.append(Problem("runtime", "must name parameters without 'when', active in every config", name))
        elif not isinstance(parameter, (Float, Int)) and not all(_is_number(value) for value in parameter.values()):
            found.append(Problem("runtime", "must name parameters whose values are all numbers", name))
    return found


def data_problems(
    experiment: Experiment,  # noqa: ARG001 - the contract of every family
    sizes: Sequence[tuple[int, int]],  # noqa: ARG001
    shape: tuple[int, int] | None,  # noqa: ARG001
    channels: int,  # noqa: ARG001
    classes: int,  # noqa: ARG001
) -> list[Problem]:
    """Nothing without running its code: see :mod:`cnnsearch.training.family_check`."""
    return []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
