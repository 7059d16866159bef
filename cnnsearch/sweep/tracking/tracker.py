"""What every tracker does."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnsearch.study.lines import EpochLine, TrialLine

__all__ = ["Tracker", "scalars"]


class Tracker(abc.ABC):
    """Writes what happens in one sweep to one place. Anything that it raises ends it, and not the sweep."""

    @abc.abstractmethod
    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        """A trial told of epochs, in order."""

    @abc.abstractmethod
    def end(self, line: TrialLine) -> None:
        """A trial ended."""

    @abc.abstractmethod
    def close(self) -> None:
        """The sweep ended; trials that had not are interrupted."""


def scalars(line: EpochLine) -> Iterator[tuple[str, float, float]]:
    """What of an epoch is written: name, value, and Unix time."""
    for name, value in {**line.values, "learning_rate": line.learning_rate}.items():
        if value is not None:
            yield name, value, line.time or 0.0
