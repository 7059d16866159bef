"""Boxes of pictures that augmentation moved, or made mosaics of: what is still seen of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.tasks.detection.boxes import NOTHING
from cnnsearch.tasks.detection.geometry import areas

if TYPE_CHECKING:
    import tensorflow as tf

    from cnnsearch.inputs.pictures.augmentation.mosaic import Quarters
    from cnnsearch.tasks.contract.heads import Moving

__all__ = ["joined", "moved"]

_SEEN = 0.25
"""Share of a box that must be left of it in its picture, or in its part of a mosaic."""


def moved(targets: tf.Tensor, movement: Moving) -> tf.Tensor:
    """The boxes around what is still seen of each, ``(batch, rows, 6)``."""
    import tensorflow as tf

    height, width = movement.size
    sides = tf.constant([width, height, width, height], tf.float32)
    return _seen(targets, movement.hulls(targets[..., :4]), tf.zeros_like(sides), sides)


def joined(targets: tf.Tensor, quarters: Quarters) -> tf.Tensor:
    """Those of the four pictures of each mosaic, ``(batch, 4 rows, 6)``; rows of nothing are the last ones."""
    import tensorflow as tf

    rows = quarters.sources(targets)
    least, most = (tf.tile(each, (1, 1, 2))[:, :, tf.newaxis] for each in tf.split(quarters.windows, 2, axis=-1))
    found = _seen(rows, rows[..., :4] + quarters.shifts[:, :, tf.newaxis], least, most)
    found = tf.reshape(found, (-1, rows.shape[1] * rows.shape[2], rows.shape[3]))
    # Assignment looks no further than any picture has boxes.
    order = tf.argsort(tf.cast(found[..., 4] == NOTHING, tf.int32), axis=1, stable=True)
    return tf.gather(found, order, batch_dims=1)


def _seen(rows: tf.Tensor, boxes: tf.Tensor, least: tf.Tensor, most: tf.Tensor) -> tf.Tensor:
    """Rows with other boxes, cut off; one of which little is left is none, but where it is a crowd: objects of it may
    still be seen."""
    import tensorflow as tf

    seen = tf.clip_by_value(boxes, least, most)
    left = areas(seen)
    is_enough = (left >= _SEEN * areas(boxes)) | (rows[..., 4] < NOTHING)
    is_there = (rows[..., 4] != NOTHING) & (left > 0.0) & is_enough
    found = tf.where(is_there[..., tf.newaxis], tf.concat([seen, rows[..., 4:5]], -1), NOTHING)
    return tf.concat([found, rows[..., 5:]], -1)
