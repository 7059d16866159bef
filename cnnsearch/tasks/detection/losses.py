"""Losses of boxes and scores in the graph, of each picture over the places that learn a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsearch.tasks.detection.assignment import Assigned
from cnnsearch.tasks.detection.geometry import generalised

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["of_boxes", "of_scores"]

_LEAST = 1e-7
"""Below it the gradient of a power under 1 would have no end."""


def of_boxes(boxes: tf.Tensor, assigned: Assigned, is_generalised: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Loss ``(batch,)``, the mean over the places that learn one, and IoU ``(batch, places)``.

    Args:
        boxes: as they are told, ``(batch, places, 4)``.
        assigned: what they learn.
        is_generalised: whether it is of the generalised IoU.
    """
    import tensorflow as tf

    overlap, wider = generalised(boxes, assigned.rows[..., :4])
    lost = 1.0 - (wider if is_generalised else overlap)
    return tf.reduce_sum(lost * assigned.learns, 1) / _learning(assigned), overlap


def of_scores(logits: tf.Tensor, assigned: Assigned, aims: tf.Tensor, gamma: Any, alpha: Any) -> tf.Tensor:
    """Focal loss ``(batch,)``, the sum over all places and classes over the number of places that learn a box.

    Lin et al. 2017, equation 5, and where ``aims`` are below 1 as Li et al. 2020, equation 2.

    Args:
        logits: ``(batch, places, classes)``.
        assigned: what they learn.
        aims: what the score of the class learns, where there is one: ``(batch, places)`` from 0 to 1.
        gamma, alpha: one number each.
    """
    import tensorflow as tf

    classes = tf.one_hot(tf.cast(assigned.rows[..., 4], tf.int32), logits.shape[-1]) * assigned.learns[..., tf.newaxis]
    targets = classes * aims[..., tf.newaxis]
    away = tf.maximum(tf.abs(targets - tf.nn.sigmoid(logits)), _LEAST)
    lost = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits) * tf.pow(away, gamma)
    weights = (classes * alpha + (1.0 - classes) * (1.0 - alpha)) * assigned.counts[..., tf.newaxis]
    return tf.reduce_sum(lost * weights, (1, 2)) / _learning(assigned)


def _learning(assigned: Assigned) -> tf.Tensor:
    """Places that learn a box, at least 1."""
    import tensorflow as tf

    return tf.maximum(tf.reduce_sum(assigned.learns, 1), 1.0)
