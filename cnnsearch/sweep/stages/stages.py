"""Stages in the object store: computed once a sweep, shared by all workers.

Pixels and scaling are computed by Ray tasks. The features of a frozen backbone are computed by the first worker that
needs them, as it has TensorFlow, and perhaps a GPU; others that need the same ones wait for it. They are kept in the
machine's cache, where it has room, and mapped from there.

Everything here can be computed again: where the table dies Ray starts it anew, and whoever misses something asks again.
Work may take as long as it takes; silence has a limit, and ends the sweep, whose trials are interrupted.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, ObjectLostError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.rows import GoneError, Rows, in_memory
from cnnsearch.cache.told import Trouble, tell, untold
from cnnsearch.data.stages import Pixels, Scaling, ScalingKind, Size, joined, pixels, scaling, test_pictures
from cnnsearch.errors import RayLostError, first_line
from cnnsearch.silence import silence
from cnnsearch.sweep.cluster.joining import is_leaving
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.cluster.waiting import result_of
from cnnsearch.sweep.stages.kept_features import KeptFeatures, StageUse
from cnnsearch.sweep.stages.kept_pixels import KeptPixels, Told
from cnnsearch.sweep.worker.preload import FOR_STAGES
from cnnsearch.training.features.cached import cached_features
from cnnsearch.training.features.features import Features, Prefix

__all__ = ["Stages", "started_stages"]

_RENEWED = 2.0
_ASKED = 0.05

_SILENT = 300.0
"""Seconds without a sign of life; a process may take minutes to start on a machine that is short of memory."""

_AT_THE_END = 20.0
"""Seconds for the table to say what it was used for; a table that could never start has nothing to say."""

_TIMES = 5
"""Times that something is asked for that is lost again and again."""

_RESTARTS = 20
"""Of the table, in one sweep."""

_PROCESS = {"num_cpus": 0, "runtime_env": {"env_vars": FOR_STAGES}}


@ray.remote(**_PROCESS, max_restarts=_RESTARTS, max_task_retries=_RESTARTS)
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
        self._data = data
        self._pixels = KeptPixels(pixels_budget, _told)
        self._found: dict[Any, list[Any]] = {}
        self._seen: dict[Any, float] = {}
        self._uses: dict[Any, StageUse] = {}
        self._troubles: list[Trouble] = []
        # Put again, as what a worker put would go with the worker.
        self._features = KeptFeatures(budget, lambda computed: ray.put(computed))

    def pixels(self, size: Size) -> list[Any]:
        return [self._pixels.take(size, lambda: self._started(("pixels", size), _compute_pixels, *self._data, size))]

    def copied_pixels(self, size: Size) -> list[Any]:
        """The pictures for a node that has not the driver's cache."""
        return self._task(("copied pixels", size), "for other nodes", _copy_pixels, *self._data, size)

    def copied_joined(self, size: Size) -> list[Any]:
        return self._task(("copied joined", size), "for other nodes", _compute_joined, self.copied_pixels(size)[0])

    def copied_test(self, size: Size) -> list[Any]:
        return [self._started(("copied test", size), _copy_test, *self._data, size)]

    def scaling(self, size: Size, kind: ScalingKind) -> list[Any]:
        of = self._pixels.kept(size)
        of = self.pixels(size)[0] if of is None else of
        return self._task(("scaling", size, kind), kind, _compute_scaling, of, kind)

    def joined(self, size: Size) -> list[Any]:
        return self._task(("joined", size), "training and validation", _compute_joined, self.pixels(size)[0])

    def joined_scaling(self, size: Size, kind: ScalingKind) -> list[Any]:
        of = self.joined(size)[0]
        return self._task(("joined scaling", size, kind), kind, _compute_scaling, of, kind)

    def test(self, size: Size) -> list[Any]:
        return [self._started(("test", size), _compute_test, *self._data, size)]

    def see(self, key: Any) -> None:
        """The task that computes ``key`` is alive."""
        self._seen[key] = time.monotonic()

    def silence(self, key: Any) -> float:
        """Seconds since the task that computes ``key`` was started, or has given a sign of life."""
        return time.monotonic() - self._seen.setdefault(key, time.monotonic())

    def drop(self, key: Any) -> None:
        """What was computed for ``key`` is lost; so is what was computed from it, perhaps."""
        self._pixels.drop(key[1])
        for each in [each for each in self._found if each[1] == key[1]]:
            del self._found[each]

    def claim(self, prefix: Prefix, worker: str) -> tuple[str, list[Any]]:
        return self._features.claim(prefix, worker)

    def renew(self, prefix: Prefix, worker: str) -> None:
        self._features.renew(prefix, worker)

    def keep(self, prefix: Prefix, computed: Features) -> list[Any]:
        """Nothing where they are in files that the driver's node has not: they must be sent then."""
        return [self._features.keep(prefix, computed)] if computed.is_here else []

    def copied_features(self, prefix: Prefix) -> list[Any]:
        """The features for a node that has not the driver's cache; nothing where they are lost."""
        try:
            found = self._features.copy(prefix)
        except GoneError:
            self._features.forget(prefix)
            found = None
        return [] if found is None else [found]

    def tell(self, troubles: list[Trouble]) -> None:
        """What the driver is to tell of the caches of the workers' nodes."""
        self._troubles += [each for each in troubles if each not in self._troubles]

    def troubles(self) -> list[Trouble]:
        return self._troubles

    def release(self, prefix: Prefix, worker: str) -> None:
        self._features.release(prefix, worker)

    def forget(self, prefix: Prefix) -> None:
        self._features.forget(prefix)

    def uses(self) -> list[dict[str, Any]]:
        """Of every stage: its size, how often it was computed and used, and the seconds that computing took."""
        for key, (_, told) in self._found.items():
            self._uses[key].bytes, self._uses[key].seconds, *_ = _told(told) or (0, 0.0)
        return [use.to_dict() for use in (*self._pixels.uses, *self._uses.values(), *self._features.uses)]

    def _task(self, key: Any, name: str, task: Any, *arguments: Any) -> list[Any]:
        use = self._uses.setdefault(key, StageUse(key[0], name))
        if key not in self._found:
            self._found[key] = self._started(key, task, *arguments)
            use.computed += 1
        use.asked += 1
        return self._found[key][:1]

    def _started(self, key: Any, task: Any, *arguments: Any) -> Any:
        """The references that a task gives, which tells the table that it is alive."""
        self._seen[key] = time.monotonic()
        return _here(task).remote(_own_handle(), key, *arguments)


