"""Ray Tune tuned by hand: warm workers of one thread each, data in the object store, no loggers.

A trial makes one report, since nothing stops it: with one an epoch, each would pay for a call of ``fit`` of its own.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
from ray import tune

from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.peers.fitting import compiled_model, fit, use_threads
from benchmarks.work import Arrays, Work

__all__ = ["SETTINGS", "run"]

SETTINGS = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
}
"""What makes Tune itself fast: no loggers, hardly any snapshots of its own state."""


class Worker(tune.Trainable):  # type: ignore[misc]
    """A warm process: TensorFlow is imported once, a trial is one call of ``fit`` on a new model."""

    def setup(self, config: dict[str, Any], work: Work, arrays: Arrays) -> None:
        use_threads(1)
        import tensorflow  # noqa: F401 - start-up, and no part of the first trial

        self._arrays = arrays
        self._work = work
        self._number: int = config["number"]

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self._number = new_config["number"]
        return True

    def step(self) -> dict[str, Any]:
        import keras

        began = time.time()
        keras.backend.clear_session()
        config = self._work.configs[self._number]
        model = compiled_model(config, self._arrays, self._work.seed_of(self._number))
        value = fit(model, config, self._arrays, self._work.epochs)
        return {"val_accuracy": value, "number": self._number, "began": began, "done": True}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """None is asked for."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """See :meth:`save_checkpoint`."""


class Watch(tune.Callback):  # type: ignore[misc]
    """Notes when each trial was known to have ended."""

    def __init__(self, began: list[float], ended: dict[int, PeerTrial]) -> None:
        self._began = began
        self._ended = ended

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:  # noqa: ARG002 - Tune's
        found = trial.last_result
        self._began.append(found["began"])
        self._ended[found["number"]] = PeerTrial(found["val_accuracy"], time.time())


def run(work: Work, arrays_path: Path) -> Outcome:
    """Let Tune run the configs on as many warm workers as the work has."""
    os.environ.update(SETTINGS)
    ray.init(address="local", num_cpus=work.workers, include_dashboard=False, log_to_driver=False)
    began: list[float] = []
    ended: dict[int, PeerTrial] = {}
    worker = tune.with_parameters(Worker, work=work, arrays=Arrays.read(arrays_path))
    numbers = tune.grid_search(list(range(len(work.configs))))
    with tempfile.TemporaryDirectory() as folder:
        tune.Tuner(
            tune.with_resources(worker, {"cpu": 1}),
            param_space={"number": numbers},
            tune_config=tune.TuneConfig(
                metric="val_accuracy", mode="max", reuse_actors=True, max_concurrent_trials=work.workers
            ),
            run_config=tune.RunConfig(
                name="by-hand",
                storage_path=folder,
                callbacks=[Watch(began, ended)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                verbose=0,
            ),
        ).fit()
    ray.shutdown()
    trials = tuple(ended[number] for number in sorted(ended))
    return Outcome(min(began), trials, len(trials))
