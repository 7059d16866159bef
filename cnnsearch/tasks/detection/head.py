"""Losses and boxes in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.inputs.pictures.augmentation.mosaic import Mosaic
from cnnsearch.tasks.contract.heads import Judged, Moving
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.detection import losses
from cnnsearch.tasks.detection.assignment import Assigned, by_centre, by_overlap
from cnnsearch.tasks.detection.moving import joined, moved
from cnnsearch.tasks.detection.parameters import MOSAIC
from cnnsearch.tasks.detection.spec import DETECTION
from cnnsearch.tasks.detection.suppression import GEOMETRY, detections

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["BoxHead", "make"]

_GAMMA, _ALPHA = 2.0, 0.25
"""Of the focal loss by which trials are judged."""

_JUDGED = {"centre_share": 0.5, "matching_overlap": 0.5}
"""By what places are assigned there, whatever was trained by."""

_NUMBERS = ("centre_share", "matching_overlap", "box_loss_weight", "detection_focal_gamma", "detection_focal_alpha")


class BoxHead:
    """Boxes with classes, by what a network tells at each of its places.

    Args:
        settings: the parameters of the task, of the structure.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def value_shape(self, name: str) -> tuple[int, ...]:  # noqa: ARG002 - none has another shape
        return ()

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> None:  # noqa: ARG002 - a picture has many classes
        return None

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:
        numbers = {name: self._number(name, values) for name in _NUMBERS}
        of_boxes, overlap, assigned = self._boxes(outputs, targets, numbers, self._settings["box_loss"] == "giou")
        aims = _aims(overlap, self._settings["score_target"])
        gamma, alpha = numbers["detection_focal_gamma"], numbers["detection_focal_alpha"]
        of_scores = losses.of_scores(outputs[..., GEOMETRY:], assigned, aims, gamma, alpha)
        return of_scores + numbers["box_loss_weight"] * of_boxes

    def moved(self, targets: tf.Tensor, movement: Moving) -> tf.Tensor:
        return moved(targets, movement)

    def combined(
        self,
        pictures: tf.Tensor,
        targets: tf.Tensor,
        weights: tf.Tensor | None,
        values: Mapping[str, RuntimeValue],
        seed: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
        """See :class:`cnnsearch.tasks.contract.heads.Combining`: some of them as mosaics."""
        found, quarters = Mosaic(values[MOSAIC].tensor)(pictures, seed)
        return found, joined(targets, quarters), None if weights is None else quarters.means(weights)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, ...]:  # noqa: ARG002
        """Nothing: what is told of training pictures would take suppression in every step."""
        return ()

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        """By focal loss and generalised IoU with the weights of their papers, whatever was trained by."""
        import tensorflow as tf

        outputs = tf.convert_to_tensor(outputs)
        of_boxes, _, assigned = self._boxes(outputs, targets, _JUDGED, is_generalised=True)
        of_scores = losses.of_scores(outputs[..., GEOMETRY:], assigned, assigned.learns, _GAMMA, _ALPHA)
        found = of_scores + of_boxes
        return Judged(found, {"detections": self._told(outputs), "losses": found}, {})

    def exported(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Activation("linear", name=DETECTION.output)(self._told(outputs))

    def refused(self, outputs: np.ndarray) -> str | None:
        if outputs.ndim != 3 or outputs.shape[2] <= GEOMETRY:
            return (
                "gives no boxes: it must give (batch, places, 8 + classes), of each place the box that it tells, the "
                "place's prior and a logit of each class"
            )
        if (outputs[..., 6:8] <= outputs[..., 4:6]).any():
            return "gives priors without a size: numbers 4 to 7 of a place are x0, y0, x1, y1 in pixels"
        return None

    def _told(self, outputs: Any) -> Any:
        asked = self._settings
        return detections(outputs, asked["max_detections"], asked["score_threshold"], asked["suppression_overlap"])

    def _boxes(
        self, outputs: tf.Tensor, targets: tf.Tensor, numbers: Mapping[str, Any], is_generalised: bool
    ) -> tuple[tf.Tensor, tf.Tensor, Assigned]:
        """Loss of boxes, the IoU of each with what it learns, and what that is."""
        priors = outputs[..., 4:GEOMETRY]
        if self._settings["box_assignment"] == "centre":
            assigned = by_centre(targets, priors, numbers["centre_share"])
        else:
            assigned = by_overlap(targets, priors, numbers["matching_overlap"])
        return *losses.of_boxes(outputs[..., :4], assigned, is_generalised), assigned

    def _number(self, name: str, values: Mapping[str, RuntimeValue]) -> Any:
        return values[name].tensor if name in values else self._settings[name]


def _aims(overlap: tf.Tensor, kind: str) -> tf.Tensor:
    """What scores learn; their gradient is none of the boxes'."""
    import tensorflow as tf

    return tf.stop_gradient(overlap) if kind == "overlap" else tf.ones_like(overlap)


def make(outputs: Outputs, settings: Mapping[str, Any]) -> BoxHead:  # noqa: ARG001 - they follow from the tensors
    """See :meth:`TaskSpec.head <cnnsearch.tasks.task.TaskSpec.head>`."""
    return BoxHead(settings)
