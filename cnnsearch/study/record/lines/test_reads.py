"""A reading of the test split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.part import Line, Part
from cnnsearch.study.record.lines.values import FIRST, SPARSE, Checked, Metrics
from cnnsearch.study.record.lines.workers import Worker
from cnnsearch.study.record.schema import MaybeCount, MaybeIndex, MaybeText, Moment, Rule, Text

__all__ = ["Reading", "ReadingLine", "told"]


@dataclass(frozen=True, kw_only=True)
class Reading(Part):
    """What a worker that read the test split came to; of one that failed nothing else is known.

    Attributes:
        traceback: where an unexpected error arose.
        count: pictures.
    """

    state: Annotated[Literal["COMPLETED", "FAILED"], Rule("must be COMPLETED or FAILED")] = "COMPLETED"
    reason: MaybeText = None
    traceback: MaybeText = field(default=None, metadata=SPARSE)
    count: MaybeCount = None
    metrics: Annotated[Mapping[str, float | None] | None, Checked(Metrics | None)] = None
    worker: Worker | None = None


@dataclass(frozen=True, kw_only=True)
class ReadingLine(Reading, Line):
    """A reading of the test split.

    Attributes:
        run, seed: of the finalist's run whose model it was; ``None``: the trial's own.
        model: its sha256; older lines do not tell.
        by: who read.
    """

    run: MaybeIndex = None
    seed: MaybeIndex = None
    model: MaybeText = field(default=None, metadata=SPARSE)
    by: Text
    time: Moment

    @classmethod
    def of(cls, reading: Reading, trial: int, run: int | None, **told: Any) -> ReadingLine:
        """What a reading with the model of a trial, or of its run as a finalist, came to."""
        return cls(**vars(reading), trial=trial, run=run, **told)

    @property
    def gave_numbers(self) -> bool:
        """Whether it is a reading: one that failed has shown nobody anything of the split."""
        return self.state != "FAILED" and bool(self.metrics)


def told(line: ReadingLine) -> ReadingLine:
    """Of a reading that failed nothing is known; any other tells the first metric of its task."""
    if line.metrics and not any(line.metrics.get(name) is not None for name in FIRST):
        raise PydanticCustomError("rule", "metrics: must hold {names}", {"names": " or ".join(FIRST)})
    return line
