"""Syne Tune: its ASHA, with random configs, kernel densities (BOHB) or conformal quantile regression (CQR).

Its schedulers are called as its ``Tuner`` calls them, without a backend. Each is as it comes, but for the epochs.
"""

from __future__ import annotations

import datetime
import functools
import logging
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from benchmarks.search.clock import Run, drive
from benchmarks.search.work import Work

__all__ = ["SYNE_TUNE"]

_SCHEDULERS = {"ASHA": "ASHA", "BOHB": "BOHB", "CQR": "ASHACQR"}
_LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class _Scheduler:
    def __init__(self, work: Work, seed: int, name: str) -> None:
        from syne_tune.optimizer import baselines
        from syne_tune.optimizer.scheduler import SchedulerDecision

        logging.getLogger("syne_tune").setLevel(logging.ERROR)
        np.random.seed(seed)  # its random configs come from NumPy's global generator, whatever its own seed is
        self._scheduler = getattr(baselines, name)(
            {name: _domain(given) for name, given in work.space.items()},
            metric="value",
            do_minimize=False,
            time_attr="epoch",
            max_t=work.epochs,
            random_seed=seed,
        )
        self._stop = SchedulerDecision.STOP
        self._trials: list[Any] = []

    def next(self) -> Run | None:
        from syne_tune.backend.trial_status import Trial

        suggestion = self._scheduler.suggest()
        if suggestion is None:
            return None
        trial = Trial(len(self._trials), suggestion.config, _LONG_AGO)
        self._trials.append(trial)
        self._scheduler.on_trial_add(trial)
        return Run(trial.trial_id, suggestion.config)

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        trial = self._trials[key]  # type: ignore[call-overload]
        if self._scheduler.on_trial_result(trial, {"value": value, "epoch": epoch}) != self._stop:
            return True
        self._scheduler.on_trial_remove(trial)
        return False


def _domain(given: dict[str, Any]) -> Any:
    """A range of an experiment file as Syne Tune has it."""
    from syne_tune import config_space

    kind = "int" if "int" in given else "float"
    names = {"int": ("randint", "lograndint"), "float": ("uniform", "loguniform")}
    return getattr(config_space, names[kind][given.get("log", False)])(*given[kind])


def _search(scheduler: str, work: Work, seed: int) -> None:
    drive(work, _Scheduler(work, seed, scheduler))


SYNE_TUNE: dict[str, Callable[[Work, int], None]] = {
    f"Syne Tune {name}": functools.partial(_search, scheduler) for name, scheduler in _SCHEDULERS.items()
}
