"""Optuna as a contestant: its own TPE by ask and tell, and its own pruners, on the same simulated clock."""

from __future__ import annotations

import heapq
import warnings
from typing import Any

from benchmarks.search.surrogate import Curve
from benchmarks.search.work import Work

__all__ = ["PRUNERS", "run"]

PRUNERS = ("NopPruner", "SuccessiveHalvingPruner", "HyperbandPruner")


def run(work: Work, seed: int, pruner: str) -> None:
    """Search as Optuna does by itself: ``TPESampler`` as it is, ``constant_liar`` for several workers, and a pruner."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    epochs = work.surrogate.epochs
    options: dict[str, dict[str, Any]] = {"HyperbandPruner": {"max_resource": epochs}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed, constant_liar=True),
            pruner=getattr(optuna.pruners, pruner)(**options.get(pruner, {})),
        )
    arrivals: list[tuple[float, int]] = []
    running: dict[int, tuple[optuna.Trial, float, Curve, int]] = {}

    def begin(now: float) -> None:
        trial = study.ask()
        curve = work.curve({name: _suggested(trial, name, given) for name, given in work.surrogate.space.items()})
        running[trial.number] = (trial, now, curve, 1)
        heapq.heappush(arrivals, (now + work.startup + curve.seconds[0], trial.number))

    for _ in range(work.workers):
        begin(0.0)
    while arrivals[0][0] <= work.seconds:
        now, number = heapq.heappop(arrivals)
        trial, began, curve, epoch = running[number]
        trial.report(curve.values[epoch - 1], epoch)
        if epoch < epochs and not trial.should_prune():
            running[number] = (trial, began, curve, epoch + 1)
            heapq.heappush(arrivals, (now + curve.seconds[epoch], number))
            continue
        work.note(began, curve, epoch)
        del running[number]
        if epoch < epochs:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, max(curve.values))
        begin(now)
    for _, began, curve, _ in running.values():
        work.note(began, curve, epochs)


def _suggested(trial: Any, name: str, given: dict[str, Any]) -> Any:
    """A range of an experiment file, asked of Optuna."""
    kind = "int" if "int" in given else "float"
    ask = trial.suggest_int if kind == "int" else trial.suggest_float
    return ask(name, *given[kind], log=given.get("log", False))