def _told(reference: Any) -> Told | None:
    """Of a computation; ``None`` while it runs, and where it failed."""
    ready, _ = ray.wait([reference], timeout=0)
    if ready:
        with contextlib.suppress(RayError):
            found: Told = ray.get(reference)
            return found
    return None


@ray.remote(num_returns=2, **_PROCESS)
def _compute_pixels(table: Any, key: Any, dataset: Any, split: Any, size: Size) -> tuple[Pixels, Told]:
    started = time.perf_counter()
    with _task_of(table, key):
        found = pixels(dataset, split, size)
    return found, _told_of(found, started)


@ray.remote(num_returns=2, **_PROCESS)
def _copy_pixels(table: Any, key: Any, dataset: Any, split: Any, size: Size) -> tuple[Pixels, Told]:
    started = time.perf_counter()
    with _task_of(table, key):
        found = pixels(dataset, split, size).in_memory()
    return found, _told_of(found, started)


@ray.remote(num_returns=2, **_PROCESS)
def _compute_scaling(table: Any, key: Any, of: Pixels, kind: ScalingKind) -> tuple[Scaling, Told]:
    started = time.perf_counter()
    with _task_of(table, key):
        found = scaling(of, kind)
    size = found.scale.nbytes + found.offset.nbytes
    return found, Told(size, time.perf_counter() - started, size)


@ray.remote(num_returns=2, **_PROCESS)
def _compute_joined(table: Any, key: Any, of: Pixels) -> tuple[Pixels, Told]:
    started = time.perf_counter()
    with _task_of(table, key):
        found = joined(of)
    return found, _told_of(found, started)


@ray.remote(**_PROCESS)
def _compute_test(table: Any, key: Any, dataset: Any, split: Any, size: Size) -> tuple[Any, Any]:
    with _task_of(table, key):
        return test_pictures(dataset, split, size)


@ray.remote(**_PROCESS)
def _copy_test(table: Any, key: Any, dataset: Any, split: Any, size: Size) -> tuple[Any, Any]:
    with _task_of(table, key):
        x, y = test_pictures(dataset, split, size)
        return in_memory(x), y


