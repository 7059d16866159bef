"""Places: where trials find room on the nodes, and which lanes keep a worker for them. Knows nothing of Ray.

A *lane* is one worker's place: it holds a demand from its first trial until it is closed, and its worker stays warm.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cnnsearch.errors import SweepError
from cnnsearch.experiment.resources import RAYS_OWN, Demand

__all__ = ["Lane", "Nodes", "Places"]

_LOOKED = 2.0
"""Seconds between two looks at the nodes."""

_GONE = 300.0
"""Seconds after which nodes that went are taken not to come back."""

_ROUNDING = 1e-6

Amounts = Mapping[str, float]


@dataclass(frozen=True)
class Nodes:
    """The nodes of a cluster.

    Attributes:
        present: resources of each node that is alive, by Ray's names.
        to_come: of nodes that an autoscaler may add, and how many such.
    """

    present: tuple[Amounts, ...]
    to_come: tuple[tuple[Amounts, int], ...] = ()

    def may_hold(self, demand: Demand) -> bool:
        """Whether a node, present or to come, has what one trial needs."""
        return any(_Room(node).holds(demand) for node in (*self.present, *(node for node, _ in self.to_come)))

    def __str__(self) -> str:
        parts = [_described(node) for node in self.present]
        return "; ".join(parts) if parts else "no node"


@dataclass(frozen=True)
class Lane:
    """One worker's place.

    Attributes:
        number: counted from 0, never used twice.
        demand: what it holds.
    """

    number: int
    demand: Demand


@dataclass
class _Room:
    """What is left of one node."""

    node: Amounts
    free: dict[str, float] = field(init=False)
    gpus: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.free = {name: amount for name, amount in self.node.items() if name != "GPU"}
        # A trial's fraction is one of a single GPU: what two of them have left does not add up.
        self.gpus = [1.0] * int(self.node.get("GPU", 0))

    def holds(self, demand: Demand) -> bool:
        return self._devices(demand.gpus) is not None and all(
            self.free.get(name, 0.0) >= amount - _ROUNDING for name, amount in demand.resources.items() if name != "GPU"
        )

    def take(self, demand: Demand) -> None:
        for index in self._devices(demand.gpus) or ():
            self.gpus[index] -= min(demand.gpus, 1.0)
        for name, amount in demand.resources.items():
            if name != "GPU":
                self.free[name] -= amount

    def _devices(self, gpus: float) -> list[int] | None:
        if gpus == 0:
            return []
        need, each = (1, gpus) if gpus < 1 else (int(gpus), 1.0)
        found = [index for index, left in enumerate(self.gpus) if left >= each - _ROUNDING][:need]
        return found if len(found) == need else None


class Places:
    """Gives each trial a lane: an idle one, or a new one where a node has room.

    Ray decides where a worker goes; this only counts what the nodes hold, the fractions of each GPU included.

    Args:
        look: tells the nodes; asked again now and then, so that nodes that join are used.
        most: lanes at once, at most; ``None``: as many as there is room for.
    """

    def __init__(self, look: Callable[[], Nodes], most: int | None = None) -> None:
        self._look = look
        self._most = math.inf if most is None else most
        self._numbers = itertools.count()
        self._open: dict[int, Lane] = {}
        self._idle: dict[int, Lane] = {}
        self._over: set[int] = set()
        self._looked = -math.inf
        self._nodes = Nodes(())
        self._rooms: list[_Room] = []
        self._gone: float | None = None
        self.closed: set[int] = set()
        """Numbers of lanes whose workers are to be stopped."""

    @classmethod
    def counted(cls, lanes: int) -> Places:
        """So many lanes, on one node that has more of everything."""
        return cls(lambda: Nodes(({"CPU": math.inf, "GPU": float(lanes)},)), lanes)

    @property
    def count(self) -> int:
        """Lanes that are open now."""
        return len(self._open)

    def may_take(self, kinds: Sequence[Sequence[Demand]]) -> bool:
        """Whether a trial of one of the kinds would find a lane now; each is its demands, the first choice first."""
        self._refresh()
        return any(self._is_free(demand) for kind in kinds for demand in kind)

    def take(self, demands: Sequence[Demand]) -> Lane | None:
        """A lane for a trial that may hold any of ``demands``, the first choice first; ``None``: there is no room."""
        self._refresh()
        for demand in demands:
            lane = self._idle_of(demand) or self._opened(demand)
            if lane is not None:
                return lane
        return None

    def make_room(self, demands: Sequence[Demand]) -> Lane | None:
        """A lane, even where idle lanes that hold something else must be closed for it."""
        busy = [lane for number, lane in self._open.items() if number not in self._idle]
        for demand in demands:
            rooms = self._empty_rooms()
            _put(rooms, busy)
            if len(busy) < self._most and _room_for(rooms, demand):
                while self._idle and not self._is_free(demand):
                    self._close(next(iter(self._idle.values())))
                return self._idle_of(demand) or self._opened(demand)
        return None

    def give_back(self, lane: Lane, lost: bool = False) -> None:
        """The trial of a lane has left it. Its worker stays for the next one, unless the nodes have become fewer.

        Args:
            lane: that it had.
            lost: the worker died, perhaps with its node.
        """
        if lost:
            self._looked = -math.inf
        self._idle[lane.number] = lane
        self._refresh()
        if lane.number in self._idle and (lane.number in self._over or (lost and self._over)):
            self._close(lane)

    def close_idle(self) -> None:
        """Close the lanes that no trial uses: a trial that waits for its worker may find no room beside them."""
        for lane in list(self._idle.values()):
            self._close(lane)

    def check_left(self, kinds: Sequence[Sequence[Demand]]) -> None:
        """Called again and again where nothing runs and nothing can be started.

        Args:
            kinds: of the trials that there are, as for :meth:`may_take`.

        Raises:
            SweepError: for minutes no node could run any of them.
        """
        self._refresh()
        if any(self._nodes.may_hold(demand) for kind in kinds for demand in kind):
            self._gone = None
            return
        self._gone = self._gone or time.monotonic()
        if time.monotonic() - self._gone >= _GONE:
            needs = " or ".join(str(demand) for demand in kinds[0])
            raise SweepError(f"no node is left that can run a trial, which needs {needs}; there is: {self._nodes}")

    def _is_free(self, demand: Demand) -> bool:
        return any(lane.demand == demand for lane in self._idle.values()) or (
            len(self._open) < self._most and _room_for(self._rooms, demand) is not None
        )

    def _idle_of(self, demand: Demand) -> Lane | None:
        lane = next((lane for lane in self._idle.values() if lane.demand == demand), None)
        return None if lane is None else self._idle.pop(lane.number)

    def _opened(self, demand: Demand) -> Lane | None:
        room = _room_for(self._rooms, demand)
        if room is None or len(self._open) >= self._most:
            return None
        room.take(demand)
        lane = Lane(next(self._numbers), demand)
        self._open[lane.number] = lane
        return lane

    def _close(self, lane: Lane) -> None:
        del self._idle[lane.number], self._open[lane.number]
        self.closed.add(lane.number)
        self._count()

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOKED:
            return
        self._looked = now
        nodes = self._look()
        if nodes == self._nodes:
            return
        self._nodes = nodes
        self._count()
        for number in self._over & self._idle.keys():
            self._close(self._idle[number])

    def _count(self) -> None:
        """Count what is left of the nodes, and the lanes that they do not hold together: idle ones first."""
        self._rooms = self._empty_rooms()
        lanes = sorted(self._open.values(), key=lambda lane: lane.number in self._idle)
        self._over = {lane.number for lane in _put(self._rooms, lanes)}

    def _empty_rooms(self) -> list[_Room]:
        present, to_come = self._nodes.present, self._nodes.to_come
        # An autoscaler is not asked for all that it could bring at once, but for as much again as there is.
        asked = max(1, len(present))
        return [_Room(node) for node in present] + [
            _Room(node) for node, count in to_come for _ in range(min(count, asked))
        ]


def _room_for(rooms: Sequence[_Room], demand: Demand) -> _Room | None:
    """The first room that holds it; what needs no GPU leaves the nodes that have some alone, as long as it can."""
    ordered = rooms if demand.gpus else sorted(rooms, key=lambda room: len(room.gpus))
    return next((room for room in ordered if room.holds(demand)), None)


def _put(rooms: Sequence[_Room], lanes: Sequence[Lane]) -> list[Lane]:
    """Put lanes into rooms; those that find none."""
    left = []
    for lane in lanes:
        room = _room_for(rooms, lane.demand)
        if room is None:
            left.append(lane)
        else:
            room.take(lane.demand)
    return left


def _described(node: Amounts) -> str:
    kinds = [name.partition(":")[2] for name in node if name.startswith("accelerator_type:")]
    others = [f"{amount:g} {name}" for name, amount in node.items() if ":" not in name and name not in RAYS_OWN]
    gpus = f"{node.get('GPU', 0):g} GPUs" + "".join(f" ({kind})" for kind in kinds)
    return ", ".join([f"{node.get('CPU', 0):g} CPUs and {gpus}", *others])
