"""Losses by what another model tells, in the graph (Hinton, Vinyals, Dean 2015).

A model tells probabilities ``p``; those at a temperature ``T`` follow from them, as ``log p`` are its logits but for a
number that all classes share. The squared temperature gives the gradients the size of those by the targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["taught_classes", "taught_labels"]

_LEAST = 1e-30
"""Probability of a class that is taken for none: what is smaller float32 may not hold."""

_LEAST_LABEL = 1e-7
"""Likewise of a label, which may be as close to 1: a logit of 16."""


def taught_classes(outputs: tf.Tensor, told: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
    """Squared temperature times the divergence of the student's classes from the teacher's, ``(batch,)``.

    Args:
        outputs: logits of the student, ``(batch, classes)``.
        told: probabilities of the teacher, of the same shape.
        temperature: above 0.
    """
    import tensorflow as tf

    teacher = tf.nn.log_softmax(tf.math.log(tf.maximum(tf.cast(told, tf.float32), _LEAST)) / temperature)
    student = tf.nn.log_softmax(outputs / temperature)
    return tf.square(temperature) * tf.reduce_sum(tf.exp(teacher) * (teacher - student), axis=-1)


def taught_labels(outputs: tf.Tensor, told: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
    """The same of labels, each of which is there or not by itself, ``(batch, labels)``; arguments likewise."""
    import tensorflow as tf

    known = tf.clip_by_value(tf.cast(told, tf.float32), _LEAST_LABEL, 1.0 - _LEAST_LABEL)
    teacher = (tf.math.log(known) - tf.math.log1p(-known)) / temperature
    soft = tf.nn.sigmoid(teacher)
    of_student = tf.nn.sigmoid_cross_entropy_with_logits(soft, outputs / temperature)
    return tf.square(temperature) * (of_student - tf.nn.sigmoid_cross_entropy_with_logits(soft, teacher))
