"""Boxes of pictures, and what a model might tell of them, drawn at random."""

from __future__ import annotations

import numpy as np

__all__ = ["drawn", "told_of"]


def drawn(count: int, classes: int, most: int = 6, seed: int = 0, side: float = 300.0) -> np.ndarray:
    """``(count, most, 6)`` float32, as at rest; some pictures have none."""
    rng = np.random.default_rng(seed)
    found = np.full((count, most, 6), -1.0, np.float32)
    found[..., 5] = 1.0
    for rows in found:
        for row in rows[: rng.integers(0, most + 1)]:
            sides = np.exp(rng.uniform(np.log(6), np.log(side / 2), 2))
            corner = rng.uniform(0, side - sides)
            row[:5] = (*corner, *(corner + sides), rng.integers(0, classes))
    return found


def told_of(true: np.ndarray, classes: int, most: int = 20, seed: int = 1) -> np.ndarray:
    """``(n, most, 6)`` float32: boxes that are there, moved and sometimes of another class, and some that are not."""
    rng = np.random.default_rng(seed)
    found = np.zeros((len(true), most, 6), np.float32)
    found[..., 5] = -1.0
    for rows, of in zip(found, true, strict=True):
        there = of[of[:, 4] >= 0]
        boxes = [box for box in there for _ in range(rng.integers(0, 4))][: most - 3]
        for row, box in zip(rows, boxes, strict=False):
            sides = box[2:4] - box[:2]
            moved = box[:4] + rng.normal(0, rng.choice([0.01, 0.06, 0.2]), 4) * np.tile(sides, 2)
            kind = box[4] if rng.random() < 0.85 else rng.integers(0, classes)
            # Scores of few levels, as equal ones are where evaluators differ.
            row[:] = (*moved[:2], *np.maximum(moved[2:], moved[:2] + 1), np.round(rng.random(), 1), kind)
        for row in rows[len(boxes) : len(boxes) + rng.integers(0, 4)]:
            corner = rng.uniform(0, 200, 2)
            row[:] = (*corner, *(corner + rng.uniform(5, 90, 2)), np.round(rng.random(), 1), rng.integers(0, classes))
        rows[:] = rows[np.argsort(-rows[:, 4] - (rows[:, 5] >= 0), kind="stable")]
    return found
