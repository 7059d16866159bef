"""JSON Schema of the parts of an experiment file that other rooms declare, so that an editor completes them."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from cnnsearch.experiment.files.file import FORMAT
from cnnsearch.families import FAMILIES, OWN_FAMILY, FamilySpec, installed
from cnnsearch.search.samplers import DEFAULT_SAMPLER, SAMPLERS
from cnnsearch.search.schedulers import DEFAULT_SCHEDULER, SCHEDULERS
from cnnsearch.space.priors import Sure
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.task import TaskSpec

__all__ = [
    "in_words",
    "known_parameters",
    "model_schema",
    "sampler_schema",
    "scheduler_schema",
    "searchable",
    "space_schema",
    "task_schema",
    "when_schema",
    "with_format",
]

_PLAIN = {"type": ["boolean", "number", "string", "null"]}
_VALUE = {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN, "minItems": 1}]}
_WHEN = {
    "type": "object",
    "description": "parent parameter: the values of it for which this one is active",
    "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "items": _VALUE}]},
    "minProperties": 1,
}


_PRIOR = {
    "description": "a value that is probably good: plain, or {value, sure}",
    "properties": {"value": {}, "sure": {"enum": list(get_args(Sure))}},
    "required": ["value"],
    "additionalProperties": False,
}
"""Its keywords are about mappings only; any other value passes."""


def _range(kind: str) -> dict[str, Any]:
    number = "integer" if kind == "int" else "number"
    return {
        "type": "object",
        "properties": {
            kind: {"type": "array", "items": {"type": number}, "minItems": 2, "maxItems": 2, "title": "[low, high]"},
            "log": {"type": "boolean", "default": False},
            "step": {"type": number, "exclusiveMinimum": 0},
            "when": _WHEN,
            "prior": _PRIOR,
        },
        "required": [kind],
        "additionalProperties": False,
    }


_PARAMETER = [
    _range("float"),
    _range("int"),
    {
        "type": "object",
        "properties": {"choice": {"type": "array", "items": _VALUE, "minItems": 1}, "when": _WHEN, "prior": _PRIOR},
        "required": ["choice"],
        "additionalProperties": False,
    },
    _VALUE,
]


def searchable(family: FamilySpec, task: TaskSpec) -> Parameters:
    """Everything that a space of a family for a task may name."""
    return Parameters(family.searchable.values(), family.reading(task.parameters.values()))


def space_schema() -> dict[str, Any]:
    """Schema of ``space``: the parameters of every family and task, each with its documentation."""
    properties: dict[str, Any] = {}
    for family, task in itertools.product(FAMILIES.values(), TASKS.values()):
        for spec in searchable(family.spec, task).values():
            properties.setdefault(spec.name, {"description": _described(spec), "anyOf": _PARAMETER})
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": {"anyOf": _PARAMETER},
        "minProperties": 1,
    }


def when_schema() -> dict[str, Any]:
    """Schema of ``when``: the values of a parameter for which something holds."""
    return {**_WHEN, "description": "parameter: the values of it for which this holds"}


def known_parameters() -> list[str]:
    """Names that a space may have, unless its model is a family of the user's own."""
    return list(space_schema()["properties"])


def task_schema() -> dict[str, Any]:
    """Schema of ``task``: a name."""
    return {"type": "string", "enum": list(TASKS)}


def model_schema() -> dict[str, Any]:
    """Schema of ``model``: a family of the table, or ``package.module:NAME``."""
    return {"anyOf": [{"enum": list(FAMILIES)}, {"type": "string", "pattern": OWN_FAMILY}]}


def with_format(schema: dict[str, Any]) -> None:
    """Adds to the schema of an experiment its format, and which parameters there are."""
    schema["properties"]["format"] = {"const": FORMAT, "description": "version of the file's format"}
    # Only a family of the user's own takes parameters that no room declares.
    others = list(installed())
    model = {"anyOf": [{"pattern": OWN_FAMILY}, {"enum": others}]} if others else {"pattern": OWN_FAMILY}
    if others:
        schema["properties"]["model"]["anyOf"].append({"enum": others})
    schema["if"] = {"properties": {"model": model}, "required": ["model"]}
    schema["else"] = {
        "properties": {"space": {"propertyNames": {"enum": known_parameters()}}, "runtime": {"maxItems": 0}}
    }


