"""What takes the place of the winner's model: the winner trained again on more pictures, or an ensemble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.part import Part
from cnnsearch.study.record.lines.values import SPARSE, AnyCount, AnyIndex, TrialNumber
from cnnsearch.study.record.schema import Count, Index, Known, MaybeIndex

__all__ = ["Member", "RefitLine", "unjudged"]


@dataclass(frozen=True, kw_only=True)
class Member(Part):
    """One network of an ensemble.

    Attributes:
        trial: whose network it is.
        run: of it as a finalist; ``None``: the trial's own.
        fold: of that training, counted from 0; ``None``: it has none.
        epochs: for which it was trained again on training and validation pictures together; ``None``: it was not.
        times: as long as those of its trial were these epochs, each.
    """

    trial: TrialNumber
    run: MaybeIndex = None
    fold: AnyIndex = field(default=None, metadata=SPARSE)
    epochs: AnyCount = field(default=None, metadata=SPARSE)
    times: Count = field(default=1, metadata=SPARSE)

    @property
    def has_seen(self) -> bool:
        """Whether validation pictures were among those that it was trained on."""
        return self.fold is not None or self.epochs is not None


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
        cooled: whether the learning rate went down to 0 at the end of each of its trainings, whatever its schedule;
            that of earlier versions did not.
        missed: trials whose config had not learnt when it was trained again, and was once more on another seed.
        times: as long as those of its trial were its epochs, each; of an ensemble see its members.
    """

    run: MaybeIndex = None
    planned: Index
    best_epochs: tuple[Count, ...] = ()
    pictures: Count
    again: Known = field(default=False, metadata=SPARSE)
    members: tuple[Member, ...] = field(default=(), metadata=SPARSE)
    missed: tuple[Index, ...] = field(default=(), metadata=SPARSE)
    times: Count = field(default=1, metadata=SPARSE)
    cooled: Known = field(default=False, metadata=SPARSE)

    @property
    def kind(self) -> str:
        """``refit`` or ``ensemble``."""
        return "ensemble" if self.members else "refit"

    @property
    def has_seen(self) -> bool:
        """Whether the model was trained on validation pictures, which cannot judge it then."""
        return not self.members or any(member.has_seen for member in self.members)

    @property
    def is_trained_again(self) -> bool:
        """Whether its networks are trainings done again on training and validation pictures together."""
        return not self.members or any(member.epochs is not None for member in self.members)

    @classmethod
    def of(cls, end: Ended, **told: Any) -> RefitLine:
        """The end of a training, as a refit."""
        return cls(**vars(end), **told)


def unjudged(line: RefitLine) -> RefitLine:
    """Whatever gives it a value judged it by what it had seen; no finalist that is the member of an ensemble did."""
    if line.value is not None and line.has_seen:
        raise PydanticCustomError("rule", "value: must be null, as nothing may judge a refitted model")
    return line
