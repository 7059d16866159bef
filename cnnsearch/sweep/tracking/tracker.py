"""What every tracker does."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["SCALARS", "Tracker"]

SCALARS = ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1", "learning_rate")
"""What of an epoch is written."""


class Tracker(abc.ABC):
    """Writes what happens in one sweep to one place. Anything that it raises ends it, and not the sweep."""

    @abc.abstractmethod
    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
        """A trial told of epochs: lines of ``curves.jsonl``, in order."""

    @abc.abstractmethod
    def end(self, trial: int, line: Mapping[str, Any]) -> None:
        """A trial ended: its line of ``trials.jsonl``, with ``config``."""

    @abc.abstractmethod
    def close(self) -> None:
        """The sweep ended; trials that had not are interrupted."""
