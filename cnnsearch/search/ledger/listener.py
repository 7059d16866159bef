"""Listeners: who hears of epochs and ended trials while a search runs, as trackers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cnnsearch.study.record.lines import EpochLine, TrialLine

__all__ = ["Listener", "Nobody"]


class Listener(Protocol):
    """Is told in the order of the record."""

    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        """Epochs of a trial were recorded."""

    def end(self, line: TrialLine) -> None:
        """A trial ended."""


class Nobody:
    """Hears nothing."""

    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        pass

    def end(self, line: TrialLine) -> None:
        pass
