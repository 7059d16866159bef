"""Workers of a sweep that note where their time goes, or how much memory they hold. Nothing else is changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.profile import Notes
from cnnsearch.study.record.lines import from_report
from cnnsearch.sweep.worker import trainable
from cnnsearch.sweep.worker.candidate import Candidate
from cnnsearch.sweep.worker.trainable import TrialWorker

__all__ = ["TimedWorker", "WeighedWorker", "read_memory", "use_worker"]

_FOLDER = "CNNSEARCH_BENCHMARK_FOLDER"
"""Environment variable with the folder of the notes; Ray's workers inherit it from the driver."""

_MEGABYTE = 2**20


class TimedWorker(TrialWorker):
    """A worker with a clock. Writing its notes takes a fraction of a millisecond a report."""

    def setup(self, config: dict[str, Any], *arguments: Any, **keys: Any) -> None:
        self._began: float | None = None
        self._busy = self._checkpoint = self._waited = 0.0
        self._returned: float | None = None
        Candidate.keep = self._timed(Candidate.keep)  # type: ignore[method-assign]
        super().setup(config, *arguments, **keys)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self._returned = None
        return super().reset_config(new_config)

    def step(self) -> dict[str, Any]:
        started = time.perf_counter()
        if self._returned is not None:
            self._waited += started - self._returned
        before = self._checkpoint
        result = super().step()
        seconds = time.perf_counter() - started
        if self._began is None:
            # Before its first trial began, this call imported TensorFlow and fetched the data: that is start-up.
            cost = from_report(result[trainable.TOLD]).training.cost
            seconds = min(seconds, cost.get("wall_seconds", 0.0) + self._checkpoint - before)
            self._began = time.time() - seconds
        self._busy += seconds
        notes = Notes(self._began, self._busy, self._checkpoint, self._waited)
        notes.write(Path(os.environ[_FOLDER]) / f"{os.getpid()}.json")
        self._returned = time.perf_counter()
        return result

    def _timed(self, keep: Callable[..., None]) -> Callable[..., None]:
        def timed(*arguments: Any) -> None:
            started = time.perf_counter()
            keep(*arguments)
            self._checkpoint += time.perf_counter() - started

        return timed


class WeighedWorker(TrialWorker):
    """A worker that notes its unique set size, what would be free if it ended, after each trial."""

    def step(self) -> dict[str, Any]:
        result = super().step()
        if result["done"]:
            note = {"time": time.time(), "megabytes": psutil.Process().memory_full_info().uss / _MEGABYTE}
            with (Path(os.environ[_FOLDER]) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(note) + "\n")
        return result


def use_worker(worker: type[TrialWorker], folder: Path) -> None:
    """Let sweeps of this process run ``worker``, which leaves its notes in ``folder``."""
    folder.mkdir(parents=True)
    os.environ[_FOLDER] = str(folder)
    trainable.TrialWorker = worker  # type: ignore[misc]


def read_memory(folder: Path) -> list[tuple[float, float]]:
    """Unix time and megabytes after each trial, of the process that ran most of them."""
    files = [path.read_text(encoding="utf-8").splitlines() for path in folder.glob("*.jsonl")]
    notes = [json.loads(line) for line in max(files, key=len)]
    return [(note["time"], note["megabytes"]) for note in notes]
