"""A sweep over many workers whose trials sleep: ``python -m benchmarks.sleeping WORKERS SECONDS OUT``.

Every trial sleeps along a recorded curve, reports at each epoch and imports no TensorFlow, so that many workers fit on
one machine and what is left is the platform's own. The sweep is ended ``SECONDS`` after the first report of the last
worker.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import ray

import cnnsearch
from benchmarks.nothing import NothingTrainer, curve_values
from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import Training
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.lines import CURVES
from cnnsearch.study.record.record import read_lines
from cnnsearch.sweep.cluster.connection import SETTINGS
from cnnsearch.sweep.worker import trainable
from cnnsearch.sweep.worker.checkpoints import Checkpoints
from cnnsearch.sweep.worker.trainable import TrialWorker
from cnnsearch.sweep.worker.workshop import Workshop
from cnnsearch.training.result import EpochResult

__all__ = ["CURVE", "EPOCH_SECONDS", "slept"]

EPOCH_SECONDS = 2.0

# fmt: off
CURVE = (
    0.195, 0.351, 0.454, 0.546, 0.7103, 0.7465, 0.7967, 0.8329, 0.8552,
    0.8552, 0.8719, 0.8691, 0.8886, 0.8942, 0.8969, 0.9025, 0.9081, 0.9109, 0.9164, 0.9081,
    0.9248, 0.9192, 0.922, 0.9192, 0.922, 0.9248, 0.9331, 0.922, 0.9276, 0.9304,
)
# fmt: on
"""Validation accuracy of a CNN on scikit-learn's digits after each epoch, recorded once: 8 filters, 32 units."""


class SleepingTrainer(NothingTrainer):
    """Each epoch sleeps, and ends with the recorded accuracy."""

    def run_epoch(self) -> EpochResult:
        number = len(self.epochs) + 1
        time.sleep(EPOCH_SECONDS)
        accuracy = CURVE[number - 1]
        seconds = EPOCH_SECONDS
        self.epochs.append(EpochResult(number, curve_values(accuracy), 1e-3, seconds, time.time()))
        return self.epochs[-1]

    def value(self) -> float:
        return max(epoch.values["val_accuracy"] for epoch in self.epochs)


class SleepingWorkshop(Workshop):
    """Its trainers sleep."""

    def trainer(self, job: Training, checkpoints: Checkpoints | None) -> Any:  # noqa: ARG002 - it goes on from none
        return SleepingTrainer(self.sweep.experiment)


class SleepingWorker(TrialWorker):
    """A worker of a real sweep whose trials sleep."""

    workshop = SleepingWorkshop


class Watch:
    """Sees each worker's first report, and ends the sweep some time after that of the last one.

    Args:
        workers: that must have reported.
        seconds: after that.
    """

    def __init__(self, workers: int, seconds: float) -> None:
        self._workers = workers
        self._seconds = seconds
        self.reported: dict[int, float] = {}
        self.window: list[float] = []
        self.driver: list[float] = []
        self._process = psutil.Process()

    def __call__(self, progress: Progress) -> None:
        """Called by the sweep after each change."""
        now = time.time()
        for trial, epochs in progress.running.items():
            if epochs and trial < self._workers:  # the first trials, one on each worker
                self.reported.setdefault(trial, now)
        if len(self.reported) == self._workers and not self.window:
            self._mark(now)
            threading.Timer(self._seconds, self._end).start()

    def _end(self) -> None:
        self._mark(time.time())
        os.kill(os.getpid(), signal.SIGINT)

    def _mark(self, now: float) -> None:
        times = self._process.cpu_times()
        self.window.append(now)
        self.driver.append(times.user + times.system)


def slept(curves: list[dict[str, Any]], begin: float, end: float) -> float:
    """Seconds of ``[begin, end]`` that all trials together slept, by the lines of their epochs."""
    return sum(max(0.0, min(line.time, end) - max(line.time - line.seconds, begin)) for line in curves)


def main(workers: str, seconds: str, out: str) -> None:
    """Run the sweep and write what was measured to ``out``."""
    count = int(workers)
    trainable.TrialWorker = SleepingWorker  # type: ignore[misc]
    os.environ.update(SETTINGS)
    began = time.time()
    ray.init(
        address="local",
        num_cpus=count,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=200 * 2**20,
    )
    watch = Watch(count, float(seconds))
    experiment = Experiment(
        name="sleeping",
        dataset={"source": "digits", "limit": 100, "validation": 0.2},
        epochs=len(CURVE),
        space={"filters": {"int": [1, 4096]}, "learning_rate": {"float": [1e-4, 1e-2], "log": True}},
        sampler="random",
        # It is asked after each epoch, and never has enough trials to stop one.
        scheduler={"name": "median", "grace_epochs": 1, "min_trials": 1_000_000},
        budget={"trials": 100_000},
    )
    with tempfile.TemporaryDirectory() as folder:
        study = cnnsearch.run(experiment, output=folder, observe=watch)
        curves = list(read_lines(study.store, CURVES))
    begin, end = watch.window
    figures = {
        "workers": count,
        "seconds": end - begin,
        "startup_seconds": begin - began,
        "first_report_seconds": min(watch.reported.values()) - began,
        "utilisation": slept(curves, begin, end) / (count * (end - begin)),
        "driver_share": (watch.driver[1] - watch.driver[0]) / (end - begin),
        "reports": sum(begin <= line.time <= end for line in curves),
        "ended": study.counts["COMPLETED"],
    }
    Path(out).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    # Imported by name, so that Ray's workers find the classes in a module of this name and not in __main__.
    from benchmarks import sleeping

    sleeping.main(*sys.argv[1:])
