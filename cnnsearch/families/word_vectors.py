"""The files of vectors that an experiment of texts names: see :class:`cnnsearch.families.family.Assets`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem
from cnnsearch.experiment.start import StartConfig
from cnnsearch.families.named_files import renamed
from cnnsearch.inputs.texts.vectors import NONE, check_vectors

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.inputs.pictures.value_range import ValueRange
    from cnnsearch.study.folder.folder import Output

__all__ = ["absolute", "check", "check_values", "digests", "fetch", "fetch_problem", "packed"]

_NAME = "word_vectors"


def absolute(experiment: Experiment, output: Output) -> Experiment:  # noqa: ARG001 - a contract
    if _NAME not in experiment.space:
        return experiment
    return experiment.updated(renamed(_NAME, _absolute, experiment))


def check(experiment: Experiment) -> None:
    """Whether the files are there, and begin as such files do.

    Raises:
        InputError: one is not, or does not.
    """
    for path in _named(experiment):
        check_vectors(path)


def digests(experiment: Experiment, fetch: Callable[..., None]) -> dict[str, str]:  # noqa: ARG001
    """File -> its sha256."""
    check(experiment)
    found = {}
    for path in _named(experiment):
        with Path(path).open("rb") as file:
            found[path] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def fetch(*key: Any) -> None:
    """Nothing is downloaded."""


def fetch_problem(error: Exception) -> Problem:
    return Problem(f"space.{_NAME}", str(error))


def check_values(experiment: Experiment, values: ValueRange) -> None:
    """Texts have none."""


def packed(
    experiment: Experiment,  # noqa: ARG001
    place: Callable[[Path, str], str | None],  # noqa: ARG001
) -> tuple[dict[str, Any], list[str]]:
    """Texts are not sent, nor is what goes with them."""
    return {}, []


def _absolute(value: str) -> str:
    return value if value == NONE else str(Path(value).expanduser().resolve())


def _named(experiment: Experiment) -> Iterator[str]:
    """Each file once."""
    values = list(experiment.space[_NAME].values()) if _NAME in experiment.space else []
    values += [
        item.config[_NAME] for item in experiment.start if isinstance(item, StartConfig) and _NAME in item.config
    ]
    yield from (value for value in dict.fromkeys(values) if isinstance(value, str) and value != NONE)
