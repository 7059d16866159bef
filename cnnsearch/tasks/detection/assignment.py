"""Assignment: which places of a network learn which true boxes.

A true box is a row ``x0, y0, x1, y1, class`` of a target, ``(batch, rows, 5)``; rows of -1 are none, and a crowd has a
class below that. A place is known by its prior, a box of the size that it is meant for around its centre: ``(batch,
places, 4)``. Each place takes the row that claims it most. Pairs of rows and places are looked at some rows at a time,
and no further than any picture of the batch has rows: one with very many would fill the memory for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsearch.tasks.detection.geometry import areas, overlaps

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Assigned", "by_centre", "by_overlap"]

_ROWS = 16
"""Rows of each picture that are looked at at once."""

_CROWDED = 0.5
"""Share of a prior in a crowd from which its scores learn nothing where it learns no box: what is told there may be one
of the crowd."""

_IGNORED = 0.1
"""IoU below the one from which a prior learns a box, in which it is neither that box nor none (Girshick 2015)."""


class Assigned(NamedTuple):
    """What each place learns.

    Attributes:
        rows: ``(batch, places, 5)``, the true box; anything where there is none.
        learns: ``(batch, places)`` float32, 1 where there is one.
        counts: likewise, 0 where scores learn nothing.
    """

    rows: tf.Tensor
    learns: tf.Tensor
    counts: tf.Tensor


def by_centre(targets: tf.Tensor, priors: tf.Tensor, share: Any) -> Assigned:
    """Places whose centre lies in the middle of a box, of those whose priors are next to its size (Kong et al. 2020).

    The nearest of these to its centre always learns it; where several boxes claim a place, the smallest has it.

    Args:
        targets, priors: see above.
        share: sides of the middle over those of the box.
    """
    import tensorflow as tf

    def claims(rows: tf.Tensor, priors: tf.Tensor) -> tf.Tensor:
        boxes, places = rows[:, :, tf.newaxis, :4], priors[:, tf.newaxis]
        sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 1e-3)
        misfits = tf.reduce_sum(tf.math.log((places[..., 2:] - places[..., :2]) / sides) ** 2, -1)
        fits = misfits <= tf.reduce_min(misfits, -1, keepdims=True) + 1e-4
        away = tf.abs((places[..., 2:] + places[..., :2]) - (boxes[..., 2:] + boxes[..., :2])) / 2
        distances = tf.where(fits, tf.reduce_sum(away**2, -1), float("inf"))
        is_nearest = distances <= tf.reduce_min(distances, -1, keepdims=True)
        is_within = tf.reduce_all(away <= share * sides / 2, -1)
        return tf.where(_is_there(rows) & fits & (is_within | is_nearest), -areas(boxes), -float("inf"))

    found = _claimed(targets, priors, claims)
    learns = found.most > -float("inf")
    return _assigned(targets, found, learns, tf.ones_like(learns))


def by_overlap(targets: tf.Tensor, priors: tf.Tensor, least: Any) -> Assigned:
    """Places whose prior overlaps a box enough, and of each box the best (Liu et al. 2016, section 2.2).

    Args:
        targets, priors: see above.
        least: IoU from which it is enough.
    """
    import tensorflow as tf

    def claims(rows: tf.Tensor, priors: tf.Tensor) -> tf.Tensor:
        found = overlaps(rows[:, :, tf.newaxis, :4], priors[:, tf.newaxis])
        found = tf.where(_is_there(rows), found, -1.0)
        is_best = (found >= tf.reduce_max(found, -1, keepdims=True)) & (found > 0.0)
        # A prior that is the best of one box is not taken away by another one that it overlaps more.
        return found + 2.0 * tf.cast(is_best, tf.float32)

    found = _claimed(targets, priors, claims)
    learns = found.most >= least
    return _assigned(targets, found, learns, found.most < least - _IGNORED)


class _Claimed(NamedTuple):
    """Of each place, ``(batch, places)``.

    Attributes:
        most: the strongest claim.
        rows: whose it is, the first one of several.
        crowded: 1 where it lies in a crowd.
    """

    most: tf.Tensor
    rows: tf.Tensor
    crowded: tf.Tensor


def _claimed(targets: tf.Tensor, priors: tf.Tensor, claims: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> _Claimed:
    """By the claims ``(batch, rows, places)`` of some rows, which know nothing of others."""
    import tensorflow as tf

    priors = tf.stop_gradient(priors)

    def of(rows: tf.Tensor) -> _Claimed:
        found = claims(rows, priors)
        return _Claimed(tf.reduce_max(found, 1), tf.argmax(found, 1, tf.int32), _crowded(rows, priors))

    count = int(targets.shape[1])
    if count <= _ROWS:
        return of(targets)
    padded = tf.pad(targets, [[0, 0], [0, -count % _ROWS], [0, 0]], constant_values=-1.0)
    used = tf.reduce_any(padded[:, :, 4] != -1.0, 0)
    end = tf.reduce_max(tf.where(used, tf.range(1, padded.shape[1] + 1), 0))

    def block(first: tf.Tensor) -> _Claimed:
        return of(tf.slice(padded, [0, first, 0], [-1, _ROWS, -1]))

    def joined(first: tf.Tensor, before: _Claimed) -> tuple[tf.Tensor, _Claimed]:
        found = block(first)
        is_more = found.most > before.most
        rows = tf.where(is_more, first + found.rows, before.rows)
        crowded = tf.maximum(before.crowded, found.crowded)
        return first + _ROWS, _Claimed(tf.maximum(before.most, found.most), rows, crowded)

    _, found = tf.while_loop(lambda first, _: first < end, joined, (tf.constant(_ROWS), block(tf.constant(0))))
    return _Claimed(*found)


def _crowded(rows: tf.Tensor, priors: tf.Tensor) -> tf.Tensor:
    """``(batch, places)`` float32; pairs are looked at where there is any crowd."""
    import tensorflow as tf

    crowds = rows[:, :, 4:5] < -1.0

    def looked_at() -> tf.Tensor:
        boxes, places = rows[:, :, tf.newaxis, :4], priors[:, tf.newaxis]
        sides = tf.minimum(boxes[..., 2:], places[..., 2:]) - tf.maximum(boxes[..., :2], places[..., :2])
        sides = tf.maximum(sides, 0.0)
        is_within = crowds & (sides[..., 0] * sides[..., 1] >= _CROWDED * areas(places))
        return tf.cast(tf.reduce_any(is_within, 1), tf.float32)

    return tf.cond(tf.reduce_any(crowds), looked_at, lambda: tf.zeros_like(priors[..., 0] + rows[:, :1, 0]))


def _is_there(targets: tf.Tensor) -> tf.Tensor:
    """``(batch, rows, 1)``."""
    return targets[:, :, 4:5] >= 0.0


def _assigned(targets: tf.Tensor, found: _Claimed, learns: tf.Tensor, is_other: tf.Tensor) -> Assigned:
    """``is_other``: places that learn that nothing is there, outside of crowds."""
    import tensorflow as tf

    rows = tf.gather(targets, found.rows, batch_dims=1)
    counts = learns | (is_other & (found.crowded == 0.0))
    return Assigned(rows, tf.cast(learns, tf.float32), tf.cast(counts, tf.float32))
