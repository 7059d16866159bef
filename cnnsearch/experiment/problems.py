"""What is wrong with an experiment, in this project's words: pydantic's errors, and checks across sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from cnnsearch.data.sources.spec import SOURCES
from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment.case_problems import case_problems
from cnnsearch.experiment.grid import grid_problems
from cnnsearch.experiment.schema import in_words, searchable
from cnnsearch.families.family import FAMILIES, SHARED, family_named, is_own_family
from cnnsearch.families.transfer.problems import transfer_problems
from cnnsearch.inputs.pictures.preprocessing_spec import PREPROCESSING
from cnnsearch.redaction import redacted
from cnnsearch.space import Float, Int, Parameter, Space, parse_parameter, shown
from cnnsearch.tasks import AIMS, DEFAULT_TASK, TASKS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["carrying", "cross_problems", "translated"]


def carrying(problems: Sequence[Problem]) -> PydanticCustomError:
    """Carries several problems of one section through pydantic."""
    return PydanticCustomError("problems", "several problems", {"problems": tuple(problems)})


def translated(error: ValidationError, root: type[BaseModel]) -> list[Problem]:
    """Pydantic's errors in this project's words."""
    found = []
    for item in error.errors(include_url=False):
        path = [str(part) for part in item["loc"]]
        if path and path[0] == "dataset" and len(path) > 1:
            path.pop(1)  # the tag of the union
        where = ".".join(path)
        if item["type"] == "problems":
            for problem in item["ctx"]["problems"]:
                inner = f"{where}.{problem.where}" if problem.where else where
                found.append(Problem(inner, problem.rule, problem.value))
            continue
        rule, is_shown = _rule(item, root)
        value = redacted(item["input"]) if isinstance(item["input"], str) and _is_secret(where) else item["input"]
        found.append(Problem(where, rule, shown(value) if is_shown else None))
    return found


def _is_secret(where: str) -> bool:
    """Whether what stands there may be one; see :mod:`cnnsearch.experiment.outlets`."""
    return where.startswith(("notify.", "tracking."))


def _rule(item: Any, root: type[BaseModel]) -> tuple[str, bool]:
    """What must hold, and whether the value is worth showing."""
    if not item["loc"]:  # of the file as a whole, as a key that is no text
        return "every key must be a text, in UTF-8", False
    kind, section = item["type"], _section_of(item["loc"], root)
    # An item of a list or of a mapping has no key of its own.
    named = [str(part) for part in item["loc"] if section is root or part in section.model_fields]
    key = named[0 if section is root else -1] if named else str(item["loc"][-1])
    if kind in ("extra_forbidden", "invalid_key"):  # the latter is no text
        return f"unknown key; {nearest(key, section.model_fields)}", False
    if kind == "missing":
        return ("is missing; every experiment needs it" if section is root else "is missing"), False
    if kind in ("rule", "splits"):
        return item["msg"], kind == "rule"
    if kind == "string_unicode":
        return "must be UTF-8", True
    schema = section.model_json_schema()
    field = schema["properties"][key]
    if str(item["loc"][-1]) != key:  # a value of a mapping
        options = (field, *field.get("anyOf", ()))
        field = next((option["additionalProperties"] for option in options if "additionalProperties" in option), field)
    return f"must be {in_words(field, schema.get('$defs', {}))}", True


def _section_of(location: Sequence[Any], root: type[BaseModel]) -> type[BaseModel]:
    """The section that holds the key at ``location``, a path of pydantic's."""
    if len(location) == 1:
        return root
    if location[0] == "dataset":
        return SOURCES[location[1]]
    section = root
    for part in location[:-1]:
        field = section.model_fields.get(str(part))
        section = (_section_in(field.annotation) if field else None) or section
    return section


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation names, bare or in a list or union."""
    if _is_section(annotation):
        return annotation  # type: ignore[no-any-return]
    return next(filter(None, (_section_in(inner) for inner in getattr(annotation, "__args__", ()))), None)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def cross_problems(keys: Mapping[str, Any]) -> list[Problem]:
    """What no section can tell alone: model and space, sampler and space. Reads the keys as they were given."""
    model = keys.get("model", "cnn")
    given = keys.get("space")
    is_own = isinstance(model, str) and is_own_family(model)
    if not isinstance(given, (Mapping, Space)) or not (is_own or (isinstance(model, str) and model in FAMILIES)):
        return []  # told by their own validation
    named = keys.get("runtime")
    runtime = [name for name in named if isinstance(name, str)] if isinstance(named, (list, tuple)) else []
    named_task = keys.get("task", DEFAULT_TASK.name)
    task = TASKS.get(named_task, DEFAULT_TASK) if isinstance(named_task, str) else DEFAULT_TASK
    own = [str(name) for name in given if name not in task.parameters]
    known = searchable(family_named(str(model), own, runtime), task)
    problems = [
        Problem(f"space.{name}", f"not a parameter of model '{model}'; {nearest(name, known)}")
        for name in given
        if name not in known
    ]
    space = _parameters(given)
    for name, parameter in space.items():
        refused = known[name].refused(parameter) if name in known else None
        if refused is not None:
            problems.append(Problem(f"space.{name}", f"must be {known[name].rule}", refused))
        twice = known[name].twice(parameter) if name in known else None
        if twice is not None:
            kind = known[name].kind
            rule = f"every option of a choice must be there once, and as a {kind} this is an earlier one"
            problems.append(Problem(f"space.{name}", rule, twice))
    if not given:
        problems.append(Problem("space", "names no parameter, so there is nothing to search"))
    problems += _runtime_problems(runtime, str(model) if is_own else None, space, task)
    problems += _aim_problems(keys.get("objective"), task)
    problems += transfer_problems(keys, space)
    problems += case_problems(keys.get("resources"), space)
    return [*problems, *grid_problems(keys.get("sampler"), space), *_twice(keys.get("preprocessing"), space)]


def _aim_problems(objective: Any, task: TaskSpec) -> list[Problem]:
    """A metric that another task has."""
    section = objective.model_dump() if isinstance(objective, BaseModel) else objective
    metric = section.get("metric") if isinstance(section, Mapping) else section
    if not isinstance(metric, str) or metric in task.aims or metric not in AIMS:
        return []  # what is no metric at all is told by its own validation
    return [Problem("objective.metric", f"task '{task.name}' does not tell it; {nearest(metric, task.aims)}", metric)]


def _runtime_problems(
    runtime: Sequence[str], own: str | None, space: Mapping[str, Parameter], task: TaskSpec
) -> list[Problem]:
    """What ``runtime`` names: parameters of the user's own family that are numbers in every config."""
    if runtime and own is None:
        return [Problem("runtime", "is for a family of your own, as model: package.module:function")]
    problems = []
    for name in runtime:
        parameter = space.get(name)
        if name in SHARED or name in task.parameters:
            problems.append(Problem("runtime", "names a parameter of every family, which needs no mention", name))
        elif parameter is None:
            problems.append(Problem("runtime", f"names no parameter of the space; {nearest(name, space)}", name))
        elif parameter.when:
            problems.append(Problem("runtime", "must name parameters without 'when', active in every config", name))
        elif not isinstance(parameter, (Float, Int)) and not all(_is_number(value) for value in parameter.values()):
            problems.append(Problem("runtime", "must name parameters whose values are all numbers", name))
    return problems


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _twice(preprocessing: Any, space: Mapping[str, Parameter]) -> list[Problem]:
    """What stands in ``preprocessing`` and in the space."""
    settings = preprocessing.model_dump() if isinstance(preprocessing, BaseModel) else preprocessing
    if not isinstance(settings, Mapping):
        return []
    return [
        Problem(f"preprocessing.{name}", "stands in the space too; leave it out of one of them")
        for name in PREPROCESSING
        if name in space and settings.get(name) not in (None, PREPROCESSING[name].default)
    ]


def _parameters(given: Mapping[str, Any]) -> dict[str, Parameter]:
    """Those parameters of a space that are valid by themselves."""
    valid = {}
    for name, value in given.items():
        try:
            valid[str(name)] = value if isinstance(value, Parameter) else parse_parameter(value)
        except InputError:
            continue  # told by the space's own validation
    return valid
