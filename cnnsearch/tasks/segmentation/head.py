"""Losses and masks in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.tasks.contract.heads import Judged, Moving
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.mixed import both
from cnnsearch.tasks.segmentation import losses
from cnnsearch.tasks.segmentation.masks import VOID
from cnnsearch.tasks.segmentation.spec import LOSSES, SEGMENTATION

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["MaskHead", "make"]


class MaskHead:
    """A class for each pixel, by logits.

    Args:
        settings: the parameters of the task, of the structure.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._parts = LOSSES[settings["mask_loss"]]
        self._settings = settings

    def value_shape(self, name: str) -> tuple[int, ...]:  # noqa: ARG002 - none has another shape
        return ()

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> None:  # noqa: ARG002 - a picture has many classes
        return None

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:
        known = losses.known_pixels(targets)
        found = [self._loss(part, outputs, known, values) for part in self._parts]
        return sum(found[1:], start=found[0])

    def mixed(
        self, targets: tf.Tensor, others: tf.Tensor, shares: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
        """Both masks, each by its share of the picture."""
        return both(targets, others, shares)

    def moved(self, targets: tf.Tensor, movement: Moving) -> tf.Tensor:
        """Of what was not in the picture nothing is known."""
        return movement.nearest(targets, VOID)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor]:
        """Of each picture the share of its pixels whose class is told."""
        import tensorflow as tf

        indices, known = losses.known_pixels(targets)
        right = tf.cast(tf.equal(tf.argmax(outputs, -1, output_type=tf.int32), indices), tf.float32) * known
        shares = tf.reduce_sum(right, (1, 2)) / tf.maximum(tf.reduce_sum(known, (1, 2)), 1.0)
        return (tf.reduce_sum(shares),)

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        """By cross-entropy whatever was trained by, so that the loss compares all trials."""
        import tensorflow as tf

        of_pictures = losses.cross_entropy(tf.convert_to_tensor(outputs), *losses.known_pixels(targets))
        masks = tf.cast(tf.argmax(outputs, -1, output_type=tf.int32), tf.uint8)
        return Judged(of_pictures, {"masks": masks, "losses": of_pictures}, {})

    def exported(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Softmax(name=SEGMENTATION.output)(outputs)

    def refused(self, outputs: np.ndarray) -> str | None:
        if (outputs >= 0).all() and np.allclose(outputs.sum(axis=-1), 1.0, atol=1e-3):
            return "gives probabilities: its last layer must end in none, as the task makes them of its outputs"
        return None

    def _loss(
        self,
        part: str,
        outputs: tf.Tensor,
        known: tuple[tf.Tensor, tf.Tensor],
        values: Mapping[str, RuntimeValue],
    ) -> tf.Tensor:
        if part == "cross_entropy":
            return losses.cross_entropy(outputs, *known)
        if part == "focal":
            return losses.focal(outputs, *known, self._number("mask_focal_gamma", values))
        return losses.tversky(outputs, *known, 0.5 if part == "dice" else self._number("tversky_misses", values))

    def _number(self, name: str, values: Mapping[str, RuntimeValue]) -> Any:
        return values[name].tensor if name in values else self._settings[name]


def make(outputs: Outputs, settings: Mapping[str, Any]) -> MaskHead:  # noqa: ARG001 - they follow from the tensors
    """See :meth:`TaskSpec.head <cnnsearch.tasks.task.TaskSpec.head>`."""
    return MaskHead(settings)
