"""A finalist's run that ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.values import SPARSE
from cnnsearch.study.record.schema import Index, Known, MaybeNumber

__all__ = ["FinalistLine"]


@dataclass(frozen=True, kw_only=True)
class FinalistLine(Ended):
    """A run of a finalist that ended.

    Attributes:
        run: which one.
        curve: the objective after each epoch.
        again: whether it was trained a second time, as its model was not there any more.
    """

    run: Index
    curve: tuple[MaybeNumber, ...] = ()
    again: Known = field(default=False, metadata=SPARSE)

    @classmethod
    def of(cls, end: Ended, run: int, curve: tuple[float, ...], again: bool = False) -> FinalistLine:
        """The end of a training, as a finalist's run."""
        return cls(**vars(end), run=run, curve=curve, again=again)
