"""How long the rest of a search will take, by the trials that have ended."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsearch.study.record.lines import TrialLine

__all__ = ["Pace"]

_FEWEST = 5
"""The last so many trials tell, or the last half: earlier ones compiled what later ones reuse, and the first rungs of a
scheduler let more go on."""


class Pace:
    """Learns from each trial that ends what one of them occupies a worker for, and how many run at once."""

    def __init__(self) -> None:
        self._lines: list[TrialLine] = []

    def end(self, line: TrialLine) -> None:
        """A trial ended; in the order in which they do."""
        if line.started is not None:
            self._lines.append(line)

    @property
    def at_once(self) -> int:
        """Of the last trials, how many ran at the same time; at least one."""
        spans = [(line.started or line.ended, line.ended) for line in self._told]
        return max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=1) or 1

    @property
    def _told(self) -> list[TrialLine]:
        return self._lines[-max(_FEWEST, (len(self._lines) + 1) // 2) :]

    def left(self, trials: int, running: int) -> float | None:
        """Seconds until so many trials have ended, of which some run; ``None`` before one has ended.

        A trial that runs has half of its time behind it, in the mean.
        """
        if not self._lines:
            return None
        lines = self._told
        waits = _waits(lines)
        each = sum(map(_seconds, lines)) / len(lines) + (sum(waits) / len(waits) if waits else 0.0)
        return max(0.0, trials - 0.5 * running) * each / min(self.at_once, max(1, trials))


def _seconds(line: TrialLine) -> float:
    """That a trial occupied its worker for, without the start of its process."""
    told = line.cost.get("wall_seconds")
    return float(told) if told is not None else max(0.0, line.ended - (line.started or line.ended))


def _waits(lines: Sequence[TrialLine]) -> list[float]:
    """Seconds of workers between two trials."""
    found: list[float] = []
    last: dict[tuple[str, int] | None, float] = {}
    for line in sorted(lines, key=lambda each: each.started or 0.0):
        before = last.get(line.worker.process)
        if before is not None and line.started is not None:
            found.append(max(0.0, line.started - before))
        last[line.worker.process] = line.ended
    return found
