"""The keys ``sampler`` and ``scheduler``: a name of a table, with its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment.files.file import SHORTHANDS
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.experiment.schema import sampler_schema, scheduler_schema
from cnnsearch.search.samplers import DEFAULT_SAMPLER, OPTUNAHUB, SAMPLERS, SamplerSpec
from cnnsearch.search.schedulers import DEFAULT_SCHEDULER, SCHEDULERS, SchedulerSpec
from cnnsearch.space import shown
from cnnsearch.table import Table

__all__ = ["SamplerKey", "SchedulerKey", "with_name"]


_DEFAULTS: Mapping[str, SamplerSpec | SchedulerSpec] = {
    "sampler": SAMPLERS[DEFAULT_SAMPLER],
    "scheduler": SCHEDULERS[DEFAULT_SCHEDULER],
}


def _named(table: Table[Any], value: Any) -> Any:
    """``{name: tpe, startup_trials: 10}`` checked against its declaration, with every default filled in."""
    if not isinstance(value, Mapping):
        rule = f"must be a name, or a mapping with the key 'name'; valid: {', '.join(table)}"
        raise carrying([Problem("", rule, shown(value))])
    if "name" not in value:
        raise carrying([Problem("", f"needs the key 'name'; valid: {', '.join(table)}")])
    spec: SamplerSpec | SchedulerSpec
    try:
        spec = table.find(value["name"], "name")
    except InputError as error:
        raise carrying([replace(each, rule=_with_needs(each.rule, table)) for each in error.problems]) from None
    options = {key: item for key, item in value.items() if key != "name"}
    if isinstance(spec, SamplerSpec) and is_recorded():
        options = {**spec.before, **options}
    problems = []
    for key, item in options.items():
        if key not in spec.options and getattr(spec, "is_open", False):
            continue
        if key not in spec.options:
            known = nearest(key, spec.options) if spec.options else "it has none"
            problems.append(Problem(str(key), f"not an option of {table.what} '{spec.name}'; {known}"))
        elif not spec.options[key].accepts(item):
            problems.append(Problem(key, f"must be {spec.options[key].rule}", shown(item)))
    problems += [
        Problem(key, "is missing")
        for key, each in spec.options.items()
        if key not in options and not each.accepts(each.default)
    ]
    if problems:
        raise carrying(problems)
    return {"name": spec.name, **spec.options.filled(options)}


def _with_needs(rule: str, table: Table[Any]) -> str:
    """Of samplers, with all that there are, and what must be installed for them."""
    if table is not SAMPLERS:
        return rule
    each = [f"{name} (needs {', '.join(spec.needs)})" if spec.needs else name for name, spec in SAMPLERS.items()]
    guess, _, listed = rule.partition("valid: ")
    return f"{guess}{'valid:' if listed else ' There are'} {', '.join(each)}"


def with_name(key: str, value: Any) -> Any:
    """``sampler: {prior: defaults}`` is ``{name: auto, prior: defaults}``: options of the default need no name."""
    default = _DEFAULTS[key]
    is_of_default = isinstance(value, Mapping) and value and all(option in default.options for option in value)
    return {"name": default.name, **value} if is_of_default else value


def _sampler(value: Any) -> Any:
    """``{optunahub: PACKAGE, ...}`` is ``{name: optunahub, package: PACKAGE, ...}``."""
    if isinstance(value, Mapping) and OPTUNAHUB.name in value and "name" not in value:
        others = {key: item for key, item in value.items() if key != OPTUNAHUB.name}
        value = {"name": OPTUNAHUB.name, "package": value[OPTUNAHUB.name], **others}
    return _named(SAMPLERS, value)


def _shorthand(key: str) -> BeforeValidator:
    return BeforeValidator(lambda value: {SHORTHANDS[key]: value} if isinstance(value, str) else value)


def _scheduler(value: Any) -> Any:
    return _named(SCHEDULERS, value)


SamplerKey = Annotated[
    dict[str, Any], BeforeValidator(_sampler), _shorthand("sampler"), WithJsonSchema(sampler_schema())
]

SchedulerKey = Annotated[
    dict[str, Any], BeforeValidator(_scheduler), _shorthand("scheduler"), WithJsonSchema(scheduler_schema())
]
