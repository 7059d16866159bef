"""An experiment file with what the command line says on top of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment, parse_value

__all__ = ["read_experiment"]


def read_experiment(file: Path, assignments: Sequence[str] | None, options: Mapping[str, Any]) -> Experiment:
    """Read ``file``.

    Args:
        file: the experiment.
        assignments: of ``--set``, each ``KEY=VALUE``.
        options: dotted key -> value, ``None`` where the command line does not say; over ``assignments``.

    Raises:
        InputError: the file, an assignment or an option is not valid.
    """
    overrides = dict(_assignment(text) for text in assignments or [])
    overrides |= {key: value for key, value in options.items() if value is not None}
    return Experiment.from_yaml(file, overrides)


def _assignment(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError(Problem("--set", "must be KEY=VALUE, as --set epochs=5", text))
    try:
        return key.strip(), parse_value(value)
    except InputError as error:
        raise InputError(Problem(f"--set {key}", error.problems[0].rule, value)) from None
