"""KeptPixels: of which sizes the pictures are kept, where a search has many image sizes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from cnnsearch.data.stages import Size
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.sweep.stages.kept_features import StageUse

__all__ = ["KeptPixels", "Told"]


class Told(NamedTuple):
    """Of a computation.

    Attributes:
        bytes: of its result.
        seconds: that it took.
        stored: bytes of the result that are in the object store.
        is_found: an earlier run had computed it.
    """

    bytes: int
    seconds: float
    stored: int
    is_found: bool = False


class KeptPixels:
    """Size -> reference to the pictures; the size that was used least recently goes first.

    To go means that no reference to it is kept here: a worker that uses it holds it itself. What has gone is computed
    again when somebody asks.

    Args:
        budget: bytes that all sizes together may take; what was asked for last stays even where it takes more.
        measured: what is told of a computation, by the reference to it; ``None`` while it is not known.
    """

    def __init__(self, budget: int, measured: Callable[[Any], Told | None]) -> None:
        self._budget = budget
        self._measured = measured
        self._kept: OrderedDict[Size, Any] = OrderedDict()
        self._computing: dict[Size, Any] = {}
        self._uses: dict[Size, StageUse] = {}
        self._stored: dict[Size, int] = {}

    def take(self, size: Size, start: Callable[[], tuple[Any, Any]]) -> Any:
        """The reference to the pictures of a size.

        Args:
            size: ``(height, width)``, or ``None`` for their own.
            start: computes them, and gives references to them and to bytes and seconds.
        """
        use = self._uses.setdefault(size, _use(size))
        use.asked += 1
        if size not in self._kept:
            self._measure()  # before the earlier computation of this size is forgotten
            self._kept[size], self._computing[size] = start()
            use.computed += 1
        self._kept.move_to_end(size)
        self._make_room()
        return self._kept[size]

    def kept(self, size: Size) -> Any | None:
        """The reference to the pictures of a size, if it is kept; that counts as no use of it."""
        return self._kept.get(size)

    def drop(self, size: Size) -> None:
        """Keep those of a size no longer, as they are lost."""
        self._kept.pop(size, None)

    @property
    def uses(self) -> list[StageUse]:
        """Of all sizes that were computed, kept or not, in the order in which they first were."""
        self._measure()
        return list(self._uses.values())

    def _measure(self) -> None:
        for size, told in list(self._computing.items()):
            found = self._measured(told)
            if found is not None:
                self._uses[size].bytes = found.bytes
                self._uses[size].seconds += found.seconds
                self._uses[size].computed -= found.is_found
                self._stored[size] = found.stored
                del self._computing[size]

    def _make_room(self) -> None:
        self._measure()
        while len(self._kept) > 1 and sum(self._stored.get(size, 0) for size in self._kept) > self._budget:
            self._kept.popitem(last=False)


def _use(size: Size) -> StageUse:
    """By the name that people know it by."""
    if isinstance(size, TextForm):
        return StageUse("tokens", str(size))
    return StageUse("pixels", "own size" if size is None else f"{size[0]}x{size[1]}")
