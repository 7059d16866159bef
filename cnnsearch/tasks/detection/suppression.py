"""Suppression: of the boxes that places tell, those that are told. Operations of Keras alone, so that they are saved.

Greedy suppression takes boxes in descending order of their scores, and leaves out those that overlap one of the same
class that was kept. That is a fixed point: a box is kept if none before it is kept that overlaps it. All boxes start as
kept, and each round settles what follows from those that the rounds before it have settled, so that a handful of rounds
gives what as many steps as there are boxes would: only chains of boxes, each overlapping the next but not the one
behind it, take as many rounds as they are long.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnsearch.tasks.detection.geometry import pairwise_overlaps

__all__ = ["CANDIDATES", "GEOMETRY", "ROUNDS", "detections"]

GEOMETRY = 8
"""Numbers of a place before its classes: the box that it tells, and its prior."""

CANDIDATES = 3
"""Boxes that are looked at for each that may be told: those of one object are many before suppression."""

ROUNDS = 11
"""Odd: what a longer chain leaves open is left out."""


def detections(outputs: Any, most: int, threshold: float, overlap: float) -> Any:
    """Rows ``x0, y0, x1, y1, score, class``, the best first: ``(batch, at most most, 6)``; the rest 0, of class -1.

    Args:
        outputs: of a network, ``(batch, places, 8 + classes)``.
        most: boxes of a picture.
        threshold: score from which a box may be told.
        overlap: IoU above which one of two boxes of the same class is left out.
    """
    from keras import ops

    places, classes = outputs.shape[1], outputs.shape[2] - GEOMETRY
    told = min(most, places * classes)
    scores = ops.reshape(ops.sigmoid(outputs[:, :, GEOMETRY:]), (-1, places * classes))
    scores, numbers = ops.top_k(scores, min(CANDIDATES * told, places * classes))
    boxes = ops.take_along_axis(outputs[:, :, :4], ops.expand_dims(numbers // classes, -1), axis=1)
    of_class = ops.cast(numbers % classes, "float32")
    kept = _kept(boxes, of_class, ops.cast(scores >= threshold, "float32"), overlap)
    rows = ops.concatenate([boxes, ops.stack([scores, of_class + 1.0], -1)], -1) * ops.expand_dims(kept, -1)
    # Those that are left out sink; the others stay in their order.
    _, order = ops.top_k(scores * kept, told)
    best = ops.take_along_axis(rows, ops.expand_dims(order, -1), axis=1)
    return best - np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0], np.float32)


def _kept(boxes: Any, of_class: Any, may_be: Any, overlap: float) -> Any:
    """1 for those that stay, ``(batch, n)``, of boxes in descending order of their scores."""
    from keras import ops

    count = boxes.shape[1]
    is_same = ops.equal(ops.expand_dims(of_class, 2), ops.expand_dims(of_class, 1))
    is_over = ops.logical_and(pairwise_overlaps(boxes) > overlap, is_same)
    before = ops.cast(is_over, "float32") * np.tril(np.ones((count, count), np.float32), -1)
    kept = may_be
    for _ in range(ROUNDS):
        suppressing = ops.matmul(before, ops.expand_dims(kept, -1))[:, :, 0]
        kept = may_be * ops.cast(suppressing < 0.5, "float32")
    return kept
