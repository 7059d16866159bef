"""Pictures as a backbone was trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsearch.families.transfer.backbone_specs import IMAGENET_DEVIATION, IMAGENET_MEAN

if TYPE_CHECKING:
    from cnnsearch.families.transfer.backbones import Backbone

__all__ = ["as_trained_on"]

_CAFFE_MEAN = (103.939, 116.779, 123.68)
"""ImageNet's mean as Caffe has it: blue, green and red, 0 to 255."""


def as_trained_on(x: Any, backbone: Backbone, scale: float | list[float], offset: float | list[float]) -> Any:
    """Pictures at rest as the backbone was trained on them: one scaling, composed of the data's and its own."""
    import keras
    import numpy as np

    channels = int(backbone.model.inputs[0].shape[-1])
    if backbone.scaling == "none":
        return _widened(x, channels)
    mappings: dict[str, tuple[Any, Any]] = {
        "tf": (2.0, -1.0),
        "torch": (1.0 / np.array(IMAGENET_DEVIATION), -np.array(IMAGENET_MEAN) / np.array(IMAGENET_DEVIATION)),
        "caffe": (255.0, -np.array(_CAFFE_MEAN)[::-1]),
        "inside": (255.0, 0.0),
    }
    factor, shift = mappings[backbone.scaling]
    scales = np.broadcast_to(np.asarray(scale, np.float64), x.shape[-1:])
    offsets = np.broadcast_to(np.asarray(offset, np.float64), x.shape[-1:])
    x = _widened(x, channels)
    scales, offsets = (np.broadcast_to(each, (channels,)) for each in (scales, offsets))
    scaled = keras.layers.Rescaling((scales * factor).tolist(), (offsets * factor + shift).tolist(), name="scaling")(x)
    # Trained on blue, green, red.
    return keras.ops.flip(scaled, axis=-1) if backbone.scaling == "caffe" else scaled


def _widened(x: Any, channels: int) -> Any:
    import keras

    if x.shape[-1] == channels:
        return x
    return keras.layers.Concatenate(name="widened")([x] * channels)
