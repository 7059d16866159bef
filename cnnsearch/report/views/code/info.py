"""The best trial as plain Keras code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.scripts import keras_code

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["CodeInfo", "code_info"]


@dataclass(frozen=True)
class CodeInfo:
    """A script.

    Attributes:
        trial: the best one; ``None`` where no trial has a value.
        text: of the script; empty where there is none.
    """

    trial: int | None
    text: str


def code_info(study: Study) -> CodeInfo:
    if study.best is None:
        return CodeInfo(None, "")
    return CodeInfo(study.best.trial, keras_code(study, study.best.trial))
