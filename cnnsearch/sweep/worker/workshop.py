"""What a worker keeps from one job to the next, so that a trial costs what its arithmetic costs."""

from __future__ import annotations

import importlib
import os
import socket
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels, Scaling, ScalingKind, Size, scaling_of
from cnnsearch.experiment import Demand
from cnnsearch.experiment.passes import with_more_passes
from cnnsearch.search.jobs import EnsembleRun, Job, RefitRun, Training, TrialRun
from cnnsearch.study.record.lines import Startup, Worker
from cnnsearch.sweep.worker.checkpoints import Checkpoints
from cnnsearch.sweep.worker.context import SweepContext
from cnnsearch.sweep.worker.hardware import MemoryBound
from cnnsearch.sweep.worker.printed import Printed

if TYPE_CHECKING:
    from cnnsearch.training.feeds.feeds import Feeds
    from cnnsearch.training.lockstep.running import Running
    from cnnsearch.training.programs.programs import Programs
    from cnnsearch.training.refit import Refit

__all__ = ["Workshop", "import_for_training"]


_SIZES = 2
"""Image sizes whose pictures a worker keeps at hand; a space that searches the size goes to and fro."""


def import_for_training(cpus: int) -> None:
    """Import all that a trial takes in a process that holds so many CPUs, and no GPU."""
    from cnnsearch.training.devices import configure_devices

    configure_devices(cpus)
    importlib.import_module("cnnsearch.training.lockstep.running")


class Workshop:
    """Compiled programs, feeds and pictures, and the process that holds them.

    TensorFlow is imported when there is something to train, and not before.

    Args:
        sweep: what every worker is given.
        holds: what this one holds of its node.
        node_id: Ray's name of that.
        printed: catches what is printed in this process.

    Attributes:
        sweep: as given.
        clock: of the sweep, in this process.
        memory: its bound.
        process: what the record tells of it.
    """

    def __init__(self, sweep: SweepContext, holds: Demand, node_id: str, printed: Printed) -> None:
        self.sweep = sweep
        self.clock = sweep.clock.here()
        self.memory = MemoryBound(sweep.experiment.resources.memory_gb, holds.cpus)
        self._holds = holds
        self._printed = printed
        self._pixels: OrderedDict[Size, Pixels] = OrderedDict()
        self._scalings: dict[tuple[Size, ScalingKind], Scaling] = {}
        self._kept: tuple[Programs, Feeds] | None = None
        self._startup = Startup(set_up=self.clock.now())
        self.process = Worker(
            node=socket.gethostname(),
            node_id=node_id,
            pid=os.getpid(),
            cpus=holds.cpus,
            gpus=holds.gpus,
            devices=os.environ.get("CUDA_VISIBLE_DEVICES", ""),
        )

    @property
    def described(self) -> Worker:
        """What a trial's line tells of its worker: when its data was there, and at first how the process started."""
        return replace(self.process, startup=self._startup if self._startup.is_known else None)

    def clear(self) -> None:
        """A job has ended, and another one begins."""
        self.memory.end_trial()
        self._startup = Startup()

    def trainer(self, job: Training | EnsembleRun, checkpoints: Checkpoints | None) -> Running:
        """For ``job``, where its last checkpoint left it."""
        from cnnsearch.training.lockstep.running import begun

        programs, feeds = self._tools()
        filled = self.sweep.experiment.filled(job.config)
        size = self._size(job)
        pixels = self._pictures(size)
        scaling = self._scaling(size, scaling_of(filled))
        if self._startup.fed is None:
            self._startup = replace(self._startup, fed=self.clock.now())
        checkpoint = None if checkpoints is None else checkpoints.last()
        experiment = self.sweep.experiment
        if not isinstance(job, TrialRun):  # a finalist has seeds of its own
            experiment = experiment.model_copy(update={"repeats": 1})
        given = (experiment, job.config, pixels, scaling, job.seed, programs, feeds, checkpoint, self._folds(job))
        trainer = begun(*given, now=self.clock.now)
        self.process = replace(self.process, pictures="copied" if trainer.feed.is_copied else "shared")
        return trainer

    def refit(self, job: RefitRun) -> Refit:
        """For ``job``. What trials were fed from is let go: nothing is trained on that any more."""
        from cnnsearch.training.feeds.feeds import Feeds
        from cnnsearch.training.refit import Refit, joined_features

        programs, _ = self._tools()
        filled = self.sweep.experiment.filled(job.config)
        size, stages = self._size(job), self.sweep.stages
        known = self._pictures(size)
        feeds = Feeds(self.memory.for_copies, joined_features(known, stages.features, stages.cached))
        self._kept = programs, Feeds(self.memory.for_copies, stages.features)
        given = stages.joined(size), stages.joined_scaling(size, scaling_of(filled)), job.seed, job.epochs
        experiment = with_more_passes(self.sweep.experiment, job.times)
        found = Refit(experiment, job.config, *given, programs, feeds, self.clock.now)
        self.process = replace(self.process, pictures="copied" if found.is_copied else "shared")
        return found

    def validation_split(self, job: Job) -> tuple[Any, Any]:
        """Pictures and targets of the validation split, as ``job`` sees them."""
        pixels = self._pictures(self._size(job))
        return pixels.x_validation, pixels.y_validation

    def test_split(self, job: Job) -> tuple[Any, Any]:
        """Pictures and labels of the test split, as ``job`` sees them."""
        return self.sweep.stages.test(self._size(job))

    def _folds(self, job: Training | EnsembleRun) -> tuple[Fold, ...]:
        """Of ``job``; a finalist has fresh ones."""
        if (folds := self.sweep.folds) is None:
            return ()
        is_fresh = job.fresh if isinstance(job, EnsembleRun) else not isinstance(job, TrialRun)
        return folds.of_run(job.seed) if is_fresh else folds.of_trials

    def _size(self, job: Job) -> Size:
        from cnnsearch.training.trial import size_of

        return size_of(self.sweep.experiment.filled(job.config))

    def _tools(self) -> tuple[Programs, Feeds]:
        from cnnsearch.training.devices import configure_devices
        from cnnsearch.training.feeds.feeds import Feeds
        from cnnsearch.training.programs.programs import Programs

        if self._kept is None:
            configure_devices(self._holds.cpus, self._holds.gpu_memory_gb)
            self._printed.forget()  # what TensorFlow says when it starts is of no trial
            self._kept = Programs(), Feeds(self.memory.for_copies, self.sweep.stages.features)
            self._startup = replace(self._startup, imported=self.clock.now())
        return self._kept

    def _pictures(self, size: Size) -> Pixels:
        if size not in self._pixels:
            while len(self._pixels) >= _SIZES:
                self._pixels.popitem(last=False)
            self._pixels[size] = self.sweep.stages.pixels(size)
        self._pixels.move_to_end(size)
        return self._pixels[size]

    def _scaling(self, size: Size, kind: ScalingKind) -> Scaling:
        if (size, kind) not in self._scalings:
            self._scalings[size, kind] = self.sweep.stages.scaling(size, kind)
        return self._scalings[size, kind]
