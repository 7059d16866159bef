"""Feeds: those that a process keeps between trials, within its memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from cnnsearch.data.stages import Pixels
from cnnsearch.training.features.features import Features, Prefix, compute_features
from cnnsearch.training.feeds.feed import Feed

__all__ = ["Feeds"]

_MOST = 8
"""Feeds kept; those that are not copied keep their arrays in the object store."""


_MAPPED = 2**28
"""Bytes of what is on disk that are copied: below it an epoch in one piece is faster, and above it the piece is not
what takes time."""


class Feeds:
    """Feeds of pictures and of features; the one that was used least recently goes first.

    Args:
        most_bytes: that copies may take in this process; what does not fit is read from shared memory. ``None``:
            everything is copied.
        compute: gives the features of a prefix; left out, they are computed here.
    """

    def __init__(
        self,
        most_bytes: int | None = None,
        compute: Callable[[Prefix, Pixels], Features] = compute_features,
    ) -> None:
        self._most_bytes = most_bytes
        self._compute = compute
        self._kept: OrderedDict[Hashable, tuple[Feed, int]] = OrderedDict()

    def pictures(self, pixels: Pixels) -> Feed:
        """The pictures of one image size; the texts of one length and vocabulary."""
        return self._take((pixels.x_train.shape[1:], pixels.tokenizer), lambda: pixels)

    def features(self, prefix: Prefix, pixels: Pixels) -> Feed:
        """The features of the pictures behind a prefix."""
        return self._take(prefix, lambda: self._compute(prefix, pixels))

    def _take(self, key: Hashable, make: Callable[[], Pixels | Features]) -> Feed:
        if key not in self._kept:
            source = make()
            size = source.bytes
            copied = self._most_bytes is None or size <= min(self._most_bytes, _copied_of(source))
            self._make_room(size if copied else 0)
            self._kept[key] = Feed(source, copied), size if copied else 0
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def _make_room(self, size: int) -> None:
        while self._kept and (len(self._kept) >= _MOST or self._copied + size > (self._most_bytes or float("inf"))):
            self._kept.popitem(last=False)

    @property
    def _copied(self) -> int:
        return sum(size for _, size in self._kept.values())


def _copied_of(source: Pixels | Features) -> float:
    """The bytes up to which a source is worth a copy in every process that uses it."""
    return _MAPPED if source.is_mapped else float("inf")
