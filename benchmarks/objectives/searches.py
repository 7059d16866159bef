"""The searches that are compared: ours, driven as a sweep drives them one trial at a time, and Optuna's own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.objectives.bench201 import OPERATIONS, Bench201, Network
from cnnsearch.experiment.limits import Limits
from cnnsearch.search.held import Held
from cnnsearch.search.samplers import SAMPLERS, Outcome, make_sampler, settled
from cnnsearch.space import Config

__all__ = ["CONTESTANTS", "LIMITED", "OURS", "PEERS", "limited"]

Contestant = Callable[[Bench201, int, int], list[Network]]
"""Of a benchmark, a seed and a number of trials the networks that were trained, in order."""


def _ours(name: str) -> Contestant:
    def search(bench: Bench201, seed: int, trials: int) -> list[Network]:
        return _driven(bench, name, seed, trials, None)[0]

    return search


def limited(bench: Bench201, seed: int, trials: int, most_mb: float) -> tuple[list[Network], int]:
    """What ``auto`` trains where no model may be larger, and how many configs were refused."""
    held = Held(Limits(model_mb=most_mb), lambda config: {"model_bytes": bench.of(config).model_mb * 1e6})
    return _driven(bench, "auto", seed, trials, held)


def _driven(bench: Bench201, name: str, seed: int, trials: int, held: Held | None) -> tuple[list[Network], int]:
    options = settled({"name": name, **SAMPLERS[name].options.filled({})}, trials)
    sampler = make_sampler(options, bench.space, seed, ("max", "min"), (), held)
    found: list[Network] = []
    refused = 0
    for trial in range(trials):
        config = sampler.propose(trial)
        refused += len(sampler.refused)
        if config is None:
            break
        network = bench.of(config)
        excess = None if held is None else 0.0
        sampler.tell(trial, Outcome("COMPLETED", network.accuracy, (), excess, (bench.costs(config),)))
        found.append(network)
    return found, refused


def _optuna(sampler: str, **options: Any) -> Contestant:
    def search(bench: Bench201, seed: int, trials: int) -> list[Network]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            made = getattr(optuna.samplers, sampler)(seed=seed, **options)
        study = optuna.create_study(directions=["maximize", "minimize"], sampler=made)
        found: list[Network] = []
        for _ in range(trials):
            trial = study.ask()
            config: Config = {name: trial.suggest_categorical(name, OPERATIONS) for name in bench.space}
            found.append(bench.of(config))
            study.tell(trial, [found[-1].accuracy, bench.costs(config)])
        return found

    return search


OURS: Mapping[str, Contestant] = {name: _ours(name) for name in ("auto", "tpe", "nsga2", "random")}
PEERS: Mapping[str, Contestant] = {
    "Optuna NSGAIISampler": _optuna("NSGAIISampler"),
    "Optuna TPESampler": _optuna("TPESampler"),
}
CONTESTANTS: Mapping[str, Contestant] = {**OURS, **PEERS}

LIMITED = 0.3
"""Share of all networks that keep the limit of the limited searches."""