@contextlib.contextmanager
def _task_of(table: Any, key: Any) -> Iterator[None]:
    """While it lasts, the table hears that this task is alive; in the end, what was wrong with the cache."""
    with untold() as troubles, _signs(lambda: table.see.remote(key)):
        yield
    if troubles:
        table.tell.remote(troubles)


def _told_of(found: Pixels, started: float) -> Told:
    stored = 0 if found.is_mapped else found.bytes
    return Told(found.bytes, time.perf_counter() - started, stored, found.is_found)


@dataclass(frozen=True)
class Stages:
    """What a worker asks for stages; small, and sent to every worker.

    Each method raises a :class:`RayLostError` where Ray cannot give what is asked for.

    Attributes:
        table: the actor.
        cache: of each machine, where features are kept for the next run; ``None`` for nowhere.
    """

    table: Any
    cache: Cache | None = None

    def pixels(self, size: Size) -> Pixels:
        """The pictures at ``size``, read-only: mapped where this node has the driver's cache, else in shared memory."""
        found: Pixels = self._stage(("pixels", size), lambda: self.table.pixels.remote(size))
        if not found.is_here:
            found = self._stage(("copied pixels", size), lambda: self.table.copied_pixels.remote(size))
        return found

    def scaling(self, size: Size, kind: ScalingKind) -> Scaling:
        found: Scaling = self._stage(("scaling", size, kind), lambda: self.table.scaling.remote(size, kind))
        return found

    def joined(self, size: Size) -> Pixels:
        """Training and validation pictures as one training split: for the winner, when nothing is chosen any more."""
        found: Pixels = self._stage(("joined", size), lambda: self.table.joined.remote(size))
        if not found.is_here:
            found = self._stage(("copied joined", size), lambda: self.table.copied_joined.remote(size))
        return found

    def joined_scaling(self, size: Size, kind: ScalingKind) -> Scaling:
        """The scaling of these."""
        key = ("joined scaling", size, kind)
        found: Scaling = self._stage(key, lambda: self.table.joined_scaling.remote(size, kind))
        return found

    def test(self, size: Size) -> tuple[Any, Any]:
        """Pictures and labels of the test split: for the one model that was named the winner."""
        found: tuple[Any, Any] = self._stage(("test", size), lambda: self.table.test.remote(size))
        if isinstance(found[0], Rows) and not found[0].is_here:
            found = self._stage(("copied test", size), lambda: self.table.copied_test.remote(size))
        return found

    def features(self, prefix: Prefix, of: Pixels) -> Features:
        """The features of the pictures: computed here, where no other worker does or did, and no earlier run.

        They are mapped where the cache of this machine has them, else in shared memory.

        Raises:
            TrialError: the backbone's weights cannot be had.
        """
        worker = uuid.uuid4().hex
        losses = 0
        while True:
            what, given = _answer(lambda: self.table.claim.remote(prefix, worker))
            if what == "wait":  # for a claim that is renewed, or lapses
                time.sleep(_ASKED)
                continue
            try:
                if what == "compute":
                    return self._computed(prefix, of, worker, given)
                found = self._present(prefix, _kept(given[0]))
            except RayError as error:
                losses += 1
                if losses >= _TIMES:
                    raise _lost(error) from None
                _answer(lambda: self.table.forget.remote(prefix))
            else:
                return found

    def cached(self, prefix: Prefix, of: Pixels) -> Features:
        """The features of pictures that only one worker needs."""
        with untold() as troubles:
            found = cached_features(self.cache, prefix, of)
        self._tell(troubles)
        return found

    def tell(self) -> None:
        """Tell what was wrong with the caches of the workers' nodes."""
        for root, trouble in _answer(self.table.troubles.remote, _AT_THE_END):
            tell(root, trouble)

    def uses(self) -> list[dict[str, Any]]:
        """Of every stage: name, bytes, hits, misses, and seconds that computing took, since the table was started."""
        found: list[dict[str, Any]] = _answer(self.table.uses.remote, _AT_THE_END)
        return found

    def _stage(self, key: Any, ask: Callable[[], Any]) -> Any:
        """What the table has started to compute; asked for again where it was lost with whoever owned it."""
        for left in reversed(range(_TIMES)):
            reference = _answer(ask)[0]
            try:
                return result_of(reference, lambda: self._check_sign(key))
            except RayError as error:
                cause = error.cause if isinstance(error, RayTaskError) else error
                if not isinstance(cause, RayError):
                    raise cause from None
                if not left:
                    raise _lost(cause) from None
                _answer(lambda: self.table.drop.remote(key))
        raise AssertionError

    def _check_sign(self, key: Any) -> None:
        if _answer(lambda: self.table.silence.remote(key)) > _SILENT:
            raise RayLostError(f"nothing was heard of the process that prepares the data for {_SILENT:.0f} s")

    def _computed(self, prefix: Prefix, of: Pixels, worker: str, given: list[Any]) -> Features:
        with _claimed(self.table, prefix, worker):
            earlier = None
            if given:
                with contextlib.suppress(RayError):
                    earlier = given[0], self._present(given[0], _kept(given[1]))
            with untold() as troubles:
                computed = cached_features(self.cache, prefix, of, earlier)
            self._tell(troubles)
            kept = _answer(lambda: self.table.keep.remote(prefix, computed))
            if not kept:
                sent = computed.in_memory()
                kept = _answer(lambda: self.table.keep.remote(prefix, sent))
            return self._present(prefix, _kept(kept[0]))

    def _present(self, prefix: Prefix, found: Features) -> Features:
        """The features as this machine can have them.

        Raises:
            RayError: they are lost.
        """
        if found.is_here:
            return found
        copied = _answer(lambda: self.table.copied_features.remote(prefix))
        if not copied:
            raise ObjectLostError("0" * 56, "", "")
        there: Features = _kept(copied[0])
        return there

    def _tell(self, troubles: list[Trouble]) -> None:
        if troubles:
            _answer(lambda: self.table.tell.remote(troubles))


