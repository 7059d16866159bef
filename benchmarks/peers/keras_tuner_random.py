"""KerasTuner's RandomSearch, in one process on all threads; its oracle is given the configs instead of drawing them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.peers.fitting import compiled_model, use_threads
from benchmarks.work import Arrays, Work

__all__ = ["run"]


def run(work: Work, arrays_path: Path) -> Outcome:
    """Search as its guide does: a model-building function, ``search`` with the arguments of ``fit``."""
    use_threads(work.workers)
    import keras_tuner

    arrays = Arrays.read(arrays_path)
    ended: list[float] = []
    values: list[float] = []

    class Listed(keras_tuner.oracles.RandomSearchOracle):  # type: ignore[misc]
        """Random search whose draws are the work's, so that no time is lost on draws that come twice."""

        def populate_space(self, trial_id: str) -> dict[str, Any]:  # noqa: ARG002 - the signature of an oracle
            number = len(self.start_order)
            if number >= len(work.configs):
                return {"status": "STOPPED", "values": None}
            return {"status": "RUNNING", "values": {"config": number}}

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        """Builds the model of a config, and fits it with that config's batch size."""

        def build(self, hp: Any) -> Any:
            number = hp.Int("config", 0, max(1, len(work.configs) - 1))
            return compiled_model(work.configs[number], arrays, work.seed_of(number))

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            history = model.fit(*args, batch_size=work.configs[hp.get("config")]["batch_size"], **kwargs)
            values.append(float(history.history["val_accuracy"][-1]))  # KerasTuner itself keeps the best epoch's
            return history

    class Tuner(keras_tuner.Tuner):  # type: ignore[misc]
        """What RandomSearch is: a tuner with the random oracle. Notes when each trial was ended and saved."""

        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            ended.append(time.time())

    with tempfile.TemporaryDirectory() as folder:
        # One trial more: the oracle ends the search, and not the count of trials.
        oracle = Listed(objective=keras_tuner.Objective("val_accuracy", "max"), max_trials=len(work.configs) + 1)
        tuner = Tuner(oracle, Model(), directory=folder, project_name="search", overwrite=True)
        ready = time.time()
        tuner.search(
            arrays.x_train,
            arrays.y_train,
            epochs=work.epochs,
            validation_data=(arrays.x_validation, arrays.y_validation),
            verbose=0,
        )
    trials = tuple(PeerTrial(value, time_) for value, time_ in zip(values, ended, strict=True))
    return Outcome(ready, trials, len(trials))
