"""The simulated clock of peers: searches that are asked what to run next, and told of each epoch."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.search.surrogate import Curve
from benchmarks.search.work import Work

__all__ = ["Peer", "Run", "drive"]


@dataclass(frozen=True)
class Run:
    """What a free worker is given.

    Attributes:
        key: by which its epochs are reported.
        config: what it trains.
        trained: epochs of a run before that it goes on from; these cost nothing again, but starting does.
    """

    key: Hashable
    config: dict[str, Any]
    trained: int = 0


class Peer(Protocol):
    """A search by code of others."""

    def next(self) -> Run | None:
        """For a worker that is free; ``None``: nothing before another run has ended."""

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        """What an epoch of a run gave; whether it goes on. Of its last possible epoch the answer counts for nothing."""


@dataclass
class _Running:
    run: Run
    curve: Curve
    epoch: int


def drive(work: Work, peer: Peer) -> None:
    """Run a peer's search until its time is over, or until it wants nothing more."""
    running: dict[int, _Running] = {}
    arrivals: list[tuple[float, int]] = []
    numbers, now = itertools.count(), 0.0
    while True:
        while len(running) < work.workers and (run := peer.next()) is not None:
            number, one = next(numbers), _Running(run, work.curve(run.config), run.trained)
            running[number] = one
            heapq.heappush(arrivals, (now + work.startup + one.curve.seconds[one.epoch], number))
        if not arrivals or arrivals[0][0] > work.seconds:
            return
        now, number = heapq.heappop(arrivals)
        one = running[number]
        value = one.curve.values[one.epoch]
        one.epoch += 1
        work.trace.append((now, value))
        if peer.report(one.run.key, one.epoch, value) and one.epoch < work.surrogate.epochs:
            heapq.heappush(arrivals, (now + one.curve.seconds[one.epoch], number))
        else:
            del running[number]
