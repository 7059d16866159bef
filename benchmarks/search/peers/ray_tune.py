"""Ray Tune: its OptunaSearch with its ASHA and its HyperBand, called as its controller calls them, without actors."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from benchmarks.search.clock import Run, drive
from benchmarks.search.work import Work

__all__ = ["RAY_TUNE"]

_PENDING, _RUNNING, _PAUSED, _TERMINATED = "PENDING", "RUNNING", "PAUSED", "TERMINATED"
"""As ``ray.tune.experiment.Trial`` names them."""


@dataclass(eq=False)
class _Trial:
    """What the schedulers see of a trial of Tune's."""

    trial_id: str
    config: dict[str, Any]
    status: str = _PENDING
    epoch: int = 0
    is_saving: bool = False


class _Controller:
    """What ``TuneController`` does between searcher, scheduler and workers.

    As it does where ``max_concurrent_trials`` is not set it keeps one trial waiting, whose config so knows nothing of
    what was reported since. Schedulers are as they come, but for the epochs.
    """

    def __init__(self, work: Work, seed: int, scheduler: str) -> None:
        from optuna.distributions import FloatDistribution, IntDistribution
        from ray.tune import schedulers
        from ray.tune.search.optuna import OptunaSearch

        logging.getLogger("ray.tune").setLevel(logging.ERROR)
        space = {
            name: (
                IntDistribution(*given["int"], log=log)
                if "int" in given
                else FloatDistribution(*given["float"], log=log)
            )
            for name, given in work.space.items()
            for log in (given.get("log", False),)
        }
        self._searcher = OptunaSearch(space, metric="value", mode="max", seed=seed)
        self._scheduler = getattr(schedulers, scheduler)(metric="value", mode="max", max_t=work.epochs)
        self._trials: list[_Trial] = []

    def next(self) -> Run | None:
        if not any(trial.status == _PENDING for trial in self._trials):
            self._add()
        trial = self._scheduler.choose_trial_to_run(self)
        if trial is None:
            return None
        trial.status = _RUNNING
        return Run(trial, trial.config, trial.epoch)

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        assert isinstance(key, _Trial)
        key.epoch = epoch
        result = {"training_iteration": epoch, "value": value}
        decision = self._scheduler.on_trial_result(self, key, result)
        if decision == "STOP":
            self._scheduler.on_trial_complete(self, key, result)
            self._searcher.on_trial_complete(key.trial_id, result)
            key.status = _TERMINATED
        else:
            self._searcher.on_trial_result(key.trial_id, result)
            key.status = _PAUSED if decision == "PAUSE" else _RUNNING
        return key.status == _RUNNING

    def get_trials(self) -> list[_Trial]:
        """Asked by schedulers."""
        return self._trials

    def stop_trial(self, trial: _Trial) -> None:
        """Asked by schedulers, of trials that are paused."""
        if trial.status == _PAUSED:
            trial.status = _TERMINATED
            self._scheduler.on_trial_remove(self, trial)
            self._searcher.on_trial_complete(trial.trial_id)

    def _add(self) -> None:
        name = str(len(self._trials))
        trial = _Trial(name, self._searcher.suggest(name))
        self._trials.append(trial)
        self._scheduler.on_trial_add(self, trial)


def _search(scheduler: str, work: Work, seed: int) -> None:
    drive(work, _Controller(work, seed, scheduler))


RAY_TUNE: dict[str, Callable[[Work, int], None]] = {
    "Ray Tune ASHA, OptunaSearch": functools.partial(_search, "ASHAScheduler"),
    "Ray Tune HyperBand, OptunaSearch": functools.partial(_search, "HyperBandScheduler"),
}
