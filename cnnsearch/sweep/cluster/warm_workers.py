"""Workers that have ended their sweep, and wait on the same Ray for the next one: TensorFlow is in them already.

Only on a Ray that is this package's own: a worker that waits holds its processors and memory, which others might want.
What it had of its sweep it lets go of (:meth:`~cnnsearch.sweep.worker.trainable.TrialWorker.rest`), and it waits only
where nobody's code but this package's ran in it, and nothing went wrong.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["SweepWorkers", "WarmWorkers", "forget", "here", "provide"]

_ANSWERS = 3.0
"""Seconds for a worker to say that it waits; it has had time for that since the last sweep."""

Kind = tuple[object, frozenset[tuple[str, float]]]
"""Which class of worker, and what it holds."""


@dataclass(frozen=True)
class _Waiting:
    kind: Kind
    worker: Any
    rests: Any

    @property
    def is_well(self) -> bool:
        """Whether it has let go of its sweep, and is alive."""
        import ray
        from ray.exceptions import RayError

        try:
            ray.get(self.rests, timeout=_ANSWERS)
            return bool(ray.get(self.worker.is_resting.remote(), timeout=_ANSWERS))
        except RayError:  # also where it does not answer in time
            return False


class WarmWorkers:
    """The workers that wait."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._starting: list[Any] = []

    @property
    def count(self) -> int:
        """How many there are, as far as is known."""
        return len(self._waiting)

    def take(self, kind: Kind) -> Any | None:
        """One of this kind. All of another kind are ended: beside them there may be no room for a new one."""
        import ray

        while self._waiting:
            waiting = self._next(kind)
            if waiting.kind == kind and waiting.is_well:
                return waiting.worker
            ray.kill(waiting.worker)
        return None

    def starts(self, worker: Any) -> None:
        """This one was made, and has no process yet."""
        self._starting.append(worker.__ray_ready__.remote())

    def add(self, kind: Kind, worker: Any) -> None:
        """Let it wait; it ends by itself where it must not.

        While another one has no process yet, also of another sweep beside this one, it ends: that one may wait for what
        it holds.
        """
        import ray

        if self._starting:
            _, self._starting = ray.wait(self._starting, num_returns=len(self._starting), timeout=0)
        if self._starting:
            ray.kill(worker)
        else:
            self._waiting.append(_Waiting(kind, worker, worker.rest.remote()))

    def end(self) -> None:
        """End all that wait, as others need what they hold."""
        import ray

        while self._waiting:
            ray.kill(self._waiting.pop().worker)

    def _next(self, kind: Kind) -> _Waiting:
        """Those of another kind first."""
        place = next((at for at, each in enumerate(self._waiting) if each.kind != kind), 0)
        return self._waiting.pop(place)


class SweepWorkers:
    """The workers of one sweep: those that wait, and new ones.

    Args:
        warm: those that wait.
        worker_class: what they are.
        context: what every worker of the sweep is given.
    """

    def __init__(self, warm: WarmWorkers, worker_class: object, context: object) -> None:
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
        worker = actor_class.options(**_as_options(holds)).remote(**given, sweep=self._sent)
        self._warm.starts(worker)
        return worker

    def take_back(self, worker: Any, holds: Mapping[str, float]) -> None:
        """See :class:`~cnnsearch.sweep.ray_private.direct.Lender`."""
        self._warm.add(self._kind(holds), worker)

    def _kind(self, holds: Mapping[str, float]) -> Kind:
        return self._class, frozenset(holds.items())


def _as_options(holds: Mapping[str, float]) -> dict[str, Any]:
    """As Ray takes them for an actor."""
    named = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
    options: dict[str, Any] = {option: holds.get(name, 0) for name, option in named.items()}
    return {**options, "resources": {name: amount for name, amount in holds.items() if name not in named}}


_warm: WarmWorkers | None = None


def provide() -> None:
    """This process has started a Ray of its own: workers may wait on it."""
    global _warm
    _warm = WarmWorkers()


def here() -> WarmWorkers | None:
    """Those that wait on the Ray of this process; ``None`` where none may: on a cluster, or a Ray of the user's."""
    return _warm


def forget() -> None:
    """That Ray is about to be left, and its workers end with it."""
    global _warm
    _warm = None
