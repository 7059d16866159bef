"""Which values pictures have: a part of what a model is made for, as its size and its channels are.

A model that was trained on floats 0..1 sees nothing but white in pictures of 0..255, and nobody would notice. So the
values of training are recorded, and whatever is given to a model later is brought to them, or refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem

__all__ = ["FILE_VALUES", "ValueRange", "as_trained", "look"]

_CHUNK = 16
"""Pictures that are converted at once."""

_PART = 8
"""Pictures that all stay below one such part of the range of training, or leave it by more, are of another range."""

Scale = tuple[float, float]
"""The values of black and of white."""


@dataclass(frozen=True)
class ValueRange:
    """The values of some pictures.

    Attributes:
        dtype: of the arrays.
        low, high: the least and the greatest value; ``None`` where a study of an older version does not tell.
        scale: the values of black and of white; ``None`` where they are not certain, as in X-rays of which 12 bits of
            16 are used. What has both can be brought to any other that has.
    """

    dtype: str
    low: float | None
    high: float | None
    scale: Scale | None

    @classmethod
    def of(cls, dtype: np.dtype[Any], parts: Iterable[np.ndarray]) -> ValueRange:
        """Of arrays, which may come in parts; none of them empty."""
        return cls.of_looks(dtype, np.array([look(part) for part in parts]))

    @classmethod
    def of_looks(cls, dtype: np.dtype[Any], looks: np.ndarray) -> ValueRange:
        """Of pictures that were looked at before.

        Args:
            dtype: of the pictures.
            looks: ``(n, 4)``, a :func:`look` a picture.
        """
        low, high = float(looks[:, 0].min()), float(looks[:, 1].max())
        is_whole, is_signed = (bool(looks[:, column].all()) for column in (2, 3))
        return cls(str(dtype), low, high, _scale(dtype, low, high, is_whole, is_signed))

    @classmethod
    def recorded(cls, data: Mapping[str, Any]) -> ValueRange:
        """Of the section ``dataset`` of an ``environment.json``; an older one tells the dtype alone."""
        values = data.get("values")
        if values is None:
            dtype = str(data.get("dtype", "uint8"))
            return FILE_VALUES if dtype == "uint8" else cls(dtype, None, None, None)
        scale = values["scale"]
        return cls(values["dtype"], values["low"], values["high"], None if scale is None else (scale[0], scale[1]))

    def is_like(self, trained: ValueRange, is_set: bool = True) -> bool:
        """Whether these can be given as they are to a model that was trained on the others.

        Args:
            trained: the others.
            is_set: these are of many pictures, not all of which can be dark.
        """
        if self.scale is not None and trained.scale is not None:
            return self.scale == trained.scale
        return _are_alike(self, trained, is_set)

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types."""
        return {**asdict(self), "scale": None if self.scale is None else list(self.scale)}

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.dtype} of a range that was not recorded"
        seen = f"{self.dtype} from {self.low:g} to {self.high:g}"
        known = self.scale is not None and self.scale != (self.low, self.high)
        return f"{seen} (black {self.scale[0]:g}, white {self.scale[1]:g})" if known and self.scale else seen


FILE_VALUES = ValueRange("uint8", 0.0, 255.0, (0.0, 255.0))
"""Of picture files of 8 bits, whatever is in them."""


def look(pixels: np.ndarray) -> tuple[float, float, float, float]:
    """What must be known of some pixels to tell their black and white: the least and the greatest value, whether all
    are whole numbers, and whether all are on the grid of 8-bit pictures that were brought to -1..1; 1 is yes."""
    low, high = float(pixels.min()), float(pixels.max())
    if pixels.dtype.kind != "f" or low < -1 or high > 255:
        return low, high, 1.0, 0.0
    is_signed = high <= 1 and _is_on_grid(pixels)
    return low, high, float((pixels == np.floor(pixels)).all()), float(is_signed)


def as_trained(x: np.ndarray, given: ValueRange, trained: ValueRange, where: str, is_set: bool = True) -> np.ndarray:
    """Pictures in the values that a model was trained on; without a copy where they are in these.

    Args:
        x: ``(n, height, width, channels)``.
        given: their values.
        trained: those of the model.
        where: what messages call the pictures.
        is_set: they are many, not all of which can be dark.

    Raises:
        InputError: nobody can tell how the one becomes the other; names both ranges.
    """
    if given.is_like(trained, is_set):
        return x
    if given.scale is not None and trained.scale is not None:
        return _converted(x, given.scale, trained)
    rule = (
        f"the model was trained on {trained}, and these pictures are {given}: how the one becomes the other is not "
        "certain; give them to evaluate as a .npz file in the values of training"
    )
    raise InputError(Problem(where, rule))


def _scale(dtype: np.dtype[Any], low: float, high: float, is_whole: bool, is_signed: bool) -> Scale | None:
    """Black and white, where the values leave no doubt.

    Args:
        dtype, low, high: of the values.
        is_whole: all values are whole numbers.
        is_signed: all are on the grid of 8-bit pictures that were brought to -1..1.
    """
    if low < 0:
        reaches = low <= -0.99 and high >= 0.99
        return (-1.0, 1.0) if dtype.kind == "f" and low >= -1 and high <= 1 and (reaches or is_signed) else None
    if dtype.kind == "f" and high <= 1:
        return (0.0, 1.0) if high > 0.5 else None
    if high <= 255 and dtype != np.uint16:
        # Floats that were resized are not whole any more.
        return (0.0, 255.0) if (is_whole and high >= 128) or (low <= 16 and high >= 240) else None
    # An uint16 below its last bit is one of a camera or scanner of 10, 12, 14 bits, and one below 256 may be anything.
    return (0.0, 65535.0) if dtype.kind in "iu" and 32768 <= high <= 65535 else None


def _is_on_grid(part: np.ndarray) -> bool:
    levels = (part.astype(np.float32) + 1) * 127.5
    return bool((np.abs(levels - np.rint(levels)) <= 0.1).all())


def _converted(x: np.ndarray, given: Scale, trained: ValueRange) -> np.ndarray:
    """Black to black and white to white, in the dtype of training, rounded where that is whole numbers."""
    low, high = trained.scale or given
    factor = (high - low) / (given[1] - given[0])
    dtype = np.dtype(trained.dtype)
    out = np.empty(x.shape, dtype)
    for start in range(0, len(x), _CHUNK):
        part = (x[start : start + _CHUNK].astype(np.float64) - given[0]) * factor + low
        if dtype.kind in "iu":
            part = np.clip(np.rint(part), low, high)
        out[start : start + _CHUNK] = part
    return out


def _are_alike(given: ValueRange, trained: ValueRange, is_set: bool) -> bool:
    """Whether they seem to be of one kind and range, where for one of both black and white are not known."""
    if _kind(given.dtype) != _kind(trained.dtype):
        return False
    low, high = trained.scale or (trained.low, trained.high)
    if low is None or high is None or given.low is None or given.high is None:
        return True
    width = high - low
    if given.scale is not None and given.high - given.low < width / 2:
        return False  # 0..1 lies within 0..37, and is something else
    if is_set and given.high < low + width / _PART:
        return False
    room = width if trained.scale is None else width / _PART
    return given.low >= low - room and given.high <= high + room


def _kind(dtype: str) -> str:
    """Floats are alike, and so are whole numbers of more than 8 bits, or below 0."""
    kind = np.dtype(dtype).kind
    return "f" if kind == "f" else "8-bit" if np.dtype(dtype) == np.uint8 else "whole"
