"""Keeping: each compressed model is written to the study once it is made, with the float model timed beside it."""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.compression.pruning import NothingPrunedError
from cnnsearch.compression.timing import Timed, timed
from cnnsearch.errors import InputError
from cnnsearch.study.environment import package_versions, processor_name
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.record.lines import CompressionLine, NotCompressedLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.compressed import file_at, keras_at, predictions_at

if TYPE_CHECKING:
    from cnnsearch.serving.prediction import Evaluation
    from cnnsearch.study import Study

__all__ = ["Keeper", "Made", "keep_failed"]

_LOG = logging.getLogger("cnnsearch")

_PACKAGES = ("ai-edge-litert", "ai-edge-quantizer", "keras", "onnxruntime", "tensorflow")

_APART = 600.0
"""Seconds after which the float model is timed again before a latency is compared with its own: the machine may have
other work by then."""


@dataclass(frozen=True)
class Made:
    """A file, with what it came to on the validation split, and the Keras model that was built anew for it.

    Attributes:
        again: what files of further trainings came to, which are not kept.
    """

    name: str
    way: dict[str, Any]
    content: bytes
    suffix: str
    result: Evaluation
    seconds: float
    sizes: Mapping[str, Any]
    model: bytes | None = None
    again: tuple[Evaluation, ...] = ()


class Keeper:
    """What a kill, or a way that fails after hours of training, must not cost.

    Args:
        study: which nobody else writes to meanwhile.
        told: of every line: whose model it is, and for which choice.
        base: the float model.
        example: ``(1, ...)``, an input at rest.
        elsewhere: times the float model in other runtimes; called once, before the first model is kept.
    """

    def __init__(
        self, study: Study, told: Mapping[str, Any], base: Made, example: np.ndarray, elsewhere: Callable[[], Timed]
    ) -> None:
        self._study = study
        self._told = {**told, **_circumstances()}
        self._base = base
        self._example = example
        self._elsewhere = elsewhere
        self._timed_at = 0.0
        self.lines: list[CompressionLine] = []

    def keep(self, made: Made) -> None:
        """Time a model, and write its files, then its line; the float model first, or again where that is long ago."""
        self.keep_float()
        line = self._line(made)
        self._write(made, line)
        self.lines.append(line)

    def keep_float(self) -> None:
        """Write the float model, or a line with its latency of now; nothing where it was timed a moment ago."""
        if self.lines and time.monotonic() - self._timed_at < _APART:
            return
        if not self.lines:
            line = self._line(self._base, self._elsewhere())
            self._write(self._base, line)
            self.lines.append(line)
        else:
            first = self.lines[0]
            elsewhere = tuple(each for each in first.timings if each.runtime != first.runtime)
            now = timed(self._base.content, self._example, self._base.suffix)
            untimed = {runtime: why for runtime, why in first.untimed.items() if runtime != first.runtime}
            again = replace(
                first, timings=now.timings + elsewhere, untimed={**untimed, **now.untimed}, time=time.time()
            )
            Record(self._study.store).compress(again)
            self.lines[0] = again
        self._timed_at = time.monotonic()

    def _line(self, made: Made, elsewhere: Timed | None = None) -> CompressionLine:
        started = time.perf_counter()
        found = timed(made.content, self._example, made.suffix).and_also(elsewhere or Timed())
        return CompressionLine(
            **self._told,
            **made.sizes,
            name=made.name,
            suffix=made.suffix,
            way=made.way,
            file=hashlib.sha256(made.content).hexdigest(),
            network=None if made.model is None else hashlib.sha256(made.model).hexdigest(),
            bytes=len(made.content),
            gzipped=len(gzip.compress(made.content)),
            count=made.result.count,
            metrics=made.result.scores,
            again=tuple(each.scores for each in made.again),
            timings=found.timings,
            untimed=found.untimed,
            seconds=made.seconds + time.perf_counter() - started,
            time=time.time(),
        )

    def _write(self, made: Made, line: CompressionLine) -> None:
        """The line last: one without its files would be told, and files without it are not."""
        store, objective = self._study.store, self._study.experiment.objective.metric
        store.write(file_at(line), made.content)
        if made.model is not None:
            store.write(keras_at(made.name), made.model)
        for number, result in enumerate((made.result, *made.again)):
            store.write(predictions_at(made.name, number), to_bytes(result.predictions, objective))
        Record(store).compress(line)


def keep_failed(study: Study, trial: int, source: str, way: Mapping[str, Any], name: str, error: InputError) -> None:
    """Record that a model could not be made, so that no sweep tries it again.

    Args:
        study: which nobody else writes to meanwhile.
        trial, source: of the best model: its trial, and the sha256 of its file.
        way, name: of what could not be made.
        error: why.
    """
    reason = "; ".join(problem.rule for problem in error.problems)
    _LOG.warning("%s could not be made of the best model: %s", name, reason)
    unchanged = isinstance(error, NothingPrunedError)
    line = NotCompressedLine(
        trial=trial, source=source, name=name, way=way, reason=reason, unchanged=unchanged, time=time.time()
    )
    Record(study.store).leave_float(line)


def _circumstances() -> dict[str, Any]:
    cpus = os.cpu_count() or 1
    return {
        "machine": {"node": platform.node(), "processor": processor_name(), "cpus": cpus},
        "versions": package_versions(_PACKAGES),
    }
