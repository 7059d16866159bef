"""Losses of masks in the graph, of each picture the mean over its pixels or classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.tasks.segmentation.masks import VOID

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["cross_entropy", "focal", "known_pixels", "tversky"]

_SMOOTH = 1.0
"""Pixels that are added to both sides of an overlap, so that a class that is nowhere loses nothing."""


def known_pixels(targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Indices of classes, int32, and which pixels count, float32; both ``(batch, height, width)``."""
    import tensorflow as tf

    is_known = targets != VOID
    return tf.where(is_known, tf.cast(targets, tf.int32), 0), tf.cast(is_known, tf.float32)


def cross_entropy(outputs: tf.Tensor, indices: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """``(batch,)``; arguments as of :func:`known_pixels`, and logits."""
    import tensorflow as tf

    return _mean(tf.nn.sparse_softmax_cross_entropy_with_logits(indices, outputs), known)


def focal(outputs: tf.Tensor, indices: tf.Tensor, known: tf.Tensor, gamma: tf.Tensor | float) -> tf.Tensor:
    """Lin et al. 2017, equation 4: the surer a pixel is right, the less it counts."""
    import tensorflow as tf

    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(indices, outputs)
    # Not quite 0, where the power of a number below 1 has no slope.
    wrong = tf.clip_by_value(-tf.math.expm1(-losses), 1e-7, 1.0)
    return _mean(wrong**gamma * losses, known)


def tversky(outputs: tf.Tensor, indices: tf.Tensor, known: tf.Tensor, misses: tf.Tensor | float) -> tf.Tensor:
    """Salehi et al. 2017: 1 less the mean over the classes; with a weight of misses of 0.5 the loss of Dice."""
    import tensorflow as tf

    told = tf.nn.softmax(outputs) * known[..., tf.newaxis]
    true = tf.one_hot(indices, outputs.shape[-1]) * known[..., tf.newaxis]
    both, of_true, of_told = (tf.reduce_sum(each, (1, 2)) for each in (told * true, true, told))
    missed, beyond = of_true - both, of_told - both
    overlap = (both + _SMOOTH) / (both + misses * missed + (1.0 - misses) * beyond + _SMOOTH)
    return 1.0 - tf.reduce_mean(overlap, axis=-1)


def _mean(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """Over the pixels that count; 0 where none does."""
    import tensorflow as tf

    return tf.reduce_sum(values * known, (1, 2)) / tf.maximum(tf.reduce_sum(known, (1, 2)), 1.0)
