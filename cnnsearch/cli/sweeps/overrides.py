"""An experiment file with what the command line says on top of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment, parse_value

__all__ = ["naming", "read_experiment"]


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


@contextlib.contextmanager
def naming(file: Path | None) -> Iterator[None]:
    """What is wrong with an experiment is told with the file that it stands in, also where only the data show it.

    Options of the command line are no keys of the file.
    """
    try:
        yield
    except InputError as error:
        if file is None or error.source is not None or any(each.where.startswith("-") for each in error.problems):
            raise
        raise InputError(error.problems, str(file)) from error.__cause__


def _assignment(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError(Problem("--set", "must be KEY=VALUE, as --set epochs=5", text))
    try:
        return key.strip(), parse_value(value)
    except InputError as error:
        raise InputError(Problem(f"--set {key}", error.problems[0].rule, value)) from None
