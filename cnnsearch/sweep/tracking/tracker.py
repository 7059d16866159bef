"""What every tracker does."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.tasks.contract.metrics import split_name

__all__ = ["Tracker", "scalars", "tracked"]


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
            yield tracked(name), value, line.time or 0.0


def tracked(metric: str) -> str:
    """Its name where names have no brackets: ``val_recall/cat``."""
    name, output = split_name(metric)
    if output is None:
        return metric
    return f"{name}/{re.sub(r'[^-.0-9A-Za-z_ ]', '_', output).strip('. ') or '_'}"
