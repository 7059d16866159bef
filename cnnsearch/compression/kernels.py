"""Kernels: which arrays of a layer's weights are multiplied with, and along which axes its output channels lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["KERNELS", "kernels_of"]

KERNELS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "Conv2D": {"kernel": (3,)},
    "Conv2DTranspose": {"kernel": (2,)},
    "Dense": {"kernel": (1,)},
    "DepthwiseConv2D": {"kernel": (2, 3)},
    "SeparableConv2D": {"depthwise_kernel": (2, 3), "pointwise_kernel": (3,)},
}
"""Class of a layer of Keras -> name of an array -> axes of its channels; a scale of int8 belongs to each of these."""


def kernels_of(layer: Any) -> Mapping[str, tuple[int, ...]]:
    """Of one layer; empty of one that multiplies with none, or that is not known."""
    kind = type(layer)
    return KERNELS.get(kind.__name__, {}) if kind.__module__.startswith("keras.") else {}
