"""Optuna by itself: its own TPE by ask and tell, and its own pruners."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Hashable
from typing import Any

from benchmarks.search.clock import Run, drive
from benchmarks.search.work import Work

__all__ = ["OPTUNA"]


class _Study:
    """``TPESampler`` as it is, with ``constant_liar`` for several workers, and a pruner."""

    def __init__(self, work: Work, seed: int, pruner: str) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        options: dict[str, dict[str, Any]] = {"HyperbandPruner": {"max_resource": work.surrogate.epochs}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study = optuna.create_study(
                direction="maximize",
                sampler=optuna.samplers.TPESampler(seed=seed, constant_liar=True),
                pruner=getattr(optuna.pruners, pruner)(**options.get(pruner, {})),
            )
        self._pruned = optuna.trial.TrialState.PRUNED
        self._work = work
        self._trials: dict[Hashable, tuple[optuna.Trial, list[float]]] = {}

    def next(self) -> Run:
        trial = self._study.ask()
        self._trials[trial.number] = (trial, [])
        return Run(trial.number, {name: _suggested(trial, name, each) for name, each in self._work.space.items()})

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        trial, values = self._trials[key]
        values.append(value)
        trial.report(value, epoch)
        if epoch == self._work.epochs:
            self._study.tell(trial, max(values))
            return False
        if trial.should_prune():
            self._study.tell(trial, state=self._pruned)
            return False
        return True


def _suggested(trial: Any, name: str, given: dict[str, Any]) -> Any:
    """A range of an experiment file, asked of Optuna."""
    kind = "int" if "int" in given else "float"
    ask = trial.suggest_int if kind == "int" else trial.suggest_float
    return ask(name, *given[kind], log=given.get("log", False))


def _search(pruner: str, work: Work, seed: int) -> None:
    drive(work, _Study(work, seed, pruner))


OPTUNA: dict[str, Callable[[Work, int], None]] = {
    f"Optuna TPE, {pruner}": functools.partial(_search, pruner)
    for pruner in ("NopPruner", "SuccessiveHalvingPruner", "HyperbandPruner")
}
