"""The keys of an experiment as they were given, with those that follow from others."""

from __future__ import annotations

import contextlib
from typing import Any

from pydantic_core import PydanticCustomError

from cnnsearch.experiment.keys.model import with_declaration
from cnnsearch.experiment.keys.objective import chosen_by, several_in_one
from cnnsearch.experiment.keys.search import with_name
from cnnsearch.experiment.recorded import is_recorded, with_former
from cnnsearch.tasks import TASKS

__all__ = ["completed"]


def completed(keys: dict[str, Any]) -> dict[str, Any]:
    """What is validated, and read by the checks across sections; what is wrong with a key stays for these."""
    if is_recorded():
        keys = with_former(keys)
    if "model" in keys:
        keys = with_declaration(keys)
    with contextlib.suppress(PydanticCustomError):  # told by its own validation
        if isinstance(keys.get("objective"), (list, tuple)):
            keys = {**keys, "objective": several_in_one(keys["objective"])}
    with contextlib.suppress(PydanticCustomError):
        keys = {**keys, **{key: chosen_by(keys[key]) for key in ("choose",) if key in keys}}
    keys = {**keys, **{key: with_name(key, keys[key]) for key in ("sampler", "scheduler") if key in keys}}
    return {**_following(keys), **keys}


def _following(keys: dict[str, Any]) -> dict[str, Any]:
    """Defaults that another key decides."""
    found: dict[str, Any] = {}
    if keys.get("evaluation") is not None:
        found["final"] = "refit"  # no fold's training is the one to ship
    if keys.get("task") in list(TASKS):
        found["objective"] = TASKS[keys["task"]].first_aim
    return found
