"""The experiment file: YAML in, overrides on top, and the line of each key for messages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cnnsearch.errors import InputError, Problem

__all__ = [
    "FORMAT",
    "SHORTHANDS",
    "arrays_problems",
    "lines_of",
    "located",
    "overridden",
    "parse_file",
    "parse_value",
    "reading_error",
]

FORMAT = 1
"""Version of the experiment file's format."""

SHORTHANDS = {"dataset": "source", "objective": "metric", "sampler": "name", "scheduler": "name"}
"""Sections that may be written as one word: ``sampler: tpe`` is ``sampler: {name: tpe}``."""


def parse_value(text: str) -> Any:
    """What ``text`` means as YAML, as the right side of ``--set KEY=VALUE``.

    Raises:
        InputError: it is not valid YAML.
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = error.problem or "not valid"
        if what.startswith("but ") and error.context:  # the second half of a sentence
            what = f"{error.context}, {what}"
        raise InputError(Problem(where, f"is not valid YAML: {' '.join(what.split())}")) from None
    except (YAMLError, ValueError) as error:
        raise InputError(Problem("", f"is not valid YAML: {' '.join(str(error).split())}")) from None
    except RecursionError:
        raise InputError(Problem("", "is not valid YAML: it is nested too deeply")) from None


def parse_file(text: str) -> dict[str, Any]:
    raw = parse_value(text)
    if not isinstance(raw, dict):
        what = "is empty; an" if raw is None else "an"
        raise InputError(Problem("", f"{what} experiment file is a mapping that starts with 'name: ...'", raw))
    return raw


def overridden(raw: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        target = raw
        for depth, section in enumerate(sections):
            inner = target.get(section)
            if isinstance(inner, str) and depth == 0 and section in SHORTHANDS:
                inner = {SHORTHANDS[section]: inner}  # 'sampler: tpe' with --set sampler.startup_trials=5
            elif inner is None or (sections[0] == "space" and not isinstance(inner, Mapping)):
                inner = {}  # 'batch_size: 64' with --set space.batch_size.choice='[32, 64]'
            elif not isinstance(inner, Mapping):
                raise InputError(Problem(dotted, f"'{section}' has no keys inside", inner))
            target[section] = dict(inner)
            target = target[section]
        target[last] = value
    return raw


def arrays_problems(raw: Mapping[str, Any]) -> list[Problem]:
    given = raw.get("dataset")
    if (given.get("source") if isinstance(given, Mapping) else given) != "arrays":
        return []
    rule = "arrays come from Python only, as Experiment(dataset=(x, y), ...); a file may name a .npz file instead"
    return [Problem("dataset.source", rule, "arrays")]


def lines_of(text: str) -> dict[str, int]:
    """Key path -> line (from 1) of an experiment file; empty where the file cannot be parsed."""
    found: dict[str, int] = {}

    def walk(node: Any, prefix: str) -> None:
        if not isinstance(node, Mapping):
            return
        for key, value in node.items():
            path = f"{prefix}.{key}" if prefix else str(key)
            position = (node.lc.data or {}).get(key)  # type: ignore[attr-defined]
            if position is not None:  # a merged key (<<) has none here
                found[path] = position[0] + 1
            walk(value, path)

    try:
        walk(YAML(typ="rt").load(text), "")
    except (YAMLError, ValueError, RecursionError):
        return found
    return found


def located(problems: Sequence[Problem], lines: Mapping[str, int], overrides: Mapping[str, Any]) -> list[Problem]:
    """The problems with the line of the nearest key that the file has, in the order of the file."""
    found = []
    for problem in problems:
        line = _line(problem.where, lines, overrides)
        prefix = "" if line == 0 else f"line {line}: " if math.isfinite(line) else "--set "
        found.append((line, Problem(prefix + problem.where, problem.rule, problem.value)))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _line(where: str, lines: Mapping[str, int], overrides: Mapping[str, Any]) -> float:
    """Line of the key path or the nearest one above it; 0 where the file has none, infinity for an override."""
    if any(f"{where}.".startswith(f"{dotted}.") or dotted.startswith(f"{where}.") for dotted in overrides):
        return math.inf
    while where:
        if where in lines:
            return lines[where]
        where = where.rpartition(".")[0]
    return 0


def reading_error(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
