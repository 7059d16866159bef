"""Trials that train nothing: what a sweep costs by itself. ``python -m benchmarks.nothing SIDE TRIALS SAMPLER OUT``.

Every trial reports three times, and ASHA decides after each. All trials report the same accuracy, so that none is
stopped and every one makes its three reports.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray import tune
from ray.tune.schedulers import AsyncHyperBandScheduler

import cnnsearch
from benchmarks.peers.ray_by_hand import SETTINGS
from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import Training
from cnnsearch.study.record.lines import TRIALS
from cnnsearch.study.record.record import read_lines
from cnnsearch.sweep.worker import trainable
from cnnsearch.sweep.worker.checkpoints import Checkpoints
from cnnsearch.sweep.worker.trainable import TrialWorker
from cnnsearch.sweep.worker.workshop import Workshop
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.training.latency import Latency
from cnnsearch.training.result import EpochResult, TrialResult

__all__ = ["REPORTS", "run_bare", "run_ours"]

REPORTS = 3
WORKERS = 2
_ACCURACY = 0.5
_CLASSES = 10
_PICTURES = 20
"""Validation pictures of the experiment below."""


def curve_values(share: float) -> dict[str, float]:
    """Metrics of an epoch: losses of 1, and one share for all others."""
    return {name: 1.0 if name.endswith("loss") else share for name in CLASSIFICATION.curve("val_accuracy")}


class NothingTrainer:
    """Stands for the trainer: epochs without TensorFlow, everything that it reports is the same each time."""

    since = 0

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._started = time.perf_counter()
        self.epochs: list[EpochResult] = []
        labels = np.zeros(_PICTURES, np.int32)
        self.predictions = ClassPredictions(labels, np.eye(_CLASSES, dtype=np.float32)[labels])

    @property
    def end_reason(self) -> str | None:
        return "epochs" if len(self.epochs) >= self.experiment.epochs else None

    def run_epoch(self) -> EpochResult:
        number = len(self.epochs) + 1
        self.epochs.append(EpochResult(number, curve_values(_ACCURACY), 1e-3, 0.0, time.time()))
        return self.epochs[-1]

    def value(self) -> float:
        return _ACCURACY

    def result(self, stopped: bool = False) -> TrialResult:
        names = ("loss", "accuracy", "val_loss", "val_accuracy", "val_precision", "val_recall", "val_f1")
        seconds = ("compute_seconds", "compile_seconds", "reset_seconds", "evaluate_seconds")
        cost = {**Latency(0.0, 0.0, 0.0).cost, **dict.fromkeys(seconds, 0.0), "parameters": 0.0, "model_bytes": 0.0}
        return TrialResult(
            state="STOPPED" if stopped else "COMPLETED",
            end_reason="scheduler" if stopped else "epochs",
            value=_ACCURACY,
            best_epoch=1,
            epochs=tuple(self.epochs),
            metrics=dict.fromkeys(names, _ACCURACY),
            predictions=self.predictions,
            cost={**cost, "wall_seconds": time.perf_counter() - self._started},
        )

    def export(self) -> NothingModel:
        return NothingModel()

    def worst_texts(self, most: int) -> None:
        """It has read none."""

    def judged_texts(self, most: int) -> None:
        """Nor others."""


class NothingModel:
    """What the trainer exports, for the few trials that may be the best."""

    def save(self, path: str | os.PathLike[str]) -> None:
        Path(path).write_bytes(b"nothing")


class NothingWorkshop(Workshop):
    """Its trainers train nothing; it imports no TensorFlow."""

    def trainer(self, job: Training, checkpoints: Checkpoints | None) -> Any:  # noqa: ARG002 - it goes on from none
        return NothingTrainer(self.sweep.experiment)


class NothingWorker(TrialWorker):
    """A worker of a real sweep whose trainer trains nothing."""

    workshop = NothingWorkshop


class BareWorker(tune.Trainable):  # type: ignore[misc]
    """The same reports from a warm worker of bare Ray Tune."""

    def setup(self, config: dict[str, Any]) -> None:  # noqa: ARG002 - nothing depends on it
        self._count = 0

    def reset_config(self, new_config: dict[str, Any]) -> bool:  # noqa: ARG002 - nothing depends on it
        self._count = 0
        return True

    def step(self) -> dict[str, Any]:
        self._count += 1
        return {"objective": _ACCURACY, "epoch": self._count, "done": self._count == REPORTS}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """None is asked for."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """See :meth:`save_checkpoint`."""


class Watch(tune.Callback):  # type: ignore[misc]
    """Notes when each trial ended; all that is kept of it."""

    def __init__(self, ended: list[float]) -> None:
        self._ended = ended

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:  # noqa: ARG002 - Tune's
        self._ended.append(time.time())


def run_ours(trials: int, sampler: str) -> list[float]:
    """A real sweep: ledger, record, curves, candidates, report. Returns the Unix times at which trials ended."""
    trainable.TrialWorker = NothingWorker  # type: ignore[misc]
    os.environ["CNNSEARCH_PRELOAD"] = "no"  # nobody here needs TensorFlow: its import would take the first seconds
    experiment = Experiment(
        name="nothing",
        dataset={"source": "digits", "limit": 5 * _PICTURES, "validation": 0.2},
        epochs=REPORTS,
        space={
            "filters": {"choice": [8, 16, 32]},
            "learning_rate": {"float": [1e-4, 1e-2], "log": True},
            "dropout": {"float": [0.0, 0.5]},
            "l2": {"float": [1e-6, 1e-2], "log": True},
        },
        sampler=sampler,
        scheduler={"name": "asha", "grace_epochs": 1, "reduction": 2},
        budget={"trials": trials},
        resources={"cpus": 1, "max_concurrent": WORKERS},
    )
    with tempfile.TemporaryDirectory() as folder:
        study = cnnsearch.run(experiment, output=folder)
        records = list(read_lines(study.store, TRIALS))
    if len(records) != trials or any(record.epochs != REPORTS for record in records):
        raise RuntimeError(f"{len(records)} of {trials} trials ended, or some without their {REPORTS} reports")
    return sorted(record.ended for record in records)


def run_bare(trials: int) -> list[float]:
    """Bare Ray Tune: warm actors, loggers off, nothing kept. Returns the Unix times at which trials ended."""
    os.environ.update(SETTINGS)
    ray.init(address="local", num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
    ended: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        tune.Tuner(
            tune.with_resources(BareWorker, {"cpu": 1}),
            param_space={
                "filters": tune.choice([8, 16, 32]),
                "learning_rate": tune.loguniform(1e-4, 1e-2),
                "dropout": tune.uniform(0.0, 0.5),
                "l2": tune.loguniform(1e-6, 1e-2),
            },
            tune_config=tune.TuneConfig(
                metric="objective",
                mode="max",
                num_samples=trials,
                reuse_actors=True,
                max_concurrent_trials=WORKERS,
                scheduler=AsyncHyperBandScheduler(
                    time_attr="epoch", max_t=REPORTS, grace_period=1, reduction_factor=2, brackets=1
                ),
            ),
            run_config=tune.RunConfig(
                name="nothing",
                storage_path=folder,
                callbacks=[Watch(ended)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                verbose=0,
            ),
        ).fit()
    ray.shutdown()
    return sorted(ended)


def main(side: str, trials: str, sampler: str, out: str) -> None:
    """Write the times at which trials ended to ``out``."""
    ended = run_ours(int(trials), sampler) if side == "ours" else run_bare(int(trials))
    Path(out).write_text(json.dumps(ended), encoding="utf-8")


if __name__ == "__main__":
    # Imported by name, so that Ray's workers find the classes in a module of this name and not in __main__.
    from benchmarks import nothing

    nothing.main(*sys.argv[1:])
