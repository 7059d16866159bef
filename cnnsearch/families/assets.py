"""The files of a family that needs none; see :class:`cnnsearch.families.family.Assets`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.inputs.pictures.value_range import ValueRange
    from cnnsearch.study.folder.folder import Output

__all__ = ["absolute", "check", "check_values", "digests", "fetch", "fetch_problem", "packed"]


def absolute(experiment: Experiment, output: Output) -> Experiment:  # noqa: ARG001 - a contract
    return experiment


def check(experiment: Experiment) -> None:
    """Nothing can be missing."""


def digests(experiment: Experiment, fetch: Callable[..., None]) -> dict[str, str]:  # noqa: ARG001
    return {}


def fetch(*key: Any) -> None:
    """Nothing is downloaded."""


def fetch_problem(error: Exception) -> Problem:
    return Problem("model", str(error))


def check_values(experiment: Experiment, values: ValueRange) -> None:
    """It gets the pictures that it was trained on."""


def packed(
    experiment: Experiment,  # noqa: ARG001
    place: Callable[[Path, str], str | None],  # noqa: ARG001
) -> tuple[dict[str, Any], list[str]]:
    return {}, []
