"""A trial that its scheduler lets wait."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.schema import Count

__all__ = ["PauseLine"]


@dataclass(frozen=True, kw_only=True)
class PauseLine(Ended):
    """A trial that its scheduler lets wait after its last epoch, as it would stand if it were stopped there.

    Attributes:
        attempt: at it, counted from 1, whose worker left its checkpoint.
    """

    attempt: Count

    @classmethod
    def of(cls, end: Ended, attempt: int) -> PauseLine:
        """Where a training stands, as a trial that waits."""
        stopped = replace(end, state="STOPPED", end_reason="scheduler", reason=None)
        return cls(**vars(stopped), attempt=attempt)

    @property
    def stand(self) -> Ended:
        """How the trial stands."""
        return Ended(**{each.name: getattr(self, each.name) for each in fields(Ended)})
