"""What takes the place of the winner's model: the winner trained again on more pictures, or an ensemble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.part import Part
from cnnsearch.study.record.lines.values import SPARSE, AnyIndex, TrialNumber
from cnnsearch.study.record.schema import Count, Index, Known, MaybeIndex

__all__ = ["Member", "RefitLine", "unjudged"]


@dataclass(frozen=True, kw_only=True)
class Member(Part):
    """One network of an ensemble.

    Attributes:
        trial: whose network it is.
        run: of it as a finalist; ``None``: the trial's own.
        fold: of that training, counted from 0; ``None``: it has none.
    """

    trial: TrialNumber
    run: MaybeIndex = None
    fold: AnyIndex = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, kw_only=True)
class RefitLine(Ended):
    """The winner, trained again on training and validation pictures together, or an ensemble, as it ended.

    It has no ``value`` where no picture is left that it did not see and that may judge it. An ensemble of finalists has
    one, and metrics, of the validation split.

    Attributes:
        run: of the finalist in the place of whose model it is; ``None``: the trial's own.
        planned: epochs, of which ``epochs`` were trained; 0 where the members were trained before.
        best_epochs: of the trainings by which that many were planned.
        pictures: that it was trained on; of an ensemble those of all its members.
        again: whether it was trained a second time, as its model was not there any more.
        members: of an ensemble; empty of a refit.
    """

    run: MaybeIndex = None
    planned: Index
    best_epochs: tuple[Count, ...] = ()
    pictures: Count
    again: Known = field(default=False, metadata=SPARSE)
    members: tuple[Member, ...] = field(default=(), metadata=SPARSE)

    @property
    def kind(self) -> str:
        """``refit`` or ``ensemble``."""
        return "ensemble" if self.members else "refit"

    @classmethod
    def of(cls, end: Ended, **told: Any) -> RefitLine:
        """The end of a training, as a refit."""
        return cls(**vars(end), **told)


def unjudged(line: RefitLine) -> RefitLine:
    """Whatever gives it a value judged it by what it had seen; no member of an ensemble of finalists did."""
    has_seen = not line.members or any(member.fold is not None for member in line.members)
    if line.value is not None and has_seen:
        raise PydanticCustomError("rule", "value: must be null, as nothing may judge a refitted model")
    return line
