"""How long a model takes, and how much memory: in a process that has its runtime alone, warm."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.errors import InputError, first_line
from cnnsearch.serving.checked import run_bare, runtime_problem
from cnnsearch.serving.onnx_files import write_onnx
from cnnsearch.study.record.lines import LITERT, ONNX, CompressionLine, Timing
from cnnsearch.study.store.temporary import temporary_folder

if TYPE_CHECKING:
    import keras

__all__ = ["Timed", "elsewhere_of", "timed", "timed_elsewhere"]

_LOG = logging.getLogger("cnnsearch")

_SECONDS = 2.0
"""For which one input is run again and again."""


@dataclass(frozen=True)
class Timed:
    """What was timed, and what could not be.

    Attributes:
        timings: in the order in which they were measured.
        untimed: runtime -> why it timed nothing, in words.
    """

    timings: tuple[Timing, ...] = ()
    untimed: Mapping[str, str] = field(default_factory=dict)

    def and_also(self, other: Timed) -> Timed:
        return Timed(self.timings + other.timings, {**self.untimed, **other.untimed})


def timed(content: bytes, example: np.ndarray, suffix: str = ".tflite") -> Timed:
    """One input in the runtime of a file, on one thread and on all CPUs of this machine.

    Args:
        content: of the file.
        example: ``(1, ...)``, an input at rest.
        suffix: of the file, which tells its runtime.
    """
    runtime = ONNX if suffix == ".onnx" else LITERT
    with temporary_folder("timed") as folder:
        file = folder / f"model{suffix}"
        file.write_bytes(content)
        # All is measured before anything is written: hours of training are not lost for a latency.
        return _tried(runtime, lambda: _timings(file, example, runtime))


def timed_elsewhere(model: keras.Model, file: Path, example: np.ndarray) -> Timed:
    """The float model in Keras and in ONNX Runtime.

    Args:
        model: loaded.
        file: of that model, ``.keras``.
        example: as of :func:`timed`.
    """
    with temporary_folder("timed") as folder:
        onnx = folder / "model.onnx"
        found = _tried("Keras", lambda: _timings(file, example, "Keras", file.stat().st_size))
        return found.and_also(_tried(ONNX, lambda: _in_onnx(model, onnx, example)))


def elsewhere_of(line: CompressionLine) -> Timed:
    """What :func:`timed_elsewhere` told of a float model, as its line has it."""
    timings = tuple(each for each in line.timings if each.runtime != LITERT)
    return Timed(timings, {runtime: why for runtime, why in line.untimed.items() if runtime != LITERT})


def _in_onnx(model: keras.Model, file: Path, example: np.ndarray) -> tuple[Timing, ...]:
    if importlib.util.find_spec("tf2onnx") is None:
        raise ImportError("needs tf2onnx: pip install 'cnnsearch[onnx]'")
    if problem := runtime_problem(file.suffix):
        raise ImportError(problem)
    write_onnx(model, file)
    return _timings(file, example, ONNX, file.stat().st_size)


def _tried(runtime: str, measure: Callable[[], tuple[Timing, ...]]) -> Timed:
    try:
        return Timed(measure())
    except Exception as error:  # noqa: BLE001 - whatever a converter makes of a model: it is one row of a table
        told = error.problems[0].rule if isinstance(error, InputError) else first_line(error)
        _LOG.warning("latency in %s is not measured: %s", runtime, told)
        return Timed(untimed={runtime: told})


def _timings(file: Path, example: np.ndarray, runtime: str, file_bytes: int | None = None) -> tuple[Timing, ...]:
    return tuple(_timing(file, example, runtime, threads, file_bytes) for threads in sorted({1, os.cpu_count() or 1}))


def _timing(file: Path, example: np.ndarray, runtime: str, threads: int, file_bytes: int | None) -> Timing:
    found = run_bare(file, example, threads=threads, seconds=_SECONDS)
    median, p95 = np.quantile(found.seconds, (0.5, 0.95)).tolist()
    return Timing(
        runtime=runtime,
        threads=threads,
        median_seconds=median,
        p95_seconds=p95,
        runs=len(found.seconds),
        idle_bytes=found.idle,
        peak_bytes=found.peak,
        file_bytes=file_bytes,
    )
