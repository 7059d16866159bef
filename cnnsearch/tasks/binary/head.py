"""Cross-entropy of one logit, and what is kept of it, in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.tasks.binary.spec import BINARY
from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.imbalance import class_weights, draws, times_drawn
from cnnsearch.tasks.mixed import both
from cnnsearch.tasks.taught import taught_labels

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["BinaryHead", "make"]


class BinaryHead:
    """One logit, ``(batch, 1)``: of the positive class against the other one."""

    def value_shape(self, name: str) -> tuple[int, ...]:
        return (2,) if name == "class_weights" else ()

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:
        counts = np.bincount(targets, times_drawn(self.draws(config, targets)), minlength=2)
        return {"class_weights": class_weights(config["class_weights"], counts, config["class_weights_beta"])}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> np.ndarray | None:
        return draws(config, np.bincount(targets, minlength=2)[targets])

    def refused(self, outputs: np.ndarray) -> str | None:  # noqa: ARG002 - a logit may be any number
        return None

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:
        """Cross-entropy of each picture, ``(batch,)``; label smoothing as in Szegedy et al. 2016."""
        import tensorflow as tf

        from cnnsearch.tasks.focal import focal_of_logits

        shares = tf.cast(targets, tf.float32)
        if "label_smoothing" in values:
            smoothing = values["label_smoothing"].tensor
            shares = shares * (1.0 - smoothing) + smoothing / 2
        losses = tf.nn.sigmoid_cross_entropy_with_logits(shares, outputs[:, 0])
        if "focal_gamma" in values:
            losses *= focal_of_logits(shares, outputs[:, 0], values["focal_gamma"].tensor)
        if "class_weights" in values:
            losses *= tf.gather(values["class_weights"].tensor, targets)
        return losses

    def taught(self, outputs: tf.Tensor, told: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        return taught_labels(outputs, told, temperature)[:, 0]

    def mixed(
        self, targets: tf.Tensor, others: tf.Tensor, shares: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
        return both(targets, others, shares)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[()]:  # noqa: ARG002 - training tells the loss alone
        return ()

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        import tensorflow as tf

        # In float32 equal logits differ in their last bit by their place in the batch, where vector instructions end:
        # what orders by probabilities would see a difference.
        probabilities = tf.cast(tf.nn.sigmoid(tf.cast(outputs[:, 0], tf.float64)), tf.float32)
        return Judged(self.losses(outputs, targets, {}), {"probabilities": probabilities}, {})

    def exported(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Activation("sigmoid", name=BINARY.output)(outputs)


def make(outputs: Outputs, settings: Mapping[str, Any]) -> BinaryHead:  # noqa: ARG001 - nothing of them shapes the graph
    """See :meth:`TaskSpec.head <cnnsearch.tasks.task.TaskSpec.head>`."""
    return BinaryHead()
