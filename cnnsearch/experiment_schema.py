"""JSON Schema of the parts of an experiment file that the catalog declares, so that an editor completes them."""

from __future__ import annotations

from typing import Any

from cnnsearch.catalog.families import FAMILIES
from cnnsearch.catalog.parameters import Parameters, ParameterSpec
from cnnsearch.catalog.samplers import SAMPLERS
from cnnsearch.catalog.schedulers import SCHEDULERS

__all__ = ["sampler_schema", "scheduler_schema", "space_schema"]

_PLAIN = {"type": ["boolean", "number", "string", "null"]}
_VALUE = {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN, "minItems": 1}]}
_WHEN = {
    "type": "object",
    "description": "parent parameter: the values of it for which this one is active",
    "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "items": _VALUE}]},
    "minProperties": 1,
}


def _range(kind: str) -> dict[str, Any]:
    number = "integer" if kind == "int" else "number"
    return {
        "type": "object",
        "properties": {
            kind: {"type": "array", "items": {"type": number}, "minItems": 2, "maxItems": 2, "title": "[low, high]"},
            "log": {"type": "boolean", "default": False},
            "step": {"type": number, "exclusiveMinimum": 0},
            "when": _WHEN,
        },
        "required": [kind],
        "additionalProperties": False,
    }


_PARAMETER = [
    _range("float"),
    _range("int"),
    {
        "type": "object",
        "properties": {"choice": {"type": "array", "items": _VALUE, "minItems": 1}, "when": _WHEN},
        "required": ["choice"],
        "additionalProperties": False,
    },
    _VALUE,
]


def space_schema() -> dict[str, Any]:
    """Schema of ``space``: the parameters of every family, each with its documentation."""
    properties: dict[str, Any] = {}
    for family in FAMILIES.values():
        for spec in family.searchable.values():
            properties.setdefault(spec.name, {"description": _described(spec), "anyOf": _PARAMETER})
    return {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}


def sampler_schema() -> dict[str, Any]:
    """Schema of ``sampler``: a name, or a mapping with a name and its options."""
    return _named_schema({name: spec.options for name, spec in SAMPLERS.items()})


def scheduler_schema() -> dict[str, Any]:
    """Schema of ``scheduler``: a name, or a mapping with a name and its options."""
    return _named_schema({name: spec.options for name, spec in SCHEDULERS.items()})


def _named_schema(table: dict[str, Parameters]) -> dict[str, Any]:
    mappings = [
        {
            "type": "object",
            "properties": {"name": {"const": name}, **{key: _option(spec) for key, spec in options.items()}},
            "required": ["name"],
            "additionalProperties": False,
        }
        for name, options in table.items()
    ]
    return {"anyOf": [{"enum": list(table)}, *mappings]}


def _option(spec: ParameterSpec) -> dict[str, Any]:
    types: dict[str, list[str]] = {"int": ["integer"], "float": ["number"], "bool": ["boolean"]}
    return {
        "type": types[spec.kind] + (["null"] if spec.nullable else []),
        "default": spec.default,
        "description": _described(spec),
    }


def _described(spec: ParameterSpec) -> str:
    return f"{spec.doc} ({spec.rule}; default {spec.default})"
