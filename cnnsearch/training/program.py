"""Program: the compiled training and evaluation functions of one architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.training.optimizer import build_optimizer

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

__all__ = ["Program"]

_EVALUATION_BATCH = 256


class Program:
    """A model, its optimizer, and two compiled functions that each go over a whole array in memory.

    One call an epoch instead of one a batch: on small networks the calls cost more than the arithmetic.

    Args:
        model: from pictures at rest to logits ``(batch, classes)``.
        config: every training parameter with its value.
        classes: number of classes.
        dtype: of the pictures at rest, as ``uint8``.
    """

    def __init__(self, model: keras.Model, config: Mapping[str, Any], classes: int, dtype: str) -> None:
        import tensorflow as tf

        self.model = model
        self.optimizer = build_optimizer(config)
        self.optimizer.build(model.trainable_variables)
        self._batch_size: int = config["batch_size"]
        self._smoothing: float = config["label_smoothing"]
        self._classes = classes
        # Numbers of steps and pictures vary between calls: a signature that leaves them open is traced once.
        pictures = tf.TensorSpec((None, *model.input_shape[1:]), dtype)
        indices = tf.TensorSpec((None,), tf.int32)
        rates = tf.TensorSpec((None,), tf.float32)
        self._train = tf.function(self._train_epoch, input_signature=(pictures, indices, indices, rates))
        self._evaluate = tf.function(self._evaluate_all, input_signature=(pictures, indices))

    def train_epoch(
        self, x: tf.Tensor, y: tf.Tensor, order: np.ndarray, learning_rates: np.ndarray
    ) -> tuple[float, float]:
        """Train on every picture once; the last step takes what is left.

        Args:
            x: pictures at rest, ``(n, height, width, channels)``.
            y: labels, ``(n,)`` int32.
            order: indices into both, in the order in which they are trained on, int32.
            learning_rates: one a step, float32.

        Returns:
            Mean loss (regularisation included, as ``keras.Model.fit`` reports it) and accuracy over the epoch.
        """
        import tensorflow as tf

        loss, hits = self._train(x, y, tf.constant(order, tf.int32), tf.constant(learning_rates, tf.float32))
        return float(loss), float(hits)

    def evaluate(self, x: tf.Tensor, y: tf.Tensor) -> tuple[float, np.ndarray]:
        """Mean loss (regularisation included) and probabilities ``(n, classes)`` float32, in inference mode."""
        loss, probabilities = self._evaluate(x, y)
        return float(loss), probabilities.numpy()

    def _train_epoch(
        self, x: tf.Tensor, y: tf.Tensor, order: tf.Tensor, learning_rates: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        count = tf.shape(order)[0]
        loss_sum = tf.constant(0.0)
        hit_sum = tf.constant(0.0)
        for step in tf.range(tf.shape(learning_rates)[0]):
            batch = order[step * self._batch_size : tf.minimum((step + 1) * self._batch_size, count)]
            self.optimizer.learning_rate.assign(learning_rates[step])
            loss, hits = self._train_step(tf.gather(x, batch), tf.gather(y, batch))
            size = tf.cast(tf.shape(batch)[0], tf.float32)
            loss_sum += loss * size
            hit_sum += hits
        total = tf.cast(count, tf.float32)
        return loss_sum / total, hit_sum / total

    def _train_step(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        targets = tf.one_hot(y, self._classes)
        targets = targets * (1.0 - self._smoothing) + self._smoothing / self._classes
        with tf.GradientTape() as tape:
            logits = self.model(tf.cast(x, tf.float32), training=True)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            loss += self._penalty()
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, _hits(logits, y)

    def _evaluate_all(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        count = tf.shape(x)[0]
        steps = (count + _EVALUATION_BATCH - 1) // _EVALUATION_BATCH
        chunks = tf.TensorArray(tf.float32, steps, infer_shape=False, element_shape=(None, self._classes))
        for step in tf.range(steps):
            batch = x[step * _EVALUATION_BATCH : tf.minimum((step + 1) * _EVALUATION_BATCH, count)]
            chunks = chunks.write(step, self.model(tf.cast(batch, tf.float32), training=False))
        logits = chunks.concat()
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
        return tf.reduce_mean(losses) + self._penalty(), tf.nn.softmax(logits)

    def _penalty(self) -> tf.Tensor:
        """Sum of the regularisation losses, 0 where there are none."""
        import tensorflow as tf

        return tf.add_n(self.model.losses) if self.model.losses else tf.constant(0.0)


def _hits(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_sum(tf.cast(tf.argmax(logits, -1, tf.int32) == y, tf.float32))
