"""What is wrong with an experiment, in this project's words: pydantic's errors, and checks across sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from cnnsearch.data.sources.spec import SOURCES
from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment.aims import aim_problems
from cnnsearch.experiment.augmentation_problems import augmentation_problems
from cnnsearch.experiment.case_problems import case_problems
from cnnsearch.experiment.grid import grid_problems
from cnnsearch.experiment.kept_space import read_constraints
from cnnsearch.experiment.label_problems import label_problems
from cnnsearch.experiment.prior_problems import prior_problems
from cnnsearch.experiment.sampler_problems import sampler_problems
from cnnsearch.experiment.schema import in_words, searchable
from cnnsearch.experiment.several import several_problems
from cnnsearch.families import FAMILIES, FamilySpec, find_family, named_model, spec_of
from cnnsearch.inputs.pictures.spec import PREPROCESSING
from cnnsearch.redaction import redacted
from cnnsearch.space import Parameter, Space, parse_parameter, shown
from cnnsearch.tasks import DEFAULT_TASK, TASKS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["carrying", "cross_problems", "translated"]

_READ, _NEEDED = "pictures", "vector"
"""The inputs that there are, and the features that every task needs."""

_UNSAID = {"cached_variants": None, "cache": True, "budget_gb": 4.0, "dtype": "float32"}
"""Of the sections of frozen backbones, what a study's own experiment file says where its author said nothing."""


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
    if kind in ("rule", "splits", "columns"):
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
    if not isinstance(given, (Mapping, Space)):
        return []  # told by its own validation
    try:
        model = named_model(model)
    except InputError:
        return []  # as well
    named = keys.get("runtime")
    runtime = [name for name in named if isinstance(name, str)] if isinstance(named, (list, tuple)) else []
    named_task = keys.get("task", DEFAULT_TASK.name)
    task = TASKS.get(named_task, DEFAULT_TASK) if isinstance(named_task, str) else DEFAULT_TASK
    own = [str(name) for name in given if name not in task.parameters]
    declaration = keys.get("declaration")
    try:
        spec = spec_of(model, own, runtime, declaration if isinstance(declaration, Mapping) else None)
    except InputError as error:
        return list(error.problems)
    known = searchable(spec, task)
    problems = [
        Problem(
            f"space.{name}", f"not a parameter of model '{model}'{_of_task(name, task) or f'; {nearest(name, known)}'}"
        )
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
    problems += aim_problems(keys.get("objective"), task)
    problems += _unsuited(spec, runtime, keys)
    problems += [
        Problem("runtime", "names a parameter of every family, which needs no mention", name)
        for name in runtime
        if name in task.parameters
    ]
    problems += label_problems(keys.get("dataset"), task)
    problems += task.problems(keys, space)
    problems += augmentation_problems(keys, space, task)
    problems += find_family(model).problems.problems(keys, space)
    problems += case_problems(keys.get("resources"), space)
    problems += several_problems(keys)
    problems += sampler_problems(keys.get("sampler"), space)
    problems += prior_problems(keys, space, spec)
    is_whole = len(space) == len(given)  # what is wrong with a parameter is told first
    constraints, refused = read_constraints(keys, space, known) if is_whole else ((), [])
    problems += refused or grid_problems(keys.get("sampler"), space, constraints)
    return [*problems, *_twice(keys.get("preprocessing"), space)]


def _of_task(name: Any, task: TaskSpec) -> str:
    """Whose parameter it is, where that of another task."""
    others = [f"'{each.name}'" for each in TASKS.values() if name in each.parameters]
    return f" for task '{task.name}': it belongs to {' and '.join(others)}" if others else ""


def _unsuited(spec: FamilySpec, runtime: Sequence[str], keys: Mapping[str, Any]) -> list[Problem]:
    """What is not for a family of this kind."""
    problems = []
    if runtime and not spec.is_own:
        problems.append(Problem("runtime", "is for a family of your own, as model: package.module:function"))
    if keys.get("declaration") is not None and not spec.is_own:
        problems.append(Problem("declaration", "is for a family from outside, as model: package.module:NAME"))
    if _READ not in spec.takes:
        problems.append(Problem("model", f"takes {', '.join(spec.takes)}, and the data are {_READ}", spec.name))
    if _NEEDED not in spec.gives:
        rule = f"gives a {' or a '.join(spec.gives)}, and the task tells its answers from a {_NEEDED}"
        problems.append(Problem("model", rule, spec.name))
    if not spec.freezes:
        freezing = " or ".join(f"'{name}'" for name, family in FAMILIES.items() if family.spec.freezes)
        problems += [
            Problem(section, f"is for model {freezing}, whose backbone is frozen: leave it out")
            for section in ("augmentation", "features")
            if _says_anything(keys.get(section))
        ]
    return problems


def _says_anything(section: Any) -> bool:
    """Whether a section differs from one that was left out."""
    if isinstance(section, BaseModel):
        return section != type(section)()
    given = section if isinstance(section, Mapping) else {}
    return any(given.get(key, default) != default for key, default in _UNSAID.items())


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
