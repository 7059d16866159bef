"""Several objectives: what goes with them, and what does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem, nearest
from cnnsearch.experiment.problems.samplers import given_sampler
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.search.schedulers import SCHEDULERS
from cnnsearch.tasks import DEFAULT_TASK, TASKS

__all__ = ["several_problems"]


def several_problems(keys: Mapping[str, Any]) -> list[Problem]:
    """What of an experiment does not go with several objectives, or goes with several only."""
    objective, choose = _section(keys.get("objective")), _section(keys.get("choose"))
    if not objective.get("beside"):
        rule = f"says which of several objectives counts: name them, as objective: [{_metric(keys)}, latency_ms]"
        return [Problem("choose", rule)] if choose else []
    beside = objective["beside"] if isinstance(objective["beside"], (list, tuple)) else ()
    names = [name for name in (objective.get("metric"), *beside) if isinstance(name, str)]
    problems = [
        Problem(f"choose.{key}", f"must be one of the objectives; {nearest(choose[key], names)}", choose[key])
        for key in ("of", "then")
        if isinstance(choose.get(key), str) and choose[key] not in names
    ]
    if choose and choose.get("of") == choose.get("then"):
        problems.append(Problem("choose.then", "must be another objective than 'of'", choose.get("then")))
    sampler, scheduler = given_sampler(keys.get("sampler")), _named(keys.get("scheduler"))
    if sampler is not None and sampler.make_several is None:
        able = ", ".join(name for name, spec in SAMPLERS.items() if spec.make_several is not None)
        problems.append(
            Problem("sampler", f"{sampler.name} knows one objective only; several know {able}", sampler.name)
        )
    if scheduler is not None and scheduler in SCHEDULERS and SCHEDULERS[scheduler].make_several is None:
        able = ", ".join(name for name, spec in SCHEDULERS.items() if spec.make_several is not None)
        problems.append(Problem("scheduler", f"judges by one objective only; several know {able}", scheduler))
    problems += [Problem(where, _PRIOR) for where in _priors(keys)]
    if keys.get("stop") is not None:
        problems.append(Problem("stop", "goes by one objective: leave it out, and let the budget end the search"))
    return problems


_PRIOR = "is trusted by what it does in one objective: leave it out where there are several"


def _priors(keys: Mapping[str, Any]) -> Iterator[str]:
    """Keys that say what is held for good."""
    sampler, space = _section(keys.get("sampler")), keys.get("space")
    if keys.get("learn_from"):
        yield "learn_from"
    if sampler.get("prior") not in (None, "none"):
        yield "sampler.prior"
    for name, parameter in space.items() if isinstance(space, Mapping) else ():
        given = parameter.get("prior") if isinstance(parameter, Mapping) else getattr(parameter, "prior", None)
        if given is not None:
            yield f"space.{name}.prior"


def _metric(keys: Mapping[str, Any]) -> str:
    """The one objective, as it was given or follows from the task."""
    given = keys.get("objective")
    metric = given if isinstance(given, str) else _section(given).get("metric")
    return metric if isinstance(metric, str) else TASKS.get(str(keys.get("task")), DEFAULT_TASK).first_aim


def _section(given: Any) -> Mapping[str, Any]:
    section = given.model_dump() if isinstance(given, BaseModel) else given
    return section if isinstance(section, Mapping) else {}


def _named(given: Any) -> str | None:
    name = given.get("name") if isinstance(given, Mapping) else given
    return name if isinstance(name, str) else None
