"""Cross-entropy of each label by itself, and what is kept of it, in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.imbalance import draws, positive_weights, times_drawn
from cnnsearch.tasks.mixed import both
from cnnsearch.tasks.multilabel.spec import MULTILABEL
from cnnsearch.tasks.taught import taught_labels

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["LabelHead", "make"]


class LabelHead:
    """Logits, one a label.

    Args:
        labels: number of them.
    """

    def __init__(self, labels: int) -> None:
        self._labels = labels

    def value_shape(self, name: str) -> tuple[int, ...]:
        return (self._labels,) if name == "positive_weights" else ()

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:
        """Weights of positives: balanced, how many training pictures do not have the label for each that has it."""
        times = times_drawn(self.draws(config, targets))
        # Sums of shares may be above all pictures by rounding, and what is left is then below none.
        positives = (
            targets.sum(axis=0, dtype=np.int64) if times is None else np.minimum(targets.T @ times, len(targets))
        )
        kind, beta = config["positive_weights"], config["positive_weights_beta"]
        return {"positive_weights": positive_weights(kind, positives, len(targets), beta)}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> np.ndarray | None:
        """By the rarest label of each picture, as repeat-factor sampling (Gupta et al. 2019); none is a kind too."""
        has = targets.astype(bool)
        of_label = np.where(has, has.sum(axis=0), len(has)).min(axis=1)
        return draws(config, np.where(has.any(axis=1), of_label, (~has.any(axis=1)).sum()))

    def refused(self, outputs: np.ndarray) -> str | None:
        """Logits may be any numbers; those that share out 1 among the labels come from softmax."""
        if outputs.shape[1] > 1 and (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1.0, atol=1e-3):
            return (
                "gives probabilities that sum to 1 over the labels, as of softmax, and each label has a probability of "
                "its own: leave softmax out; the exported model gets sigmoid"
            )
        return None

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:
        """Mean over the labels of the cross-entropy of each, ``(batch,)``."""
        import tensorflow as tf

        from cnnsearch.tasks.focal import focal_of_logits

        true = tf.cast(targets, tf.float32)
        aims = true
        if "label_smoothing" in values:
            smoothing = values["label_smoothing"].tensor
            aims = true * (1.0 - smoothing) + smoothing / 2.0
        losses = tf.nn.sigmoid_cross_entropy_with_logits(aims, outputs)
        if "focal_gamma" in values:
            losses *= focal_of_logits(aims, outputs, values["focal_gamma"].tensor)
        if "positive_weights" in values:
            losses *= 1.0 + true * (values["positive_weights"].tensor - 1.0)
        return tf.reduce_mean(losses, axis=-1)

    def taught(self, outputs: tf.Tensor, told: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Mean over the labels."""
        import tensorflow as tf

        return tf.reduce_mean(taught_labels(outputs, told, temperature), axis=-1)

    def mixed(
        self, targets: tf.Tensor, others: tf.Tensor, shares: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
        return both(targets, others, shares)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, ...]:  # noqa: ARG002 - as of every head
        """None: at no threshold is the training split told of."""
        return ()

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        import tensorflow as tf

        return Judged(self.losses(outputs, targets, {}), {"probabilities": tf.nn.sigmoid(outputs)}, {})

    def exported(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Activation("sigmoid", name=MULTILABEL.output)(outputs)


def make(outputs: Outputs, settings: Mapping[str, Any]) -> LabelHead:  # noqa: ARG001 - nothing of them shapes the graph
    """See :meth:`TaskSpec.head <cnnsearch.tasks.task.TaskSpec.head>`."""
    return LabelHead(outputs.width)
