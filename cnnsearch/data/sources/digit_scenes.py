"""Scenes of scikit-learn's digits: several on each picture, with a mask of which pixels are of which digit."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.raw_labels import MaskReading, RawLabels
from cnnsearch.data.sources.digits import levels_and_digits
from cnnsearch.inputs.pictures.pictures import ArrayPictures

__all__ = ["NAMES", "digit_scenes", "load_digit_scenes"]

NAMES = ("background", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_SIDE, _DIGIT = 24, 8
"""Pixels of a picture and of a digit."""

_EACH = 4
"""Digits of a picture: one in each quarter of it, anywhere there."""

_INK = 6
"""Level, of 16, from which a pixel of a digit is of its class."""

_NOISE = 40
"""Levels, of 255, of what lies around the digits."""

_SEED = 0
"""Of the scenes, which are always the same."""


def load_digit_scenes() -> tuple[ArrayPictures, RawLabels]:
    """449 pictures ``(24, 24, 1)`` with masks; no digit is on two of them."""
    x, masks = digit_scenes()
    return ArrayPictures(x), RawLabels((("digit_scenes", masks),), masks=MaskReading(NAMES))


def digit_scenes() -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``(449, 24, 24, 1)`` uint8, and of each pixel the index of its class in :data:`NAMES`."""
    levels, digits = levels_and_digits()
    rng = np.random.default_rng(_SEED)
    drawn = rng.permutation(len(digits))[: len(digits) // _EACH * _EACH].reshape(-1, _EACH)
    x = rng.integers(0, _NOISE, (len(drawn), _SIDE, _SIDE, 1), dtype=np.uint8)
    masks = np.zeros((len(drawn), _SIDE, _SIDE), np.uint8)
    for picture, mask, numbers in zip(x, masks, drawn, strict=True):
        for number, (row, column) in zip(numbers.tolist(), _places(rng), strict=True):
            field = np.s_[row : row + _DIGIT, column : column + _DIGIT]
            ink = levels[number]
            np.maximum(picture[field][..., 0], (ink * (255 / 16)).astype(np.uint8), out=picture[field][..., 0])
            mask[field][ink >= _INK] = digits[number] + 1
    return x, masks


def _places(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Upper left corners of the digits of a picture."""
    half = _SIDE // 2
    found = rng.integers(0, half - _DIGIT + 1, (_EACH, 2)) + np.array([(0, 0), (0, half), (half, 0), (half, half)])
    return [(row, column) for row, column in found.tolist()]
