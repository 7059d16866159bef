"""What no section of an experiment can tell alone, as of model and space, or of sampler and space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment.aims import aim_problems
from cnnsearch.experiment.configs.kept_space import read_constraints
from cnnsearch.experiment.problems.augmentation import augmentation_problems
from cnnsearch.experiment.problems.cases import case_problems
from cnnsearch.experiment.problems.grid import grid_problems
from cnnsearch.experiment.problems.inputs import input_problems
from cnnsearch.experiment.problems.labels import label_problems
from cnnsearch.experiment.problems.priors import prior_problems
from cnnsearch.experiment.problems.samplers import sampler_problems
from cnnsearch.experiment.problems.several import several_problems
from cnnsearch.experiment.problems.unread import unread_problems
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.experiment.schema import searchable
from cnnsearch.families import FAMILIES, FamilySpec, find_family, named_model, spec_of
from cnnsearch.inputs.pictures.spec import PREPROCESSING
from cnnsearch.space import Parameter, Space, parse_parameter
from cnnsearch.space.switches import condition_of
from cnnsearch.tasks import DEFAULT_TASK, TASKS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["cross_problems"]


_UNSAID = {"cached_variants": None, "cache": True, "budget_gb": 4.0, "dtype": "float32"}
"""Of the sections of frozen backbones, what a study's own experiment file says where its author said nothing."""


def cross_problems(keys: Mapping[str, Any]) -> list[Problem]:
    """What is wrong across sections. Reads the keys as they were given."""
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
    problems += [*_unsuited(spec, task, runtime, keys), *_unfrozen(spec, space, keys)]
    problems += [
        Problem("runtime", "names a parameter of every family, which needs no mention", name)
        for name in runtime
        if name in task.parameters
    ]
    problems += input_problems(keys, spec, task)
    problems += label_problems(keys.get("dataset"), task)
    problems += task.problems(keys, space)
    problems += augmentation_problems(keys, space, task)
    if not is_recorded():
        problems += find_family(model).problems.problems(keys, space)
    problems += case_problems(keys.get("resources"), space)
    problems += several_problems(keys)
    problems += sampler_problems(keys.get("sampler"), space)
    problems += prior_problems(keys, space, spec)
    is_whole = len(space) == len(given)  # what is wrong with a parameter is told first
    if is_whole and not is_recorded():
        problems += unread_problems(space, known)
    constraints, refused = read_constraints(keys, space, known) if is_whole else ((), [])
    problems += refused or grid_problems(keys.get("sampler"), space, constraints)
    return [*problems, *_twice(keys.get("preprocessing"), space)]


def _of_task(name: Any, task: TaskSpec) -> str:
    """Whose parameter it is, where that of another task."""
    others = [f"'{each.name}'" for each in TASKS.values() if name in each.parameters]
    return f" for task '{task.name}': it belongs to {' and '.join(others)}" if others else ""


def _features(kind: str) -> str:
    """With their article."""
    return kind if kind.endswith("s") else f"a {kind}"


def _unsuited(spec: FamilySpec, task: TaskSpec, runtime: Sequence[str], keys: Mapping[str, Any]) -> list[Problem]:
    """What is not for a family of this kind, or which family is not for the task."""
    problems = []
    if runtime and not spec.is_own:
        problems.append(Problem("runtime", "is for a family of your own, as model: package.module:function"))
    if keys.get("declaration") is not None and not spec.is_own:
        problems.append(Problem("declaration", "is for a family from outside, as model: package.module:NAME"))
    # What a family of the user's own gives is held to a vector when it is built.
    gives = ("vector",) if spec.is_own else spec.gives
    if task.needs not in gives:
        able = [name for name, family in FAMILIES.items() if task.needs in family.spec.gives]
        given, needed = " or ".join(map(_features, gives)), _features(task.needs)
        rule = f"gives {given}, and task '{task.name}' tells its answers from {needed}"
        problems.append(Problem("model", f"{rule}, as {' and '.join(able)} give{'s' * (len(able) == 1)}", spec.name))
    return problems


def _unfrozen(spec: FamilySpec, space: Mapping[str, Parameter], keys: Mapping[str, Any]) -> Iterator[Problem]:
    """What is for frozen networks, where no config has one."""
    if spec.may_freeze(space):
        return
    names = (f"model '{name}'{_where(family.spec)}" for name, family in FAMILIES.items() if family.spec.freezes)
    rule = f"is for {' or '.join(names)}, whose backbone is frozen: leave it out"
    for section in ("augmentation", "features"):
        if _says_anything(keys.get(section)):
            yield Problem(section, rule)


def _where(spec: FamilySpec) -> str:
    return f" {condition_of(spec.frozen_where)}" if spec.frozen_where else ""


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
