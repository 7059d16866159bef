"""The workers of a keeper: they belong to its process, wait between sweeps, and are lent to one sweep after another.

A worker that belongs to the process of a sweep ends with it, and the next one would wait for TensorFlow again. These
have the environment, the code and the packages that the keeper's record is compared by
(:mod:`cnnsearch.sweep.cluster.keeper.fitness`), so they do for every run that may use its Ray.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import psutil

from cnnsearch.experiment import Demand
from cnnsearch.numbers import plural
from cnnsearch.study.store.process import Process
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord
from cnnsearch.sweep.cluster.warm_workers import Kind, kind_of
from cnnsearch.sweep.worker.hardware import private_bytes

__all__ = ["KeptWorkers", "lent_workers", "processes_titled", "workers_in_words"]

_PLACE = "cnnsearch-kept"
"""Ray's namespace of their names, by which other processes find them."""

_TITLE = "ray::TrialWorker"

_ANSWERS = 3.0
"""Seconds for each to say that it waits; one whose sweep was killed goes on with its work."""

_LOOKED = 0.2


class KeptWorkers:
    """Those of this process, which has started the Ray that they are on.

    Args:
        count: of them, when no sweep uses them. Each holds one CPU.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._made = 0
        self._kept: list[Any] = []

    def fill(self) -> list[Any]:
        """Make those that are missing.

        Returns:
            References to the word of each new one that it has imported all it takes to train.
        """
        return [self._new().warm_up.remote(Demand().cpus) for _ in range(self._count - len(self._kept))]

    def start(self, is_over: Callable[[], bool]) -> None:
        """Make all of them, and wait until they are warm.

        Args:
            is_over: whether they are not wanted any more.

        Raises:
            ray.exceptions.RayError: one of them has died.
        """
        import ray

        warm = self.fill()
        while warm and not is_over():
            ready, warm = ray.wait(warm, timeout=_LOOKED)
            ray.get(ready)

    def unfit(self) -> list[Any]:
        """Those that do not wait: they have died, or work for a sweep that was killed."""
        import ray

        asked = {worker.is_resting.remote(): worker for worker in self._kept}
        if not asked:
            return []
        answered, silent = ray.wait(list(asked), num_returns=len(asked), timeout=_ANSWERS)
        return [asked[each] for each in (*silent, *(word for word in answered if not _is_yes(word)))]

    def replace(self, unfit: Iterable[Any]) -> None:
        """End these, and start others in their place; none of them is waited for."""
        import ray

        for worker in unfit:
            ray.kill(worker)
            self._kept.remove(worker)
        self.fill()

    def _new(self) -> Any:
        import ray

        from cnnsearch.sweep.worker.trainable import TrialWorker

        self._made += 1
        made: Any = ray.remote(TrialWorker)
        named = made.options(name=f"worker-{self._made:06}", namespace=_PLACE, num_cpus=Demand().cpus)
        self._kept.append(named.remote())
        return self._kept[-1]


def _is_yes(reference: Any) -> bool:
    import ray
    from ray.exceptions import RayError

    with contextlib.suppress(RayError):
        return bool(ray.get(reference))
    return False


def lent_workers() -> list[tuple[Kind, Any]]:
    """Those of the keeper whose Ray this process is connected to; whether each waits, it says itself."""
    import ray
    from ray.util import list_named_actors

    from cnnsearch.sweep.worker.trainable import TrialWorker

    kind, found = kind_of(TrialWorker, Demand().resources), []
    for name in sorted(each["name"] for each in list_named_actors(all_namespaces=True) if each["namespace"] == _PLACE):
        with contextlib.suppress(ValueError):  # it has ended meanwhile
            found.append((kind, ray.get_actor(name, namespace=_PLACE)))
    return found


def processes_titled(raylet: int, title: str) -> list[psutil.Process]:
    """Ray's, by the first word of what each calls itself, which begins like this.

    Args:
        raylet: number of the process that has started them.
        title: as ``ray::IDLE``.

    Raises:
        psutil.Error: there is no such process.
    """
    found = []
    for process in psutil.Process(raylet).children():
        with contextlib.suppress(psutil.Error, IndexError):
            if process.cmdline()[0].split()[0].startswith(title):
                found.append(process)
    return found


def workers_in_words(record: KeeperRecord) -> str:
    """How many workers a keeper has now, and what memory they take."""
    taken = []
    if (raylet := Process.of(record.vital.get("raylet", ""))) is not None:
        with contextlib.suppress(psutil.Error):
            for process in processes_titled(raylet.pid, _TITLE):
                with contextlib.suppress(psutil.Error):
                    taken.append(private_bytes(process))
    if not taken:
        return "no workers"
    return f"{plural(len(taken), 'worker')}, {sum(taken) / 2**30:.1f} GB"
