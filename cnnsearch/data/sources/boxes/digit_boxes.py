"""Scenes of scikit-learn's digits: several on each picture, of several sizes, with a box around each."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.digit_scenes import NAMES as SCENE_NAMES
from cnnsearch.data.sources.digits import levels_and_digits
from cnnsearch.inputs.pictures.pictures import ArrayPictures

__all__ = ["NAMES", "digit_boxes", "load_digit_boxes"]

NAMES = SCENE_NAMES[1:]

_SIDE = 48
"""Pixels of a picture."""

_LEAST, _MOST = 12, 22
"""Pixels of the side of a digit, both included; it is 8 in the data."""

_SHARES = (0.04, 0.16, 0.25, 0.3, 0.25)
"""How many pictures have so many digits, from none on."""

_EACH = len(_SHARES) - 1
"""Digits of a picture at most."""

_INK = 4.0
"""Level, of 16, from which a pixel of a digit is inside of its box."""

_NOISE, _BASE, _SHADE = 30, 40, 80
"""Levels, of 255, of what lies around the digits: of noise, and at most those of a base and of a shade that falls to
one side, so that pictures without a digit differ."""

_TRIES = 50
"""Places that are tried for a digit; where none is free the picture has fewer."""

_SEED = 0
"""Of the scenes, which are always the same."""


def load_digit_boxes() -> tuple[ArrayPictures, RawLabels]:
    """Pictures ``(48, 48, 1)`` with boxes; no digit is on two of them."""
    x, boxes = digit_boxes()
    return ArrayPictures(x), RawLabels((("digit_boxes", boxes),), known=NAMES)


def digit_boxes() -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``(n, 48, 48, 1)`` uint8, and ``(n, 4, 5)``: left, top, right, bottom and class of each, or -1."""
    levels, digits = levels_and_digits()
    rng = np.random.default_rng(_SEED)
    left = rng.permutation(len(digits)).tolist()
    pictures, found = [], []
    while left:
        picture = _ground(rng)
        boxes = np.full((_EACH, 5), -1.0)
        for row in range(min(int(rng.choice(len(_SHARES), p=_SHARES)), len(left))):
            box = _drawn(rng, picture[..., 0], levels[left[-1]], boxes[:row])
            if box is None:
                break
            boxes[row] = (*box, digits[left.pop()])
        pictures.append(picture)
        found.append(boxes)
    return np.stack(pictures), np.stack(found)


def _ground(rng: np.random.Generator) -> np.ndarray:
    angle, line = rng.uniform(0, 2 * np.pi), np.linspace(-0.5, 0.5, _SIDE)
    shade = 0.5 + (np.cos(angle) * line[:, np.newaxis] + np.sin(angle) * line) / np.sqrt(2)
    ground = rng.uniform(_BASE / 2, _BASE) + rng.uniform(_SHADE / 4, _SHADE) * shade
    levels = ground + rng.integers(0, _NOISE, (_SIDE, _SIDE))
    return np.asarray(levels.astype(np.uint8)[..., np.newaxis])


def _drawn(
    rng: np.random.Generator, picture: np.ndarray, levels: np.ndarray, others: np.ndarray
) -> tuple[int, ...] | None:
    """Draw a digit where there is room, and give its box; ``None``: there is none."""
    side = int(rng.integers(_LEAST, _MOST + 1))
    ink = _stretched(levels, side)
    rows, columns = (np.flatnonzero((ink >= _INK).any(axis=axis)).tolist() for axis in (1, 0))
    for top, left in rng.integers(0, _SIDE - side + 1, (_TRIES, 2)).tolist():
        if all(_apart((left, top, left + side, top + side), other) for other in others.tolist()):
            part = picture[top : top + side, left : left + side]
            np.maximum(part, (ink * (255 / 16)).astype(np.uint8), out=part)
            return (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
    return None


def _apart(field: tuple[int, int, int, int], other: list[float]) -> bool:
    return field[0] >= other[2] or other[0] >= field[2] or field[1] >= other[3] or other[1] >= field[3]


def _stretched(levels: np.ndarray, side: int) -> np.ndarray:
    """``(side, side)``, between its pixels along a line."""
    count = len(levels)
    places = np.clip((np.arange(side) + 0.5) * (count / side) - 0.5, 0, count - 1)
    weights = np.clip(1.0 - np.abs(places[:, np.newaxis] - np.arange(count)), 0.0, None)
    return np.asarray(weights @ levels @ weights.T)
