"""A trial that ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnsearch.space import Config
from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.values import SPARSE, AnyCount, AnyIndex, AnyMoment, ConfigValues
from cnnsearch.study.record.schema import Count

__all__ = ["TrialLine"]


@dataclass(frozen=True, kw_only=True)
class TrialLine(Ended):
    """A trial that ended.

    Attributes:
        event: number of the end, counted with those of reports: the order of arrival.
        attempts: workers that it was given to.
        audited: epoch after which the scheduler would have stopped it, but for the audit.
        waited_since: Unix time from which on no worker had it, where it ended while its scheduler let it wait.
    """

    config: ConfigValues
    event: AnyIndex = field(default=None, metadata=SPARSE)
    attempts: Count = field(default=1, metadata=SPARSE)
    audited: AnyCount = field(default=None, metadata=SPARSE)
    waited_since: AnyMoment = field(default=None, metadata=SPARSE)

    @property
    def worked_until(self) -> float:
        return self.ended if self.waited_since is None else self.waited_since

    @classmethod
    def of(
        cls,
        end: Ended,
        config: Config,
        event: int,
        attempts: int = 1,
        audited: int | None = None,
        waited_since: float | None = None,
    ) -> TrialLine:
        """The end of a training, as one of the search."""
        return cls(
            **vars(end), config=config, event=event, attempts=attempts, audited=audited, waited_since=waited_since
        )
