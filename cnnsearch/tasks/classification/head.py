"""Cross-entropy of logits, and what is counted of them, in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.imbalance import class_weights, draws, times_drawn
from cnnsearch.tasks.mixed import both
from cnnsearch.tasks.taught import taught_classes

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["ClassHead", "make"]


class ClassHead:
    """Logits, one a class.

    Args:
        classes: number of them.
    """

    def __init__(self, classes: int) -> None:
        self._classes = classes

    def value_shape(self, name: str) -> tuple[int, ...]:
        return (self._classes,) if name == "class_weights" else ()

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:
        counts = np.bincount(targets, times_drawn(self.draws(config, targets)), minlength=self._classes)
        return {"class_weights": class_weights(config["class_weights"], counts, config["class_weights_beta"])}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> np.ndarray | None:
        return draws(config, np.bincount(targets, minlength=self._classes)[targets])

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:
        """Cross-entropy of each picture, ``(batch,)``; label smoothing as in Szegedy et al. 2016."""
        import tensorflow as tf

        from cnnsearch.tasks.focal import focal_of_classes

        if "focal_gamma" in values:
            losses = focal_of_classes(self._shares(targets, values), outputs, values["focal_gamma"].tensor)
        elif "label_smoothing" in values:
            losses = tf.nn.softmax_cross_entropy_with_logits(self._shares(targets, values), outputs)
        else:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
        if "class_weights" in values:
            losses *= tf.gather(values["class_weights"].tensor, targets)
        return losses

    def _shares(self, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:
        """Of the classes, ``(batch, classes)``."""
        import tensorflow as tf

        rows = tf.one_hot(targets, self._classes)
        if "label_smoothing" in values:
            smoothing = values["label_smoothing"].tensor
            rows = rows * (1.0 - smoothing) + smoothing / self._classes
        return rows

    def taught(self, outputs: tf.Tensor, told: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        return taught_classes(outputs, told, temperature)

    def mixed(
        self, targets: tf.Tensor, others: tf.Tensor, shares: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
        return both(targets, others, shares)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor]:
        """Hits."""
        import tensorflow as tf

        return (tf.reduce_sum(tf.cast(tf.argmax(outputs, -1, tf.int32) == targets, tf.float32)),)

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        import tensorflow as tf

        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
        probabilities = tf.nn.softmax(outputs)
        # Of these and not of the logits, of which two may differ by less than probabilities can: a model's file and
        # kept predictions know probabilities only, and must decide as the trial did.
        decided = tf.argmax(probabilities, -1, tf.int32)
        # tf.math.confusion_matrix is the same with checks, which take a sixth of the time in which a graph is made.
        places = tf.stack([targets, decided], axis=1)
        confusion = tf.scatter_nd(places, tf.ones_like(decided), (self._classes, self._classes))
        return Judged(losses, {"probabilities": probabilities}, {"confusion": confusion})

    def exported(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Softmax(name=CLASSIFICATION.output)(outputs)

    def refused(self, outputs: np.ndarray) -> str | None:
        if (outputs < 0.0).any() or not np.allclose(outputs.sum(axis=1), 1.0, atol=1e-3):
            return None
        return (
            "gives probabilities (for each picture they are at least 0 and sum to 1), and the loss takes logits: leave "
            "out what makes them probabilities; the exported model gets softmax"
        )


def make(outputs: Outputs, settings: Mapping[str, Any]) -> ClassHead:  # noqa: ARG001 - nothing of them shapes the graph
    """See :meth:`TaskSpec.head <cnnsearch.tasks.task.TaskSpec.head>`."""
    return ClassHead(outputs.width)
