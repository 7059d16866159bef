"""Stages in the object store: computed once a sweep, shared by all workers.

Pixels and scaling are computed by Ray tasks. The features of a frozen backbone are computed by the first worker that
needs them, as it has TensorFlow, and perhaps a GPU; others that need the same ones wait for it.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import ObjectLostError, OwnerDiedError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cnnsearch.data.stages import Pixels, Scaling, ScalingKind, pixels, scaling, test_pictures
from cnnsearch.sweep.kept_features import KeptFeatures, StageUse
from cnnsearch.sweep.kept_pixels import KeptPixels
from cnnsearch.sweep.preload import FOR_STAGES
from cnnsearch.training.features import Features, Prefix, compute_features

__all__ = ["Stages", "start_stages"]

Size = tuple[int, int] | None

_RENEWED = 2.0
_ASKED = 0.05

_PROCESS = {"num_cpus": 0, "runtime_env": {"env_vars": FOR_STAGES}}


@ray.remote(**_PROCESS)
class _StageTable:
    """Key of a stage -> reference to its result.

    The tasks that compute them are this actor's, and it owns the features: a result outlives the worker that asked
    first. Where a node is lost, Ray runs its tasks again, and the next worker that asks computes its features again.

    Args:
        data: references to dataset and split.
        budget: bytes that all features together may take.
        pixels_budget: bytes that the pictures of all sizes together may take.
    """

    def __init__(self, data: list[Any], budget: int, pixels_budget: int) -> None:
        self._dataset, self._split = data
        self._pixels = KeptPixels(pixels_budget, _told)
        self._found: dict[Any, list[Any]] = {}
        self._uses: dict[Any, StageUse] = {}
        # Put again, as what a worker put would go with the worker.
        self._features = KeptFeatures(budget, lambda computed: ray.put(computed))

    def pixels(self, size: Size) -> list[Any]:
        return [self._pixels.take(size, lambda: _here(_compute_pixels).remote(self._dataset, self._split, size))]

    def scaling(self, size: Size, kind: ScalingKind) -> list[Any]:
        def start() -> Any:
            of = self._pixels.kept(size)
            return _here(_compute_scaling).remote(self.pixels(size)[0] if of is None else of, kind)

        return self._task(("scaling", size, kind), kind, start)

    def test(self, size: Size) -> list[Any]:
        return [_here(_compute_test).remote(self._dataset, self._split, size)]

    def claim(self, prefix: Prefix, worker: str) -> tuple[str, list[Any]]:
        return self._features.claim(prefix, worker)

    def renew(self, prefix: Prefix, worker: str) -> None:
        self._features.renew(prefix, worker)

    def keep(self, prefix: Prefix, computed: Features) -> list[Any]:
        return [self._features.keep(prefix, computed)]

    def release(self, prefix: Prefix, worker: str) -> None:
        self._features.release(prefix, worker)

    def forget(self, prefix: Prefix) -> None:
        self._features.forget(prefix)

    def uses(self) -> list[dict[str, Any]]:
        """Of every stage: its size, how often it was computed and used, and the seconds that computing took."""
        for key, (_, told) in self._found.items():
            self._uses[key].bytes, self._uses[key].seconds = _told(told) or (0, 0.0)
        return [use.to_dict() for use in (*self._pixels.uses, *self._uses.values(), *self._features.uses)]

    def _task(self, key: Any, name: str, start: Any) -> list[Any]:
        if key not in self._found:
            self._found[key] = start()
            self._uses[key] = StageUse(key[0], name, computed=1)
        self._uses[key].asked += 1
        return self._found[key][:1]


def _told(reference: Any) -> tuple[int, float] | None:
    """Bytes and seconds of a computation; ``None`` while it runs, and where it failed."""
    ready, _ = ray.wait([reference], timeout=0)
    if ready:
        with contextlib.suppress(RayTaskError):
            found: tuple[int, float] = ray.get(reference)
            return found
    return None


@ray.remote(num_returns=2, **_PROCESS)
def _compute_pixels(dataset: Any, split: Any, size: Size) -> tuple[Pixels, tuple[int, float]]:
    started = time.perf_counter()
    found = pixels(dataset, split, size)
    return found, (found.bytes, time.perf_counter() - started)


@ray.remote(num_returns=2, **_PROCESS)
def _compute_scaling(of: Pixels, kind: ScalingKind) -> tuple[Scaling, tuple[int, float]]:
    started = time.perf_counter()
    found = scaling(of, kind)
    return found, (found.scale.nbytes + found.offset.nbytes, time.perf_counter() - started)


@ray.remote(**_PROCESS)
def _compute_test(dataset: Any, split: Any, size: Size) -> tuple[Any, Any]:
    return test_pictures(dataset, split, size)


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

    def test(self, size: Size) -> tuple[Any, Any]:
        """Pictures and labels of the test split: for the one model that was named the winner."""
        found: tuple[Any, Any] = _fetch(self.table.test.remote(size))
        return found

    def features(self, prefix: Prefix, of: Pixels) -> Features:
        """The features of the pictures, in shared memory: computed here, where no other worker does or did.

        Raises:
            TrialError: the backbone's weights cannot be had.
        """
        worker = uuid.uuid4().hex
        while True:
            what, given = ray.get(self.table.claim.remote(prefix, worker))
            if what == "compute":
                return self._computed(prefix, of, worker, given)
            if what == "take":
                try:
                    found: Features = ray.get(given[0])
                except (ObjectLostError, OwnerDiedError):
                    ray.get(self.table.forget.remote(prefix))
                    continue
                return found
            time.sleep(_ASKED)

    def uses(self) -> list[dict[str, Any]]:
        """Of every stage: name, bytes, hits, misses, and seconds that computing took."""
        found: list[dict[str, Any]] = ray.get(self.table.uses.remote())
        return found

    def close(self) -> None:
        """End the table, and with it what it keeps: Tune never lets go of what its workers were given."""
        ray.kill(self.table)

    def _computed(self, prefix: Prefix, of: Pixels, worker: str, given: list[Any]) -> Features:
        with _claimed(self.table, prefix, worker):
            earlier = None
            if given:
                with contextlib.suppress(ObjectLostError, OwnerDiedError):
                    earlier = given[0], ray.get(given[1])
            kept = self.table.keep.remote(prefix, compute_features(prefix, of, earlier))
            found: Features = ray.get(ray.get(kept)[0])
            return found


@contextlib.contextmanager
def _claimed(table: Any, prefix: Prefix, worker: str) -> Iterator[None]:
    """While it lasts, the table hears that this worker is alive; after an error, that it has given up."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEWED):
            table.renew.remote(prefix, worker)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        table.release.remote(prefix, worker)
        raise
    finally:
        ended.set()
        thread.join()


def start_stages(dataset: Any, split: Any, budget_gb: float, pixels_gb: float) -> Stages:
    """Put the data into the object store once, and start the table of the stages.

    Args:
        dataset, split: the data.
        budget_gb: memory for the features of frozen backbones.
        pixels_gb: memory for the pictures of searched image sizes.
    """
    table = _here(_StageTable)
    return Stages(table.remote([ray.put(dataset), ray.put(split)], int(budget_gb * 2**30), int(pixels_gb * 2**30)))


def _here(remote: Any) -> Any:
    """An actor or a task on the driver's node, which alone must see the pictures' files."""
    node = ray.get_runtime_context().get_node_id()
    return remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))


def _fetch(answer: Any) -> Any:
    try:
        return ray.get(ray.get(answer)[0])
    except RayTaskError as error:
        raise error.cause from None
