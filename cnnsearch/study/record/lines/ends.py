"""What a training came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.part import Line
from cnnsearch.study.record.lines.values import SPARSE, AnyIndex, Cost, EndState, Metrics
from cnnsearch.study.record.lines.workers import Worker
from cnnsearch.study.record.schema import Index, MaybeCount, MaybeMoment, MaybeNumber, MaybeText, Moment, Text

__all__ = ["Ended", "valued"]


@dataclass(frozen=True, kw_only=True)
class Ended(Line):
    """What a training came to: a trial's, or a finalist's run, as far as its worker knows.

    Attributes:
        end_reason: ``epochs``, ``patience``, ``diverged``, ``budget`` (the minutes were over), ``scheduler``, ``user``
            (who stopped it) or ``error``.
        reason: why it failed or diverged, in words.
        value: the objective at the best epoch; ``None`` where the trial failed.
        best_epoch: counted from 1.
        epochs: how many.
        metrics: at the best epoch.
        cost: what it took.
        started, ended: Unix times.
        notes: what the user should be told about this config.
        features: names of the stages that it trained on, in place of pictures.
        runs: the objective at the best epoch on each of its seeds, of which ``value`` is the mean; empty where it has
            one.
        folds: likewise on each of its folds, partition after partition; empty where it has none.
        model_seed: which of the seeds metrics, predictions and model are of, of folds the model alone; ``None``: it has
            one.
    """

    state: EndState
    end_reason: MaybeText = field(default=None, metadata=SPARSE)
    reason: MaybeText = None
    traceback: MaybeText = field(default=None, metadata=SPARSE)
    value: MaybeNumber
    best_epoch: MaybeCount = None
    epochs: Index = 0
    metrics: Metrics = field(default_factory=dict)
    cost: Cost = field(default_factory=dict)
    worker: Worker = field(default_factory=Worker)
    seed: Index
    started: MaybeMoment = None
    ended: Moment
    notes: tuple[Text, ...] = field(default=(), metadata=SPARSE)
    features: tuple[Text, ...] = field(default=(), metadata=SPARSE)
    runs: tuple[MaybeNumber, ...] = field(default=(), metadata=SPARSE)
    folds: tuple[MaybeNumber, ...] = field(default=(), metadata=SPARSE)
    model_seed: AnyIndex = field(default=None, metadata=SPARSE)

    @property
    def worked_until(self) -> float:
        """Unix time at which its worker was free of it."""
        return self.ended

    @property
    def worked_seconds(self) -> float:
        """That workers spent on it, before interruptions too; 0 where it never began."""
        if self.started is None:
            return 0.0
        return max(self.worked_until - self.started, self.cost.get("wall_seconds", 0.0))

    @property
    def best_value(self) -> float:
        """The objective at the best epoch.

        Raises:
            ValueError: there is none.
        """
        if self.value is None:
            raise ValueError(f"trial {self.trial} has no value")
        return self.value


def valued(line: Ended) -> Ended:
    """Only what failed has no value."""
    if line.state != "FAILED" and line.value is None:
        raise PydanticCustomError("rule", "a trial that has not FAILED must have a value")
    return line
