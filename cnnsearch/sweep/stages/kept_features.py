"""KeptFeatures: which features of frozen backbones are kept, and which worker computes those that are not."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnsearch.training.features.features import Features, Prefix

__all__ = ["LAPSED", "KeptFeatures", "StageUse"]

LAPSED = 30.0
"""Seconds without a sign of life after which the worker that computes features is taken for dead."""


@dataclass
class StageUse:
    """What became of one stage.

    Attributes:
        stage, name: what it is.
        bytes: of its result.
        seconds: that computing it, or finding it on disk, took, all times together.
        computed: times; 0 where an earlier run had.
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


class KeptFeatures:
    """Prefix -> reference to its features; the one that was used least recently goes first.

    Args:
        budget: bytes that all features together may take; those on disk take none.
        put: stores features and gives a reference to them.
        now: the time in seconds, of a clock that is never set.
    """

    def __init__(self, budget: int, put: Callable[[Features], Any], now: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._put = put
        self._now = now
        self._kept: OrderedDict[Prefix, Any] = OrderedDict()
        self._mapped: dict[Prefix, Features] = {}
        self._claims: dict[Prefix, _Claim] = {}
        self._uses: dict[Prefix, StageUse] = {}

    def claim(self, prefix: Prefix, worker: str) -> tuple[str, list[Any]]:
        """What a worker that needs features must do.

        Returns:
            ``take`` with a reference to them; ``wait``; or ``compute``, with a prefix that they continue and a
            reference to its features, where there is one.
        """
        if prefix in self._kept:
            self._kept.move_to_end(prefix)
            self._uses[prefix].asked += 1
            return "take", [self._kept[prefix]]
        claim = self._claims.get(prefix)
        if claim is not None and claim.worker != worker and self._now() - claim.seen < LAPSED:
            return "wait", []
        self._claims[prefix] = _Claim(worker, self._now())
        earlier = [known for known in self._kept if prefix.continues(known)]
        if not earlier:
            return "compute", []
        deepest = max(earlier, key=lambda known: known.cut.position)
        self._kept.move_to_end(deepest)
        return "compute", [deepest, self._kept[deepest]]

    def renew(self, prefix: Prefix, worker: str) -> None:
        """The worker is alive and computes."""
        if self._is_claimed_by(prefix, worker):
            self._claims[prefix].seen = self._now()

    def release(self, prefix: Prefix, worker: str) -> None:
        """The worker could not compute them."""
        if self._is_claimed_by(prefix, worker):
            del self._claims[prefix]

    def keep(self, prefix: Prefix, computed: Features) -> Any:
        """Keep the features of a prefix, and give a reference to them; others make room for them first."""
        self._claims.pop(prefix, None)
        self.forget(prefix)  # of a worker that was taken for dead
        use = self._uses.setdefault(prefix, StageUse("features", prefix.name))
        use.bytes = computed.bytes
        use.computed += not computed.is_found
        use.asked += 1
        use.seconds += computed.cost.spent_seconds
        return self._store(prefix, computed)

    def copy(self, prefix: Prefix) -> Any | None:
        """A reference to the features in memory, for a node that has not the file; ``None`` where they are not kept.

        Raises:
            GoneError: the file is lost.
        """
        mapped = self._mapped.get(prefix)
        return self._kept.get(prefix) if mapped is None else self._store(prefix, mapped.in_memory())

    def forget(self, prefix: Prefix) -> None:
        """The features are lost."""
        self._kept.pop(prefix, None)
        self._mapped.pop(prefix, None)

    @property
    def bytes(self) -> int:
        """Of memory that all features that are kept now take."""
        return sum(self._uses[known].bytes for known in self._kept if known not in self._mapped)

    @property
    def uses(self) -> list[StageUse]:
        """Of all features that were computed, kept or not, in the order in which they first were."""
        return list(self._uses.values())

    def _store(self, prefix: Prefix, features: Features) -> Any:
        self.forget(prefix)
        if features.is_mapped:
            self._mapped[prefix] = features  # so that the file is held
        else:
            in_memory = [known for known in self._kept if known not in self._mapped]
            while in_memory and self.bytes + features.bytes > self._budget:
                self.forget(in_memory.pop(0))
        self._kept[prefix] = self._put(features)
        return self._kept[prefix]

    def _is_claimed_by(self, prefix: Prefix, worker: str) -> bool:
        return prefix in self._claims and self._claims[prefix].worker == worker