def _answer(ask: Callable[[], Any], seconds: float = _SILENT) -> Any:
    """What the table says, which computes nothing itself; while it is being started anew, Ray asks it again."""
    try:
        return ray.get(ask(), timeout=seconds)
    except GetTimeoutError:
        raise RayLostError(f"the table of the prepared data has not answered for {seconds:.0f} s") from None
    except RayTaskError:
        raise
    except RayError as error:
        raise _lost(error) from None


def _kept(reference: Any) -> Any:
    """What the table owns, which only has to be fetched; what does not come is lost."""
    return ray.get(reference, timeout=_SILENT)


def _lost(error: RayError) -> RayLostError:
    return RayLostError(f"Ray has lost what trials are fed with ({type(error).__name__}: {first_line(error)})")


@contextlib.contextmanager
def _claimed(table: Any, prefix: Prefix, worker: str) -> Iterator[None]:
    """While it lasts, the table hears that this worker is alive; after an error, that it has given up."""
    try:
        with _signs(lambda: table.renew.remote(prefix, worker)):
            yield
    except BaseException:
        table.release.remote(prefix, worker)
        raise


@contextlib.contextmanager
def _signs(give: Callable[[], Any]) -> Iterator[None]:
    """While it lasts, ``give`` is called every 2 s."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(_RENEWED):
            with contextlib.suppress(RayError):
                give()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def started_stages(
    dataset: Any, split: Any, budget_gb: float, pixels_gb: float, cache: Cache | None = None
) -> Iterator[Stages]:
    """Put the data into the object store once, and start the table of the stages.

    In the end the table ends, and with it what it keeps: Tune never lets go of what its workers were given.

    Args:
        dataset, split: the data.
        budget_gb: memory for the features of frozen backbones.
        pixels_gb: memory for the pictures of searched image sizes.
        cache: of each machine.
    """
    # Held here, as a table that is started anew is given them again.
    data = beside_ray(lambda: [ray.put(dataset), ray.put(split)], lambda: None, Outage.of_this_process())
    with silence():  # Ray warns of what would happen if nobody held them
        table = _here(_StageTable).remote(data, int(budget_gb * 2**30), int(pixels_gb * 2**30))
    try:
        yield Stages(table, cache)
    finally:
        if ray.is_initialized() and not is_leaving():
            ray.kill(table)
        del data


def _own_handle() -> Any:
    return ray.get_runtime_context().current_actor


def _here(remote: Any) -> Any:
    """An actor or a task on the driver's node, which alone must see the pictures' files."""
    node = ray.get_runtime_context().get_node_id()
    return remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))
