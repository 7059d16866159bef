"""Searches for two objectives on learning curves: with and without a scheduler that stops trials."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.search.clock import drive
from benchmarks.search.measuring import held_out
from benchmarks.search.ours import Search, experiment_of
from benchmarks.search.surrogate import Surrogate
from benchmarks.search.work import work_of
from cnnsearch.search.samplers import Outcome
from cnnsearch.space import Config, Space
from cnnsearch.study.fronts import Vector, front_of, hypervolume

__all__ = ["COSTS", "MARKS", "SAMPLERS", "SCHEDULERS", "TRAININGS", "WORKERS", "Aimed", "plan", "searched"]

SCHEDULERS: Mapping[str, tuple[str, bool]] = {
    "none": ("none", True),
    "asha": ("asha", True),
    "hyperband": ("hyperband", True),
    "asha by the metric alone": ("asha", False),
}
"""Name of the scheduler, and whether it judges by both objectives."""

SAMPLERS = ("random", "auto")

COSTS = {"parameters": "parameters", "seconds": "latency_ms"}
"""Of the network, or of its full training, which stands for what it takes to be run -> the objective it is told as."""

WORKERS, TRAININGS = 4, 50.0
MARKS = (0.25, 0.5, 1.0)
"""Shares of the time at which the front is looked at."""

_RANDOM = 400

Key = tuple[str, str, str, str, int]


def plan(tasks: tuple[str, ...], most: int, seeds: int) -> Iterator[Key]:
    """Sampler, scheduler, data set, cost and seed of each search, on data sets that defaults were chosen on."""
    taken = [task for task in tasks if task not in held_out(tasks)][:most]
    for seed in range(seeds):
        for task in taken:
            for cost in COSTS:
                yield from ((sampler, name, task, cost, seed) for sampler in SAMPLERS for name in SCHEDULERS)


class Aimed:
    """Two objectives on a data set: the accuracy, and the logarithm of a cost, each scaled by random configs.

    Args:
        surrogate, task: give the curves.
        cost: one of :data:`COSTS`.
    """

    def __init__(self, surrogate: Surrogate, task: str, cost: str) -> None:
        self.work = work_of(surrogate, task, WORKERS, TRAININGS)
        self.cost = cost

    def cost_of(self, config: Config) -> float:
        """Of one config."""
        if self.cost == "seconds":
            return sum(self.work.curve(config).seconds)
        units, layers = config["units"], config["dense_layers"]
        return float((layers - 1) * units * (units + 1) + 64 * units)  # the tables have few columns and classes

    def vector(self, accuracy: float, config: Config) -> Vector:
        """Both, more being better."""
        return accuracy, -math.log(self.cost_of(config))

    def volume(self, vectors: list[Vector]) -> float:
        """The hypervolume above the median accuracy and below the highest cost, over that of all random configs."""
        return self._volume(vectors) / self._volume(self._random)

    def _volume(self, vectors: list[Vector]) -> float:
        low = np.array([np.median([one for one, _ in self._random]), min(other for _, other in self._random)])
        width = np.array(self._random).max(axis=0) - low
        scaled = [tuple(map(float, (np.array(vector) - low) / width)) for vector in vectors]
        return hypervolume([scaled[place] for place in front_of(scaled)], (0.0, 0.0))

    @cached_property
    def _random(self) -> list[Vector]:
        """Trained in full."""
        rng, space = np.random.default_rng(123456789), Space(self.work.space)
        configs = [space.sample(rng) for _ in range(_RANDOM)]
        return [self.vector(max(self.work.curve(config).values), config) for config in configs]


def searched(aimed: Aimed, sampler: str, scheduler: str, task: str, cost: str, seed: int) -> dict[str, Any]:
    """Search once: the hypervolume of the trials that were trained in full, at each of :data:`MARKS`."""
    began, work = time.process_time(), aimed.work
    name, judged = SCHEDULERS[scheduler]
    objective = ["val_accuracy", COSTS[cost]]
    experiment = experiment_of(work, seed, {"name": sampler}, {"name": name}, objective=objective)
    whole: list[tuple[float, Vector]] = []
    stopped = 0

    def note(config: Config, outcome: Outcome) -> None:
        nonlocal stopped
        if outcome.state == "COMPLETED" and outcome.value is not None:
            whole.append((work.trace[-1][0], aimed.vector(outcome.value, config)))
        else:
            stopped += 1

    work.trace.clear()
    drive(work, Search(experiment, lambda config: (aimed.cost_of(config),), judged, note))
    until = [[vector for at, vector in whole if at <= mark * work.seconds] for mark in MARKS]
    return {
        "sampler": sampler,
        "scheduler": scheduler,
        "task": task,
        "cost": cost,
        "seed": seed,
        "volumes": [round(aimed.volume(vectors), 4) for vectors in until],
        "completed": len(whole),
        "stopped": stopped,
        "seconds": round(time.process_time() - began, 2),
    }
