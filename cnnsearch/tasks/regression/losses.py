"""The loss of a trial, of what its model's file gives: as the head has it in the graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["ScaledLoss"]


@dataclass(frozen=True, eq=False)
class ScaledLoss:
    """Of errors in units of the spread of the training targets.

    Attributes:
        kind, delta: the parameters ``loss`` and ``huber_delta``.
        spread: ``(outputs,)``, of the training targets.
    """

    kind: str
    delta: float
    spread: np.ndarray

    def of(self, errors: np.ndarray) -> np.ndarray:
        """``(n,)``, of errors in the targets' unit ``(n, outputs)``: of each picture the mean over its numbers."""
        scaled = np.abs(errors) / self.spread
        if self.kind == "mse":
            scaled = np.square(scaled)
        elif self.kind == "huber":
            beyond = self.delta * (scaled - 0.5 * self.delta)
            scaled = np.where(scaled <= self.delta, 0.5 * np.square(scaled), beyond)
        losses: np.ndarray = scaled.mean(axis=1)
        return losses
