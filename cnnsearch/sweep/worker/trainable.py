"""The trainable: trials one after another in a warm worker."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import ray
from ray import tune

from cnnsearch.data.stages import ScalingKind
from cnnsearch.errors import RayLostError, StorageError
from cnnsearch.experiment import Experiment
from cnnsearch.families.own.source import OwnCode
from cnnsearch.search.schedulers.spec import milestones
from cnnsearch.study.best import CHECKPOINTS, left_by
from cnnsearch.study.clock import Clock
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.store import Store
from cnnsearch.sweep.stages.stages import Size, Stages
from cnnsearch.sweep.tune.scheduler_factories import OBJECTIVE, TIME
from cnnsearch.sweep.worker.checkpoints import Checkpoints
from cnnsearch.sweep.worker.hardware import MemoryBound, pin_hardware
from cnnsearch.sweep.worker.printed import Printed

__all__ = ["PRINTED", "TOLD", "SweepContext", "TrialWorker", "WorkerSpentError"]

TOLD = "told"
"""Key of a report: what the ledger is told, as JSON."""

PRINTED = "printed"
"""Key of a report: what the trial printed since the last one; absent where that is nothing."""

MOST_SECONDS = 10.0
"""Work in one call, at most: after it the worker reports, whatever the scheduler lets run unasked."""

_WORTH = 1.0
"""Seconds of work of a trial that is cut short that are worth a checkpoint."""

_SIZES = 2
"""Image sizes whose pictures a worker keeps at hand; a space that searches the size goes to and fro."""


class WorkerSpentError(Exception):
    """The process has grown beyond its memory: another one takes the trial that it was given."""


@dataclass(frozen=True)
class SweepContext:
    """What every worker of a sweep is given once.

    Attributes:
        experiment: without arrays in memory; those come through the stages.
        stages: where preprocessed data comes from.
        store: of the study, seen by all nodes: there a worker leaves the weights of a trial that may be the best.
        code: of a user's own model family.
        clock: of the driver.
    """

    experiment: Experiment
    stages: Stages
    store: Store
    code: OwnCode | None
    clock: Clock


class TrialWorker(tune.Trainable):
    """Runs trials in one process. Its own errors end the trial with a reason; if it dies, the ledger proposes again."""

    def setup(self, config: dict[str, Any], sweep: SweepContext) -> None:
        self._sweep = sweep
        self._clock = sweep.clock.here()
        self._printed = Printed()
        self._pixels: OrderedDict[Size, Any] = OrderedDict()
        self._scalings: dict[tuple[Size, str], Any] = {}
        self._programs: Any = None
        self._feeds: Any = None
        self._trainer: Any = None
        self._told = 0
        self._started = 0.0
        node_id = ray.get_runtime_context().get_node_id()
        self._worker: dict[str, Any] = {"node": socket.gethostname(), "node_id": node_id[:8], "pid": os.getpid()}
        self._startup = {"set_up": self._clock.now()}
        holds = self._holds = config["holds"]
        self._memory = MemoryBound(sweep.experiment.resources.memory_gb, holds.cpus)
        pin_hardware(holds.cpus, holds.gpus)
        self._worker |= {"cpus": holds.cpus, "gpus": holds.gpus, "devices": os.environ.get("CUDA_VISIBLE_DEVICES", "")}
        if sweep.code is not None:
            sweep.code.provide()  # also where the files were edited since the sweep began
        self._start(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self._memory.end_trial()
        self._startup = {}
        self._start(new_config)
        return True

    def step(self) -> dict[str, Any]:
        with self._printed.caught() as printed:
            told = self._step()
        return {**told, PRINTED: printed[0]} if printed else told

    def _step(self) -> dict[str, Any]:
        # TensorFlow is imported here, when there is a trial to run, and not with this module.
        from cnnsearch.training.trial import failure

        if self._trainer is None and self._memory.is_spent:
            raise WorkerSpentError
        if "reads_test" in self._given:
            return self._read_test()
        try:
            trainer = self._trainer = self._trainer or self._prepare()
            if self._told == len(trainer.epochs):
                self._run_unasked(trainer)
            until = self._asked_next(len(trainer.epochs))
            result = trainer.result(stopped=False)
            self._keep_candidate(trainer, result)
            finished = until == len(trainer.epochs) and trainer.end_reason is not None
            if not finished and self._checkpoints is not None and self._checkpoints.is_due():
                self._checkpoints.keep(trainer)
        except (StorageError, RayLostError):
            raise  # no other trial could be kept or fed either: the sweep ends, and this trial has not
        except Exception as error:  # noqa: BLE001 - whatever a trial raises is that trial's end, not the sweep's
            result = failure(error, self._trainer)
            until = len(result.epochs)
            finished = True
        first, self._told = self._told, until
        told = {
            "epochs": [epoch.to_dict() for epoch in result.epochs[first:until]],
            "line": {**result.to_line(), "worker": self._described(), "started": self._started},
        }
        return {
            TIME: until,
            **({OBJECTIVE: self._objective(result.epochs[until - 1])} if result.state != "FAILED" else {}),
            "done": finished,
            "finished": finished,
            TOLD: json.dumps(told),  # as one text: of each number that it sees, Tune keeps statistics
        }

    def cleanup(self) -> None:
        """The worker goes. What a trial that is cut short has done since its last checkpoint need not be lost."""
        trainer = self._trainer
        if trainer is None or self._checkpoints is None or trainer.end_reason is not None:
            return
        with contextlib.suppress(Exception):  # nobody is there to be told
            if self._checkpoints.is_due(_WORTH):
                self._checkpoints.keep(trainer)

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Tune asks for none: they go into the study, where another driver finds them."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """See :meth:`save_checkpoint`."""

    def _start(self, config: dict[str, Any]) -> None:
        self._printed.begin_trial()
        self._given = config
        self._trainer = None
        self._told = 0
        self._kept_epoch: int | None = None
        self._left = f"{CHECKPOINTS}/{config['trial']}"
        self._checkpoints: Checkpoints | None = None
        if "attempt" in config:
            self._left = left_by(config["trial"], config["attempt"])
            least = self._sweep.experiment.resources.checkpoint_seconds
            self._checkpoints = Checkpoints(self._sweep.store, config["trial"], config["attempt"], least)
        self._started = self._clock.now()

    def _prepare(self) -> Any:
        from cnnsearch.training.devices import configure_devices
        from cnnsearch.training.feeds import Feeds
        from cnnsearch.training.programs import Programs
        from cnnsearch.training.trainer import Trainer
        from cnnsearch.training.trial import size_of

        experiment = self._sweep.experiment
        if self._programs is None:
            configure_devices(self._holds.cpus, self._holds.gpu_memory_gb)
            self._printed.forget()  # what TensorFlow says when it starts is of no trial
            self._programs = Programs()
            self._feeds = Feeds(self._memory.for_copies, self._sweep.stages.features)
            self._startup["imported"] = self._clock.now()
        filled = experiment.filled(self._given["config"])
        size = size_of(filled)
        pixels = self._pictures(size)
        scaling = self._scaling(size, filled["scaling"])
        self._startup.setdefault("fed", self._clock.now())
        config, seed = self._given["config"], self._given["seed"]
        checkpoint = self._checkpoints.last() if self._checkpoints is not None else None
        given = (experiment, config, pixels, scaling, seed, self._programs, self._feeds, checkpoint)
        trainer = Trainer(*given, now=self._clock.now)
        self._told = min(self._given.get("known", 0), len(trainer.epochs))
        if self._checkpoints is not None:
            self._checkpoints.begin()
        self._worker["pictures"] = "copied" if trainer.feed.is_copied else "shared"
        return trainer

    def _pictures(self, size: Size) -> Any:
        if size not in self._pixels:
            while len(self._pixels) >= _SIZES:
                self._pixels.popitem(last=False)
            self._pixels[size] = self._sweep.stages.pixels(size)
        self._pixels.move_to_end(size)
        return self._pixels[size]

    def _scaling(self, size: Size, kind: ScalingKind) -> Any:
        if (size, kind) not in self._scalings:
            self._scalings[size, kind] = self._sweep.stages.scaling(size, kind)
        return self._scalings[size, kind]

    def _run_unasked(self, trainer: Any) -> None:
        """Epochs up to the next one after which the scheduler decides, or as many as fit into the time."""
        asked = self._milestones
        started = time.perf_counter()
        while trainer.end_reason is None:
            trainer.run_epoch()
            if len(trainer.epochs) in asked or time.perf_counter() - started > MOST_SECONDS:
                return

    def _asked_next(self, last: int) -> int:
        """The epoch to report next, of those up to ``last``: after a recovery, several may be untold."""
        return next((epoch for epoch in self._milestones if self._told < epoch < last), last)

    @property
    def _milestones(self) -> tuple[int, ...]:
        if "finalist" in self._given:
            return ()  # no scheduler is shown these runs
        experiment = self._sweep.experiment
        return milestones(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)

    def _described(self) -> dict[str, Any]:
        """What the trial's line tells of its worker."""
        described = {**self._worker, "startup": self._startup} if self._startup else self._worker
        if self._checkpoints is not None and self._checkpoints.written:
            described = {**described, "checkpoints": self._checkpoints.to_dict()}
        return described

    def _read_test(self) -> dict[str, Any]:
        """Evaluate the model that was named the winner on the test split; the trial's folder gets the predictions."""

        from cnnsearch.serving.prediction import evaluate_file
        from cnnsearch.training.trial import failure, size_of

        line: dict[str, Any] = {"state": "COMPLETED", "worker": self._worker}
        try:
            pictures, labels = self._sweep.stages.test(size_of(self._sweep.experiment.filled(self._given["config"])))
            with self._sweep.store.as_file(self._given["reads_test"]) as path:
                experiment, config = self._sweep.experiment, self._given["config"]
                result, probabilities = evaluate_file(path, pictures, labels, experiment, config)
            self._write_predictions(labels, probabilities)
            line |= {"count": result.count, "metrics": result.scores}
        except (StorageError, RayLostError):
            raise
        except Exception as error:  # noqa: BLE001 - as of a trial: told, and the sweep goes on to its report
            line |= {"state": "FAILED", "reason": failure(error, None).reason}
        return {"done": True, "finished": True, TOLD: json.dumps({"epochs": [], "line": line})}

    def _objective(self, epoch: Any) -> float:
        return float(getattr(epoch, self._sweep.experiment.objective.metric))

    def _keep_candidate(self, trainer: Any, result: Any) -> None:
        """Leave weights and predictions where they may be among the best, before the result is told."""
        from cnnsearch.training.model_file import save_model

        finished = trainer.end_reason is not None
        score = (int(finished), self._sweep.experiment.objective.sign * result.value)
        bars = self._given["bars"]
        if result.best_epoch == self._kept_epoch:
            return  # the best epoch, and so what lies there, is the same as at the last report
        beaten = {what for what, bar in bars.items() if bar is None or score > tuple(bar)}
        if not beaten:
            return
        if "predictions" in beaten:
            self._write_predictions(trainer.labels, trainer.probabilities)
        if "best" in beaten:
            with self._sweep.store.new_file(f"{self._left}/model.keras") as path:
                save_model(trainer.export(), path)
        # Kept at a rung below the bar of completed trials, it must be looked at again at the end.
        self._kept_epoch = result.best_epoch if beaten == set(bars) else None

    def _write_predictions(self, labels: Any, probabilities: Any) -> None:
        self._sweep.store.write(f"{self._left}/predictions.npz", to_bytes(labels, probabilities))
