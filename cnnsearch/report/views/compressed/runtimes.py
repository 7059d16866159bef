"""What a compressed model takes in each runtime that ran it: time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.record.lines import CompressionLine, Timing

__all__ = ["Memory", "RuntimeRow", "ratio_of", "runtimes_of"]


@dataclass(frozen=True)
class Memory:
    """Of a process that ran a model on one thread, in bytes.

    Attributes:
        peak: at most, its runtime and Python with it.
        model: what that is more than before the model was read.
    """

    peak: float
    model: float


@dataclass(frozen=True)
class RuntimeRow:
    """A model in one runtime.

    Attributes:
        name: of the model.
        runtime: that ran it.
        bytes: of its file in that form.
        milliseconds: threads -> median and 95% point.
        memory: of its process; ``None``: not measured.
    """

    name: str
    runtime: str
    bytes: float
    milliseconds: Mapping[int, tuple[float, float]]
    memory: Memory | None


def runtimes_of(line: CompressionLine) -> tuple[RuntimeRow, ...]:
    """In the order in which they were measured."""
    return tuple(_runtime(line, runtime) for runtime in dict.fromkeys(each.runtime for each in line.timings))


def _runtime(line: CompressionLine, runtime: str) -> RuntimeRow:
    timings = [each for each in line.timings if each.runtime == runtime]
    first = timings[0]
    memory = None
    if first.peak_bytes is not None and first.idle_bytes is not None:
        memory = Memory(first.peak_bytes, first.peak_bytes - first.idle_bytes)
    milliseconds = {each.threads: (1e3 * each.median_seconds, 1e3 * each.p95_seconds) for each in timings}
    return RuntimeRow(line.name, runtime, first.file_bytes or line.bytes, milliseconds, memory)


def ratio_of(other: Timing | None, one: Timing | None) -> float | None:
    """Of two medians; a clock that was set meanwhile may have told none, or less."""
    if one is None or other is None or min(one.median_seconds, other.median_seconds) <= 0:
        return None
    return other.median_seconds / one.median_seconds
