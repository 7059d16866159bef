"""Assignment: which places of a network learn which true boxes. Of static shapes, over all padded rows at once.

A true box is a row ``x0, y0, x1, y1, class`` of a target, ``(batch, rows, 5)``; rows of -1 are none. A place is known
by its prior, a box of the size that it is meant for around its centre: ``(batch, places, 4)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsearch.tasks.detection.geometry import areas, overlaps

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Assigned", "by_centre", "by_overlap"]

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

    boxes, is_there, places = targets[:, :, tf.newaxis, :4], _is_there(targets), priors[:, tf.newaxis]
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 1e-3)
    misfits = tf.reduce_sum(tf.math.log((places[..., 2:] - places[..., :2]) / sides) ** 2, -1)
    fits = misfits <= tf.reduce_min(misfits, -1, keepdims=True) + 1e-4
    away = tf.abs((places[..., 2:] + places[..., :2]) - (boxes[..., 2:] + boxes[..., :2])) / 2
    distances = tf.where(fits, tf.reduce_sum(away**2, -1), float("inf"))
    is_nearest = distances <= tf.reduce_min(distances, -1, keepdims=True)
    is_within = tf.reduce_all(away <= share * sides / 2, -1)
    claimed = is_there & fits & (is_within | is_nearest)
    sizes = tf.where(claimed, areas(boxes), float("inf"))
    learns = tf.reduce_any(claimed, 1)
    return _assigned(targets, tf.argmin(sizes, 1, tf.int32), learns, tf.ones_like(learns))


def by_overlap(targets: tf.Tensor, priors: tf.Tensor, least: Any) -> Assigned:
    """Places whose prior overlaps a box enough, and of each box the best (Liu et al. 2016, section 2.2).

    Args:
        targets, priors: see above.
        least: IoU from which it is enough.
    """
    import tensorflow as tf

    found = overlaps(targets[:, :, tf.newaxis, :4], priors[:, tf.newaxis])
    found = tf.where(_is_there(targets), found, -1.0)
    is_best = (found >= tf.reduce_max(found, -1, keepdims=True)) & (found > 0.0)
    # A prior that is the best of one box is not taken away by another one that it overlaps more.
    claims = found + 2.0 * tf.cast(is_best, tf.float32)
    most = tf.reduce_max(claims, 1)
    learns = most >= least
    return _assigned(targets, tf.argmax(claims, 1, tf.int32), learns, learns | (most < least - _IGNORED))


def _is_there(targets: tf.Tensor) -> tf.Tensor:
    """``(batch, rows, 1)``."""
    return targets[:, :, 4:5] >= 0.0


def _assigned(targets: tf.Tensor, numbers: tf.Tensor, learns: tf.Tensor, counts: tf.Tensor) -> Assigned:
    import tensorflow as tf

    rows = tf.gather(targets, numbers, batch_dims=1)
    return Assigned(rows, tf.cast(learns, tf.float32), tf.cast(counts, tf.float32))
