"""Repeated: what is made of a trial on several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.training.result import EpochResult, TrialResult
from cnnsearch.training.trainer import Trainer

__all__ = ["Repeated"]


class Repeated:
    """Predictions, metrics and model of a trial on several seeds are those of the run with the median value."""

    noun = "run"

    def epoch(self, mean: EpochResult, values: tuple[float, ...]) -> EpochResult:
        """See :class:`~cnnsearch.training.lockstep.lockstep.Gathering`."""
        return replace(mean, runs=values)

    def remember(self, runs: Sequence[Trainer], median: int) -> None:
        """Likewise."""
        runs[median].remember()

    def predictions(self, runs: Sequence[Trainer], best: EpochResult, median: int) -> Predictions | None:  # noqa: ARG002
        """Likewise."""
        return runs[median].predictions

    def result(self, runs: Sequence[Trainer], best: EpochResult, median: int) -> TrialResult:
        """Likewise."""
        return replace(runs[median].result(), runs=best.runs)
