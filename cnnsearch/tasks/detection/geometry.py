"""Boxes in the graph: ``x0, y0, x1, y1`` in pixels along the last axis, all float32."""

from __future__ import annotations

from typing import Any

__all__ = ["areas", "generalised", "overlaps", "pairwise_overlaps"]

_LEAST = 1e-7
"""Below it no area is divided by."""


def areas(boxes: Any) -> Any:
    """``(...)``; 0 where a side is none."""
    import keras

    sides = keras.ops.maximum(boxes[..., 2:4] - boxes[..., :2], 0.0)
    return sides[..., 0] * sides[..., 1]


def overlaps(boxes: Any, others: Any) -> Any:
    """Intersection over union of boxes of shapes that broadcast."""
    shared, union = _shared_and_union(boxes, others)
    return shared / union


def generalised(boxes: Any, others: Any) -> tuple[Any, Any]:
    """IoU, and less the share of the box around both that neither fills (Rezatofighi et al. 2019, algorithm 1)."""
    import keras

    shared, union = _shared_and_union(boxes, others)
    around = _product(
        keras.ops.maximum(boxes[..., 2:4], others[..., 2:4]) - keras.ops.minimum(boxes[..., :2], others[..., :2])
    )
    around = keras.ops.maximum(around, _LEAST)
    return shared / union, shared / union - (around - union) / around


def pairwise_overlaps(boxes: Any) -> Any:
    """``(batch, n, n)`` of boxes ``(batch, n, 4)`` with each other."""
    import keras

    return overlaps(keras.ops.expand_dims(boxes, 2), keras.ops.expand_dims(boxes, 1))


def _shared_and_union(boxes: Any, others: Any) -> tuple[Any, Any]:
    import keras

    sides = keras.ops.minimum(boxes[..., 2:4], others[..., 2:4]) - keras.ops.maximum(boxes[..., :2], others[..., :2])
    shared = _product(keras.ops.maximum(sides, 0.0))
    # In a network the sum of (1, n, 1) and (1, 1, n), as of pairs of boxes of one picture, would be (1, n, 1): Keras
    # takes the second one for a bias. So what is added has all of the axes.
    return shared, keras.ops.maximum(areas(boxes) + (areas(others) - shared), _LEAST)


def _product(sides: Any) -> Any:
    return sides[..., 0] * sides[..., 1]
