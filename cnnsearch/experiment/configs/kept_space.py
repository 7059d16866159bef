"""The constraints of an experiment: what is wrong with them, and how much of the space they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.space import Parameter, Space
from cnnsearch.space.constraints import MOST_CONSTRAINTS, Constraint, left_out, parse_constraints
from cnnsearch.space.kept import none_keeps, share_kept
from cnnsearch.space.specs import Parameters

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["kept_space", "read_constraints", "space_remarks"]

_DRAWS = 10_000
_SCARCE = 0.001
"""A share of the space below which draws take long, and hardly anything is left to be found."""


def read_constraints(
    keys: Mapping[str, Any], space: Mapping[str, Parameter], known: Parameters
) -> tuple[tuple[Constraint, ...], list[Problem]]:
    """The constraints that are valid, and what is wrong with the others, or with all of them together.

    Args:
        keys: of the experiment, as they were given.
        space: its parameters, all valid by themselves.
        known: all parameters that the space may name.
    """
    given = keys.get("constraints", ())
    is_list = isinstance(given, (list, tuple)) and len(given) <= MOST_CONSTRAINTS
    if not is_list or not all(isinstance(text, str) for text in given):
        return (), []  # told by its own validation
    filled = known.filled(_settings(keys, known))
    constraints, problems = parse_constraints(given, space, left_out(filled, space))
    if not (problems or is_recorded() or _is_grid(keys.get("sampler"))):  # a grid counts what they leave of it
        problems += _tight(space, constraints)
    return constraints, problems


def _is_grid(sampler: Any) -> bool:
    return sampler == "grid" or (isinstance(sampler, Mapping) and sampler.get("name") == "grid")


def _tight(space: Mapping[str, Parameter], constraints: Sequence[Constraint]) -> list[Problem]:
    """Constraints that no config keeps, as far as is known, each by itself or all together."""
    if not constraints:
        return []
    try:
        whole = Space(space)
    except InputError:
        return []  # told by the space's own validation
    alone = [
        Problem(f"constraints.{place}", f"no config was found that keeps it: {why}", constraint.text)
        for place, constraint in enumerate(constraints)
        if (why := none_keeps(whole.kept_to([constraint]), _DRAWS))
    ]
    if alone or not (why := none_keeps(whole.kept_to(constraints), _DRAWS)):
        return alone
    texts = [constraint.text for constraint in constraints]
    return [Problem("constraints", f"no config was found that keeps all of them: {why}", texts)]


def kept_space(experiment: Experiment) -> Space:
    """The space without the configs that break a constraint.

    Raises:
        InputError: a constraint is not valid.
    """
    space = experiment.space
    if not experiment.constraints:
        return space
    filled = experiment.filled({})
    constraints, problems = parse_constraints(experiment.constraints, space, left_out(filled, space))
    if problems:
        raise InputError(problems)
    return space.kept_to(constraints)


def space_remarks(experiment: Experiment) -> list[str]:
    """What the user should be told of the constraints before the start."""
    space = experiment.space
    found = [
        f"constraints.{place}: holds for every config of the space, so it changes nothing: {constraint.text}"
        for place, constraint in enumerate(space.constraints)
        if constraint.truths == {True}
    ]
    if space.constraints and (share := share_kept(space, _DRAWS)) < _SCARCE:
        rest = f"about {share:.2%}" if share else f"less than {1 / _DRAWS:.2%}"
        found.append(f"constraints: leave {rest} of the space: draws take long; narrower parameters spare them")
    return found


def _settings(keys: Mapping[str, Any], known: Parameters) -> dict[str, Any]:
    """What the sections say of parameters that the space leaves out."""
    preprocessing, dataset = _plain(keys.get("preprocessing")), _plain(keys.get("dataset"))
    settings = {name: value for name, value in preprocessing.items() if name in known}
    if "image_size" not in known:
        return settings
    if settings.get("image_size") is None:
        settings["image_size"] = dataset.get("image_size")
    if isinstance(settings["image_size"], int):  # as the sections have it
        settings["image_size"] = (settings["image_size"],) * 2
    return settings


def _plain(section: Any) -> Mapping[str, Any]:
    given = section.model_dump() if isinstance(section, BaseModel) else section
    return given if isinstance(given, Mapping) else {}
