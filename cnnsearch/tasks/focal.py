"""Focal loss (Lin et al. 2017), as Keras has it with ``alpha`` 1, of logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["focal_of_classes", "focal_of_logits"]

_LEAST = 1e-7
"""Below it the gradient of a power under 1 would have no end."""


def focal_of_logits(shares: tf.Tensor, logits: tf.Tensor, gamma: tf.Tensor) -> tf.Tensor:
    """What the cross-entropy of each sigmoid is multiplied by: how far it is from the truth, to the power of gamma.

    Args:
        shares: the truth, from 0 to 1, smoothed or not.
        logits: of the same shape.
        gamma: one number.
    """
    import tensorflow as tf

    probabilities = tf.nn.sigmoid(logits)
    missed = shares * (1.0 - probabilities) + (1.0 - shares) * probabilities
    return tf.pow(tf.maximum(missed, _LEAST), gamma)


def focal_of_classes(rows: tf.Tensor, logits: tf.Tensor, gamma: tf.Tensor) -> tf.Tensor:
    """Focal cross-entropy of softmax, ``(batch,)``.

    Args:
        rows: shares of the classes, ``(batch, classes)``.
        logits: likewise.
        gamma: one number.
    """
    import tensorflow as tf

    logarithms = tf.nn.log_softmax(logits)
    missed = tf.maximum(1.0 - tf.exp(logarithms), _LEAST)
    return -tf.reduce_sum(rows * tf.pow(missed, gamma) * logarithms, axis=-1)
