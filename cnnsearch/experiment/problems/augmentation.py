"""What is wrong with the augmentation of a space: what a task, a batch or a frozen backbone cannot take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem
from cnnsearch.families.spec import TRAINING
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED, MOSAIC_PARTS
from cnnsearch.space import Float, Int, Parameter
from cnnsearch.tasks.task import TaskSpec

__all__ = ["augmentation_problems"]


def augmentation_problems(keys: Mapping[str, Any], space: Mapping[str, Parameter], task: TaskSpec) -> Iterator[Problem]:
    """Of an experiment's keys, as they were given, and its valid parameters."""
    mixing = [name for name in MIXED if AUGMENTATION[name].may_act(space.get(name))]
    for name in mixing:
        if name not in task.mixes:
            can = f"it takes {' and '.join(task.mixes)}" if task.mixes else "leave it out"
            rule = f"task '{task.name}' has no target for a picture that {name} made of two: {can}"
            yield Problem(f"space.{name}", rule)
    if mixing and _variants(keys.get("augmentation")) is not None:
        rule = (
            f"keeps features of pictures that have one target each, and {' and '.join(mixing)} of the space mixes "
            "pictures: leave one of them out"
        )
        yield Problem("augmentation.cached_variants", rule)
    yield from _joining(space, task)
    if mixing and _least(space.get("batch_size")) == 1:
        rule = f"must be 2 or more with {' and '.join(mixing)}: a picture is mixed with another one of its batch"
        yield Problem("space.batch_size", rule, 1)


def _joining(space: Mapping[str, Parameter], task: TaskSpec) -> Iterator[Problem]:
    """Batches that are too small for pictures that are made of several."""
    for name in task.joins:
        if not task.parameters[name].may_act(space.get(name)):
            continue
        least = _least(space.get("batch_size"))
        if least is not None and least < MOSAIC_PARTS:
            rule = f"must be {MOSAIC_PARTS} or more with {name}, which joins {MOSAIC_PARTS} pictures of a batch"
            yield Problem("space.batch_size", rule, least)


def _variants(section: Any) -> Any:
    if isinstance(section, BaseModel):
        return getattr(section, "cached_variants", None)
    return section.get("cached_variants") if isinstance(section, Mapping) else None


def _least(parameter: Parameter | None) -> Any:
    """The least number that a config may have of it."""
    if parameter is None:
        return TRAINING["batch_size"].default
    values = [parameter.low] if isinstance(parameter, (Float, Int)) else list(parameter.values())
    return min((value for value in values if isinstance(value, (int, float))), default=None)
