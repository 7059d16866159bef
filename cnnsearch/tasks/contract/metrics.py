"""Metrics of a task: what each is, and how it is asked for by its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnnsearch.errors import TrialError
from cnnsearch.own_code.names import is_own_name

__all__ = ["Metric", "Mode", "UndefinedError", "aim_of", "is_function", "metric_of", "output_number", "split_name"]

Mode = Literal["max", "min"]

_VALIDATION = "val_"
"""What the name of a metric begins with where it is of the validation split."""


@dataclass(frozen=True)
class Metric:
    """A number by which predictions are judged.

    Attributes:
        name: as a record has it; of the validation split see :func:`aim_of`.
        mode: whether more or less of it is better; ``None``: nobody knows, as it is a function of the user's own.
        kind: ``share``: of the pictures; ``mean``: of one number a picture; ``corpus``: of all pictures together.
        doc: what it is, for whoever reads it for the first time.
        low, high: what it can be, both included.
    """

    name: str
    mode: Mode | None
    kind: Literal["share", "mean", "corpus"]
    doc: str = ""
    low: float = 0.0
    high: float = float("inf")


def is_function(name: str) -> bool:
    """Whether a metric, or an objective, is a function of the user's own."""
    return is_own_name(name)


def aim_of(name: str) -> str:
    """What a metric is called where it is of the validation split: ``val_NAME``, and a function as it is."""
    return name if is_function(name) else f"{_VALIDATION}{name}"


def metric_of(aim: str) -> str:
    """The inverse of :func:`aim_of`."""
    return aim if is_function(aim) else aim.removeprefix(_VALIDATION)


def output_number(names: Sequence[str], name: str) -> int | None:
    """Place of an output among all; two names that look alike, of composed letters or not, are one."""
    composed = unicodedata.normalize("NFC", name)
    return next((at for at, each in enumerate(names) if unicodedata.normalize("NFC", each) == composed), None)


def split_name(name: str) -> tuple[str, str | None]:
    """Of ``NAME[OUTPUT]`` both; of a metric of all outputs its name alone."""
    parts = re.fullmatch(r"(\w+)\[(.+)\]", name, re.DOTALL)
    return (parts[1], parts[2]) if parts else (name, None)


class UndefinedError(TrialError, ValueError):
    """A metric that these pictures, or this model's outputs, do not define."""
