"""Stages in the object store: computed once a sweep, shared by all workers.

Pixels and scaling are computed by Ray tasks. The features of a frozen backbone are computed by the first worker that
needs them, as it has TensorFlow, and perhaps a GPU; others that need the same ones wait for it.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import ObjectLostError, OwnerDiedError, RayTaskError

from cnnsearch.data.stages import Pixels, Scaling, ScalingKind, pixels, scaling
from cnnsearch.sweep.preload import FOR_STAGES
from cnnsearch.training.features import Features, Prefix, compute_features

__all__ = ["Stages", "start_stages"]

Size = tuple[int, int] | None

_LAPSED = 30.0
"""Seconds without a sign of life after which the worker that computes features is taken for dead."""

_RENEWED = 2.0
_ASKED = 0.05

_PROCESS = {"num_cpus": 0, "runtime_env": {"env_vars": FOR_STAGES}}


@dataclass
class _Use:
    """What became of one stage.

    Attributes:
        stage, name: what it is.
        bytes: of its result.
        seconds: that computing it took, all times together.
        computed: times.
        asked: times that a worker asked for it and got it.
    """

    stage: str
    name: str
    bytes: int = 0
    seconds: float = 0.0
    computed: int = 0
    asked: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "name": self.name,
            "bytes": self.bytes,
            "seconds": self.seconds,
            "misses": self.computed,
            "hits": max(0, self.asked - self.computed),
        }


@dataclass
class _Claim:
    """A worker that computes features, and when it was last heard of."""

    worker: str
    seen: float


@ray.remote(**_PROCESS)
class _StageTable:
    """Key of a stage -> reference to its result.

    The tasks that compute them are this actor's, and it owns the features: a result outlives the worker that asked
    first. Where a node is lost, Ray runs its tasks again, and the next worker that asks computes its features again.

    Args:
        data: references to dataset and split.
        budget: bytes that all features together may take.
    """

    def __init__(self, data: list[Any], budget: int) -> None:
        self._dataset, self._split = data
        self._budget = budget
        self._found: dict[Any, list[Any]] = {}
        self._features: OrderedDict[Prefix, Any] = OrderedDict()
        self._claims: dict[Prefix, _Claim] = {}
        self._uses: dict[Any, _Use] = {}

    def pixels(self, size: Size) -> list[Any]:
        name = "own size" if size is None else f"{size[0]}x{size[1]}"
        return self._task(("pixels", size), name, lambda: _compute_pixels.remote(self._dataset, self._split, size))

    def scaling(self, size: Size, kind: ScalingKind) -> list[Any]:
        if ("pixels", size) not in self._found:
            self.pixels(size)
        of = self._found[("pixels", size)][0]
        return self._task(("scaling", size, kind), kind, lambda: _compute_scaling.remote(of, kind))

    def claim(self, prefix: Prefix, size: int, worker: str) -> tuple[str, list[Any]]:
        """What a worker that needs features must do.

        Returns:
            ``take`` with a reference to them; ``wait``; or ``compute``, with features that they continue and a
            reference to these, where there are any.
        """
        if prefix in self._features:
            self._features.move_to_end(prefix)
            self._use(prefix, size).asked += 1
            return "take", [self._features[prefix]]
        claim = self._claims.get(prefix)
        if claim is not None and claim.worker != worker and time.monotonic() - claim.seen < _LAPSED:
            return "wait", []
        self._claims[prefix] = _Claim(worker, time.monotonic())
        earlier = [known for known in self._features if prefix.continues(known)]
        deepest = max(earlier, key=lambda known: known.cut.position, default=None)
        return "compute", [] if deepest is None else [deepest, self._features[deepest]]

    def renew(self, prefix: Prefix, worker: str) -> None:
        """The worker is alive and computes."""
        if prefix in self._claims and self._claims[prefix].worker == worker:
            self._claims[prefix].seen = time.monotonic()

    def keep(self, prefix: Prefix, computed: Features) -> list[Any]:
        """Keep the features of a prefix; what was used least recently makes room for them first."""
        self._claims.pop(prefix, None)
        use = self._use(prefix, computed.bytes)
        use.computed += 1
        use.asked += 1
        use.seconds += computed.cost.spent_seconds
        while self._features and self.kept_bytes() + computed.bytes > self._budget:
            self._features.popitem(last=False)
        self._features[prefix] = ray.put(computed)  # again, as what the worker put would go with the worker
        return [self._features[prefix]]

    def release(self, prefix: Prefix, worker: str) -> None:
        """The worker could not compute them."""
        if prefix in self._claims and self._claims[prefix].worker == worker:
            del self._claims[prefix]

    def forget(self, prefix: Prefix) -> None:
        """The features are lost."""
        self._features.pop(prefix, None)

    def kept_bytes(self) -> int:
        """Of all features that are kept now."""
        return sum(self._uses[known].bytes for known in self._features)

    def uses(self) -> list[dict[str, Any]]:
        """Of every stage: its size, how often it was computed and used, and the seconds that computing took."""
        for key, (_, told) in self._found.items():
            ready, _ = ray.wait([told], timeout=0)
            if ready:
                with contextlib.suppress(RayTaskError):
                    self._uses[key].bytes, self._uses[key].seconds = ray.get(told)
        return [use.to_dict() for use in self._uses.values()]

    def _task(self, key: Any, name: str, start: Any) -> list[Any]:
        if key not in self._found:
            self._found[key] = start()
            self._uses[key] = _Use(key[0], name, computed=1)
        self._uses[key].asked += 1
        return self._found[key][:1]

    def _use(self, prefix: Prefix, size: int) -> _Use:
        return self._uses.setdefault(prefix, _Use("features", prefix.name, bytes=size))


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

    def features(self, prefix: Prefix, of: Pixels) -> Features:
        """The features of the pictures, in shared memory: computed here, where no other worker does or did.

        Raises:
            TrialError: the backbone's weights cannot be had.
        """
        worker, size = uuid.uuid4().hex, prefix.size(of)
        while True:
            what, given = ray.get(self.table.claim.remote(prefix, size, worker))
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


def start_stages(dataset: Any, split: Any, budget_gb: float) -> Stages:
    """Put the data into the object store once, and start the table of the stages.

    Args:
        dataset, split: the data.
        budget_gb: memory for the features of frozen backbones.
    """
    table: Any = _StageTable
    return Stages(table.remote([ray.put(dataset), ray.put(split)], int(budget_gb * 2**30)))


def _fetch(answer: Any) -> Any:
    try:
        return ray.get(ray.get(answer)[0])
    except RayTaskError as error:
        raise error.cause from None
