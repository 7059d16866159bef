"""Workers that have ended their sweep, and wait on the same Ray for the next one: TensorFlow is in them already.

Only on a Ray that is this package's own, or a keeper's: a worker that waits holds its processors and memory, which
others might want. What it had of its sweep it lets go of
(:meth:`~cnnsearch.sweep.worker.trainable.TrialWorker.rest`), and it waits only where nobody's code but this package's
ran in it, and nothing went wrong.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.experiment import Demand
from cnnsearch.sweep.worker.preload import FOR_STAGES

__all__ = ["Kind", "SweepWorkers", "WarmWorkers", "forget", "here", "kind_of", "provide", "settle"]

_ANSWERS = 3.0
"""Seconds for a worker to say that it waits; it has had time for that since the last sweep."""

_STARTS = 10.0
"""Likewise for those that are lent: their processes may be starting, and others would take as long."""

Kind = tuple[str, frozenset[tuple[str, float]]]
"""Which class of worker, by its name, and what it holds."""


def kind_of(worker_class: type, holds: Mapping[str, float]) -> Kind:
    """Of workers of this class that hold this."""
    return f"{worker_class.__module__}.{worker_class.__qualname__}", frozenset(holds.items())


@dataclass(frozen=True)
class _Waiting:
    """A worker that waits.

    Attributes:
        kind: of it.
        worker: its handle.
        rests: the call by which it lets go of its sweep; ``None``: it is lent, and did so for an earlier process.
        asked: of one that is lent, the first question whether it waits.
        until: when that must be answered, by the machine's monotonic clock.
    """

    kind: Kind
    worker: Any
    rests: Any = None
    asked: Any = None
    until: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether it has let go of its sweep, and is alive."""
        import ray
        from ray.exceptions import RayError

        try:
            if self.asked is not None:
                ray.get(self.asked, timeout=max(0.0, self.until - time.monotonic()))
            if self.rests is not None:
                ray.get(self.rests, timeout=_ANSWERS)
            return bool(ray.get(self.worker.is_resting.remote(), timeout=_ANSWERS))
        except RayError:  # also where it does not answer in time
            return False


class WarmWorkers:
    """The workers that wait; sweeps of several threads may ask for them.

    Args:
        preloaded: whether the idle processes of this Ray import TensorFlow for trials of one CPU.
        lent: tells of those that wait already, which whoever lends this Ray keeps; asked when the first one is wanted.

    Attributes:
        preloaded: as given.
    """

    def __init__(self, preloaded: bool = False, lent: Callable[[], Iterable[tuple[Kind, Any]]] = lambda: ()) -> None:
        self.preloaded = preloaded
        self._lent: Callable[[], Iterable[tuple[Kind, Any]]] | None = lent
        self._waiting: list[_Waiting] = []
        self._starting: list[Any] = []
        self._changing = threading.Lock()

    @property
    def count(self) -> int:
        """How many there are, as far as is known."""
        return len(self._waiting)

    def take(self, kind: Kind) -> Any | None:
        """One of this kind. All of another kind are ended: beside them there may be no room for a new one."""
        import ray

        while (waiting := self._next(kind)) is not None:
            if waiting.kind == kind and waiting.is_well:
                return waiting.worker
            ray.kill(waiting.worker)
        return None

    def starts(self, worker: Any) -> None:
        """This one was made, and has no process yet."""
        with self._changing:
            self._starting.append(worker.__ray_ready__.remote())

    def add(self, kind: Kind, worker: Any) -> None:
        """Let it wait; it ends by itself where it must not.

        While another one has no process yet, also of another sweep beside this one, it ends: that one may wait for what
        it holds.
        """
        import ray

        with self._changing:
            if self._starting:
                _, self._starting = ray.wait(self._starting, num_returns=len(self._starting), timeout=0)
            if not self._starting:
                self._waiting.append(_Waiting(kind, worker, worker.rest.remote()))
                return
        ray.kill(worker)

    def end(self) -> None:
        """End all that wait, as others need what they hold."""
        import ray

        with self._changing:
            self._borrow()
            gone, self._waiting = self._waiting, []
        for each in gone:
            ray.kill(each.worker)

    def settle(self) -> None:
        """Wait until those that were given back have let go of their sweep; some seconds at most.

        What was asked of a worker is lost where this process leaves Ray at once.
        """
        import ray

        rests = [each.rests for each in self._waiting if each.rests is not None]
        if rests:
            ray.wait(rests, num_returns=len(rests), timeout=_ANSWERS)

    def _borrow(self) -> None:
        lent, self._lent = self._lent, None
        until = time.monotonic() + _STARTS  # for all together: each may work for one sweep that was killed
        for kind, worker in lent() if lent else ():
            self._waiting.append(_Waiting(kind, worker, asked=worker.is_resting.remote(), until=until))

    def _next(self, kind: Kind) -> _Waiting | None:
        """Those of another kind first."""
        with self._changing:
            self._borrow()
            place = next((at for at, each in enumerate(self._waiting) if each.kind != kind), 0)
            return self._waiting.pop(place) if self._waiting else None


