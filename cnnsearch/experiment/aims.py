"""What a search may aim at: the metrics of its task, or a function of the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem, nearest
from cnnsearch.own_code.names import OWN_NAME
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.metrics import Metric, aim_of, metric_of, split_name
from cnnsearch.tasks.task import TaskSpec

__all__ = ["aim_problems", "aim_schema", "find_aim", "metric_schema", "unknown_aim", "with_mode"]

_OUTPUT = "NAME"
"""Stands for the name of an output, as a class, where none is given."""


def find_aim(aim: str) -> Metric | None:
    """The metric that ``objective:`` names, of any task; the same name is better in the same direction in all."""
    return next((found for task in TASKS.values() if (found := _aim_of_task(aim, task))), None)


def unknown_aim(aim: object, tasks: Iterable[TaskSpec] = ()) -> str:
    """What could have been meant, of some tasks; left out, of all."""
    _, output = split_name(aim) if isinstance(aim, str) else ("", None)
    known = [*_names(tasks or TASKS.values(), output or _OUTPUT), "package.module:function"]
    return nearest(aim, [name for name in known if name.startswith(str(aim))] or known)  # val_acc is not val_auc


def aim_problems(objective: Any, task: TaskSpec) -> list[Problem]:
    """A metric that another task has."""
    section = objective.model_dump() if isinstance(objective, BaseModel) else objective
    aim = section.get("metric") if isinstance(section, Mapping) else section
    if not isinstance(aim, str) or _aim_of_task(aim, task) is not None or find_aim(aim) is None:
        return []  # what is no metric at all is told by its own validation
    return [Problem("objective.metric", f"task '{task.name}' does not tell it; {unknown_aim(aim, [task])}", aim)]


def aim_schema() -> dict[str, Any]:
    """Schema of ``objective`` in short: a metric that knows by itself which way is better."""
    whole = dict.fromkeys(aim_of(metric.name) for task in TASKS.values() for metric in task.metrics)
    each = dict.fromkeys(aim_of(metric.name) for task in TASKS.values() for metric in task.each)
    patterns = [{"type": "string", "pattern": rf"^({'|'.join(each)})\[[\s\S]+\]$"}] if each else []
    return {"anyOf": [{"enum": list(whole)}, *patterns]}


def metric_schema() -> dict[str, Any]:
    """Schema of ``objective.metric``."""
    return {"anyOf": [*aim_schema()["anyOf"], {"type": "string", "pattern": f"^{OWN_NAME}$"}]}


def with_mode(schema: dict[str, Any]) -> None:
    """Of a function nobody knows which way is better."""
    schema["if"] = {"properties": {"metric": {"pattern": f"^{OWN_NAME}$"}}}
    schema["then"] = {"properties": {"mode": {"enum": ["max", "min"]}}, "required": ["mode"]}


def _names(tasks: Iterable[TaskSpec], output: str) -> Iterable[str]:
    for task in tasks:
        yield from (aim_of(metric.name) for metric in task.metrics)
        yield from (aim_of(f"{metric.name}[{output}]") for metric in task.each)


def _aim_of_task(aim: str, task: TaskSpec) -> Metric | None:
    """Only with its ``val_`` it is one: ``accuracy`` could be of any split."""
    found = task.metric(metric_of(aim))
    return found if found is not None and aim_of(found.name) == aim else None
