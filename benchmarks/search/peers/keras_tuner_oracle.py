"""KerasTuner: the oracle of its Hyperband, asked as its tuner asks, each worker by a name of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable
from typing import Any

from benchmarks.search.clock import Run, drive
from benchmarks.search.work import Work

__all__ = ["KERAS_TUNER"]


class _Oracle:
    """Hyperband over and over. A trial that goes on is a new one, which begins with the weights of the one before."""

    def __init__(self, work: Work, seed: int, folder: str) -> None:
        import keras_tuner

        space = keras_tuner.HyperParameters()
        for name, given in work.space.items():
            ask = space.Int if "int" in given else space.Float
            low, high = given["int" if "int" in given else "float"]
            ask(name, low, high, sampling="log" if given.get("log") else "linear")
        self._oracle = keras_tuner.oracles.HyperbandOracle(
            keras_tuner.Objective("value", "max"),
            max_epochs=work.epochs,
            hyperband_iterations=None,
            seed=seed + 1,  # 0 would be a seed by chance
            hyperparameters=space,
        )
        self._oracle.verbose = 0
        self._oracle._set_project_dir(folder, "search")
        self._names = list(work.space)
        self._asks = 0
        self._trials: dict[Hashable, Any] = {}

    def next(self) -> Run | None:
        self._asks += 1
        trial = self._oracle.create_trial(f"worker-{self._asks}")
        if trial.status != "RUNNING":
            return None
        self._trials[trial.trial_id] = trial
        values = trial.hyperparameters.values
        return Run(trial.trial_id, {name: values[name] for name in self._names}, values["tuner/initial_epoch"])

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        trial = self._trials[key]
        self._oracle.update_trial(key, {"value": value}, step=epoch)
        if epoch < trial.hyperparameters.values["tuner/epochs"]:
            return True
        trial.status = "COMPLETED"
        self._oracle.end_trial(trial)
        return False


def _search(work: Work, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drive(work, _Oracle(work, seed, folder))


KERAS_TUNER: dict[str, Callable[[Work, int], None]] = {"KerasTuner Hyperband": _search}
