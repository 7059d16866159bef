"""Ray Tune as its own Keras example: a function that calls ``fit`` with Ray's callback, one CPU a trial.

The example is ``ray/tune/examples/tune_mnist_keras.py`` of the installed Ray: no checkpoints, metrics after each epoch,
Ray's loggers as they come, threads not set, data loaded by the function.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import ray
from ray import tune

from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.work import Arrays, Work

__all__ = ["run"]


def train(config: dict[str, Any]) -> None:
    """One trial. TensorFlow is imported here, as in the example: each trial has a process of its own."""
    from ray.tune.integration.keras import TuneReportCheckpointCallback

    from benchmarks.peers.fitting import compiled_model, fit

    work: Work = config["work"]
    arrays = Arrays.read(Path(config["arrays"]))
    chosen = work.configs[config["number"]]
    model = compiled_model(chosen, arrays, work.seed_of(config["number"]))
    callback = TuneReportCheckpointCallback(checkpoint_on=[], metrics={"val_accuracy": "val_accuracy"})
    fit(model, chosen, arrays, work.epochs, [callback])


class Watch(tune.Callback):  # type: ignore[misc]
    """Notes when each trial was known to have ended; comes on top of Ray's own loggers."""

    def __init__(self, ended: dict[int, PeerTrial]) -> None:
        self._ended = ended

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:  # noqa: ARG002 - Tune's
        self._ended[trial.config["number"]] = PeerTrial(float(trial.last_result["val_accuracy"]), time.time())


def run(work: Work, arrays_path: Path) -> Outcome:
    """Let Tune run the function on each config, as many at once as there are workers."""
    ray.init(address="local", num_cpus=work.workers, include_dashboard=False)
    ended: dict[int, PeerTrial] = {}
    numbers = tune.grid_search(list(range(len(work.configs))))
    with tempfile.TemporaryDirectory() as folder:
        ready = time.time()
        tune.Tuner(
            tune.with_resources(train, {"cpu": 1, "gpu": 0}),
            param_space={"number": numbers, "work": work, "arrays": str(arrays_path)},
            tune_config=tune.TuneConfig(metric="val_accuracy", mode="max"),
            run_config=tune.RunConfig(name="documented", storage_path=folder, callbacks=[Watch(ended)]),
        ).fit()
    ray.shutdown()
    return Outcome(ready, tuple(ended[number] for number in sorted(ended)), len(ended))
