"""Workers of real sweeps that train nothing, for what is said of sweeps and not of training: no TensorFlow is imported.

They are pickled by value, so that a worker's process need not find this module.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.nothing import NothingTrainer, NothingWorker, NothingWorkshop
from cnnsearch.training.result import EpochResult

__all__ = ["GrowingWorker", "LastingWorker"]

_SECONDS = 0.05
"""Of an epoch that lasts."""

_MEGABYTES = 300
"""More than a quarter of what a worker that trains nothing holds after its first trial."""


class _LastingTrainer(NothingTrainer):
    """Its epochs take a moment each, so that many of them take hours."""

    def run_epoch(self) -> EpochResult:
        time.sleep(_SECONDS)
        return super().run_epoch()


class _LastingWorkshop(NothingWorkshop):
    def trainer(self, *_: Any) -> Any:
        return _LastingTrainer(self.sweep.experiment)


class LastingWorker(NothingWorker):
    """Runs trials of as many epochs as are asked for."""

    workshop = _LastingWorkshop


class _GrowingWorkshop(NothingWorkshop):
    """Keeps memory for good, once it has begun a trial whose config has 8 filters."""

    def trainer(self, job: Any, checkpoints: Any) -> Any:
        if job.config["filters"] == 8:
            self.leaked = np.ones(_MEGABYTES * 2**17)
        return super().trainer(job, checkpoints)


class GrowingWorker(NothingWorker):
    """Grows beyond its memory."""

    workshop = _GrowingWorkshop
