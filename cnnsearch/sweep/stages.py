"""Stages in the object store: computed once a sweep by a Ray task, shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayTaskError

from cnnsearch.data.stages import Pixels, Scaling, ScalingKind, pixels, scaling
from cnnsearch.sweep.preload import FOR_STAGES

__all__ = ["Stages", "start_stages"]

Size = tuple[int, int] | None


_PROCESS = {"num_cpus": 0, "runtime_env": {"env_vars": FOR_STAGES}}


@ray.remote(**_PROCESS)
class _StageTable:
    """Key of a stage -> reference to its result.

    The tasks that compute them are this actor's, so a result outlives the worker that asked first and is computed
    again where its node is lost.
    """

    def __init__(self, data: list[Any]) -> None:
        self._dataset, self._split = data
        self._found: dict[Any, Any] = {}

    def pixels(self, size: Size) -> list[Any]:
        key = ("pixels", size)
        if key not in self._found:
            self._found[key] = _compute_pixels.remote(self._dataset, self._split, size)
        return [self._found[key]]

    def scaling(self, size: Size, kind: ScalingKind) -> list[Any]:
        key = ("scaling", size, kind)
        if key not in self._found:
            self._found[key] = _compute_scaling.remote(self.pixels(size)[0], kind)
        return [self._found[key]]

    def computed(self) -> list[Any]:
        """Keys of the stages that were asked for, each of which was computed once."""
        return list(self._found)


@ray.remote(**_PROCESS)
def _compute_pixels(dataset: Any, split: Any, size: Size) -> Pixels:
    return pixels(dataset, split, size)


@ray.remote(**_PROCESS)
def _compute_scaling(of: Pixels, kind: ScalingKind) -> Scaling:
    return scaling(of, kind)


@dataclass(frozen=True)
class Stages:
    """What a worker asks for stages; small, and sent to every worker."""

    table: Any

    def pixels(self, size: Size) -> Pixels:
        """The pictures at ``size``, read-only arrays in the node's shared memory."""
        found: Pixels = _fetch(self.table.pixels.remote(size))
        return found

    def scaling(self, size: Size, kind: ScalingKind) -> Scaling:
        found: Scaling = _fetch(self.table.scaling.remote(size, kind))
        return found

    def computed(self) -> list[Any]:
        """Keys of the stages computed so far."""
        keys: list[Any] = ray.get(self.table.computed.remote())
        return keys


def start_stages(dataset: Any, split: Any) -> Stages:
    """Put the data into the object store once, and start the table of the stages."""
    table: Any = _StageTable
    return Stages(table.remote([ray.put(dataset), ray.put(split)]))


def _fetch(answer: Any) -> Any:
    try:
        return ray.get(ray.get(answer)[0])
    except RayTaskError as error:
        raise error.cause from None
