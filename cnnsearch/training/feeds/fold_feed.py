"""FoldFeed: what one fold of a trial trains on and is judged by, out of the feed that all folds share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnsearch.data.folds import Fold
from cnnsearch.training.features.features import PrefixCost
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.programs.program import Piece

__all__ = ["FoldFeed"]


class FoldFeed:
    """As of :class:`~cnnsearch.training.feeds.feed.Feed`: the same batches as of one of the fold's own pictures alone.

    Args:
        feed: of all pictures.
        fold: which of them train, and which judge.
    """

    def __init__(self, feed: Feed, fold: Fold) -> None:
        self._feed = feed
        self._fold = fold

    @property
    def is_copied(self) -> bool:
        """As of the feed."""
        return self._feed.is_copied

    @property
    def prefix(self) -> PrefixCost | None:
        """As of the feed, with the share of the seconds that the fold's validation pictures would take."""
        cost = self._feed.prefix
        share = len(self._fold.validation) / self._feed.count
        return None if cost is None else replace(cost, validation_seconds=share * cost.seconds)

    @property
    def count(self) -> int:
        """Training pictures."""
        return len(self._fold.train)

    def rows(self, seed: int, epoch: int, weights: np.ndarray | None = None) -> np.ndarray:
        """The order of the fold's training pictures, as rows of the feed; ``weights`` are of these."""
        order = self._feed.drawn(seed, epoch, self.count, weights)
        rows: np.ndarray = self._fold.train[order % self.count] + self._feed.count * (order // self.count)
        return rows

    def training(self, order: np.ndarray, batch_size: int) -> Iterable[Piece]:
        """As of the feed."""
        return self._feed.training(order, batch_size)

    def validation(self) -> Iterable[tuple[Any, Any]]:
        """The fold's validation pictures in pieces."""
        return self._feed.judging(self._fold.validation)

    def one(self) -> tuple[Any, Any]:
        """As of the feed."""
        return self._feed.one()