class SweepWorkers:
    """The workers of one sweep: those that wait, and new ones.

    Args:
        warm: those that wait.
        worker_class: what they are.
        context: what every worker of the sweep is given.
    """

    def __init__(self, warm: WarmWorkers, worker_class: type, context: object) -> None:
        self._warm = warm
        self._class = worker_class
        self._context = context

    @functools.cached_property
    def _sent(self) -> Any:
        import ray

        return ray.put(self._context)

    def lend(self, actor_class: Any, holds: Mapping[str, float], given: Mapping[str, Any]) -> Any:
        """See :class:`~cnnsearch.sweep.ray_private.direct.Lender`."""
        worker = self._warm.take(self._kind(holds))
        if worker is not None:
            worker.renew.remote(**given, sweep=self._sent)
            return worker
        worker = actor_class.options(**_as_options(holds), **self._apart(holds)).remote(**given, sweep=self._sent)
        self._warm.starts(worker)
        return worker

    def take_back(self, worker: Any, holds: Mapping[str, float]) -> None:
        """See :class:`~cnnsearch.sweep.ray_private.direct.Lender`."""
        self._warm.add(self._kind(holds), worker)

    def _apart(self, holds: Mapping[str, float]) -> dict[str, Any]:
        """A process that has imported TensorFlow for one CPU does not do for another demand."""
        if not self._warm.preloaded or holds == Demand().resources:
            return {}
        return {"runtime_env": {"env_vars": FOR_STAGES}}

    def _kind(self, holds: Mapping[str, float]) -> Kind:
        return kind_of(self._class, holds)


def _as_options(holds: Mapping[str, float]) -> dict[str, Any]:
    """As Ray takes them for an actor."""
    named = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
    options: dict[str, Any] = {option: holds.get(name, 0) for name, option in named.items()}
    return {**options, "resources": {name: amount for name, amount in holds.items() if name not in named}}


_warm: WarmWorkers | None = None


def provide(preloaded: bool = False, lent: Callable[[], Iterable[tuple[Kind, Any]]] = lambda: ()) -> None:
    """This process has a Ray for itself, which it has started or borrowed: workers may wait on it.

    Args:
        preloaded, lent: as of :class:`WarmWorkers`.
    """
    global _warm
    _warm = WarmWorkers(preloaded, lent)


def here() -> WarmWorkers | None:
    """Those that wait on the Ray of this process; ``None`` where none may: on a cluster, or a Ray of the user's."""
    return _warm


def settle() -> None:
    """Those that are lent are about to be given back, for others: see :meth:`WarmWorkers.settle`."""
    if _warm is not None:
        _warm.settle()


def forget() -> None:
    """That Ray is about to be left, and its workers end with it."""
    global _warm
    _warm = None