def sampler_schema() -> dict[str, Any]:
    """Schema of ``sampler``: a name, or a mapping with a name and its options."""
    outside = [name for name, spec in SAMPLERS.items() if spec.is_open]
    schema = _named_schema({name: spec.options for name, spec in SAMPLERS.items()}, DEFAULT_SAMPLER, outside)
    schema["anyOf"] += [
        {
            "type": "object",
            "properties": {name: {"type": "string", "description": SAMPLERS[name].doc}},
            "required": [name],
        }
        for name in outside
    ]
    return schema


def scheduler_schema() -> dict[str, Any]:
    """Schema of ``scheduler``: a name, or a mapping with a name and its options."""
    return _named_schema({name: spec.options for name, spec in SCHEDULERS.items()}, DEFAULT_SCHEDULER)


def _named_schema(table: Mapping[str, Parameters], default: str, outside: Sequence[str] = ()) -> dict[str, Any]:
    """Schema of a name, or of a mapping with a name and its options.

    Args:
        table: name -> options.
        default: whose options need no name.
        outside: those that take any others, too.
    """
    needed = {
        name: [key for key, spec in options.items() if not spec.accepts(spec.default)]
        for name, options in table.items()
    }
    mappings = [
        {
            "type": "object",
            "properties": {"name": {"const": name}, **{key: _option(spec) for key, spec in options.items()}},
            **({"minProperties": 1} if name == default else {"required": ["name", *needed[name]]}),
            "additionalProperties": name in outside,
        }
        for name, options in table.items()
    ]
    return {"anyOf": [{"enum": [name for name in table if not needed[name]]}, *mappings]}


def _option(spec: ParameterSpec) -> dict[str, Any]:
    if spec.kind == "choice":
        listed = {"enum": [*spec.options, *([None] if spec.nullable else [])]}
        return {**listed, "default": spec.default, "description": _described(spec)}
    types: dict[str, list[str]] = {"int": ["integer"], "float": ["number"], "bool": ["boolean"], "text": ["string"]}
    limits = {"minimum": spec.low, "maximum": spec.high}
    return {
        "type": types[spec.kind] + (["null"] if spec.nullable else []),
        **{key: limit for key, limit in limits.items() if math.isfinite(limit)},
        "default": spec.default,
        "description": _described(spec),
    }


def _described(spec: ParameterSpec) -> str:
    return f"{spec.told} ({spec.rule}; default {json.dumps(spec.default)})"


def in_words(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What a value must be by its JSON Schema: ``a whole number from 1 to 10``.

    Args:
        schema: of the value: a number, text, null, one of several texts, a mapping, or any of such.
        definitions: the ``$defs`` that it refers to.
    """
    if "$ref" in schema:
        return in_words(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "properties" in schema:
        return "a mapping with the keys " + ", ".join(schema["properties"])
    if "anyOf" in schema:
        return " or ".join(in_words(option, definitions) for option in schema["anyOf"])
    if "items" in schema:
        most = f", at most {schema['maxItems']} of them" if "maxItems" in schema else ""
        return f"a list of {in_words(schema['items'], definitions)}{most}"
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    nouns = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "object": "a mapping",
    }
    kind: str = schema["type"]
    return nouns.get(kind, kind) + (_lengths(schema) if kind == "string" else _limits(schema))


def _limits(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low:.12g} to {high:.12g}"
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "of at most",
        "exclusiveMaximum": "below",
    }
    found = [f"{word} {schema[key]:.12g}" for key, word in words.items() if key in schema]
    return " " + " and ".join(found) if found else ""


def _lengths(schema: Mapping[str, Any]) -> str:
    longest = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return longest + (", not empty" if "minLength" in schema else "")
