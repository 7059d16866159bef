"""The experiment file: YAML in, overrides on top, problems out with their lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.files.bounded_yaml import Parsed, read_yaml

__all__ = [
    "FORMAT",
    "SHORTHANDS",
    "arrays_problems",
    "line_of",
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
        InputError: it is not valid YAML; see :func:`~cnnsearch.experiment.files.bounded_yaml.read_yaml`.
    """
    return read_yaml(text).value


def parse_file(text: str) -> Parsed:
    """A whole file, which is a mapping.

    Raises:
        InputError: it is not valid YAML, or something else.
    """
    parsed = read_yaml(text)
    if not isinstance(parsed.value, dict):
        what = "is empty; an" if parsed.value is None else "an"
        raise InputError(Problem("", f"{what} experiment file is a mapping that starts with 'name: ...'", parsed.value))
    return parsed


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


def located(problems: Sequence[Problem], lines: Mapping[str, int], overrides: Mapping[str, Any]) -> list[Problem]:
    """The problems with the line of the nearest key that the file has, in the order of the file."""
    found = []
    for problem in problems:
        line = _line(problem.where, lines, overrides)
        prefix = "" if line == 0 else f"line {line}: " if math.isfinite(line) else "--set "
        found.append((line, Problem(prefix + problem.where, problem.rule, problem.value)))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def line_of(where: str, lines: Mapping[str, int]) -> int:
    """Line of the key path, or of the nearest one above it; 0 where the file has none."""
    while where:
        if where in lines:
            return lines[where]
        where = where.rpartition(".")[0]
    return 0


def _line(where: str, lines: Mapping[str, int], overrides: Mapping[str, Any]) -> float:
    """:func:`line_of`; infinity for an override."""
    if any(f"{where}.".startswith(f"{dotted}.") or dotted.startswith(f"{where}.") for dotted in overrides):
        return math.inf
    return line_of(where, lines)


def reading_error(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
