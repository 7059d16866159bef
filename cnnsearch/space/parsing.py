"""A parameter as written in an experiment file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.space.parameters import Choice, Constant, Float, Int, Parameter
from cnnsearch.space.values import shown

__all__ = ["parse_parameter"]

_KINDS = ("float", "int", "choice")

_ARTICLES = {"float": "a float", "int": "an int", "choice": "a choice"}

_OF_RANGES = ("log", "step", "when", "prior")
_KEYS = {"float": _OF_RANGES, "int": _OF_RANGES, "choice": ("when", "prior")}


def parse_parameter(value: Any) -> Parameter:
    """One parameter as written in a file: a plain value, or a mapping with exactly one of float, int, choice.

    Raises:
        InputError: with every problem found.
    """
    if not isinstance(value, Mapping):
        return Constant(value)
    kinds = [kind for kind in _KINDS if kind in value]
    if len(kinds) != 1:
        unknown = next((key for key in value if key not in _KINDS), None)
        hint = nearest(unknown, _KINDS) if unknown is not None and not kinds else "as {float: [0.0, 0.5]}"
        raise InputError(Problem("", f"a parameter needs exactly one of float, int, choice; {hint}", dict(value)))
    kind = kinds[0]
    problems = [
        Problem(str(key), f"unknown key of {_ARTICLES[kind]} parameter; {nearest(key, _KEYS[kind])}")
        for key in value
        if key != kind and key not in _KEYS[kind]
    ]
    when = value.get("when")
    if "when" in value and (not isinstance(when, Mapping) or not when):
        problems.append(Problem("when", "must map a parameter to its values, as {dense_layers: [2, 3]}", shown(when)))
    prior = value.get("prior")
    if "prior" in value and prior is None:
        problems.append(Problem("prior", "must be a value, or as {value: 0.001, sure: weak}; leave it out for none"))
    if problems:
        raise InputError(problems)
    if kind == "choice":
        return Choice(value["choice"], when or {}, prior)
    bounds = value[kind]
    if not isinstance(bounds, (list, tuple)) or len(bounds) != 2:
        raise InputError(Problem("", f"{kind} must be [low, high]", shown(bounds)))
    log = value.get("log", False)
    if not isinstance(log, bool):
        raise InputError(Problem("log", "must be true or false", shown(log)))
    if kind == "int":
        return Int(bounds[0], bounds[1], log, value.get("step"), when or {}, prior)
    return Float(bounds[0], bounds[1], log, value.get("step"), when or {}, prior)
