"""The winner, trained again on more pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.values import SPARSE
from cnnsearch.study.record.schema import Count, Known, MaybeIndex

__all__ = ["RefitLine", "unjudged"]


@dataclass(frozen=True, kw_only=True)
class RefitLine(Ended):
    """The winner, trained again on training and validation pictures together, as it ended.

    It has no ``value``: no picture is left that it did not see and that may judge it.

    Attributes:
        run: of the finalist in the place of whose model it is; ``None``: the trial's own.
        planned: epochs, of which ``epochs`` were trained.
        best_epochs: of the trainings by which that many were planned.
        pictures: that it was trained on.
        again: whether it was trained a second time, as its model was not there any more.
    """

    run: MaybeIndex = None
    planned: Count
    best_epochs: tuple[Count, ...] = ()
    pictures: Count
    again: Known = field(default=False, metadata=SPARSE)

    @classmethod
    def of(cls, end: Ended, **told: Any) -> RefitLine:
        """The end of a training, as a refit."""
        return cls(**vars(end), **told)


def unjudged(line: RefitLine) -> RefitLine:
    """Whatever gives it a value judged it by what it had seen."""
    if line.value is not None:
        raise PydanticCustomError("rule", "value: must be null, as nothing may judge a refitted model")
    return line
