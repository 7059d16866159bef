"""Mosaics: parts of four pictures of a batch around one point (Bochkovskiy et al. 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnsearch.inputs.pictures.augmentation.draws import compiled, of_block, uniform
from cnnsearch.inputs.pictures.spec import MOSAIC_PARTS

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Mosaic", "Quarters"]

_DRAWS = ("which", "down", "right")
_BLOCK = 5

_NEAREST = 0.25
"""Share of a side by which the point where four pictures meet is away from the edge at least."""


class Quarters(NamedTuple):
    """Which part of which picture stands where: the upper ones from the left, then the lower ones.

    A picture that stays as it is fills the first quarter, and the others are empty.

    Attributes:
        windows: ``(batch, 4, 4)`` float32, left, top, right and bottom of each in pixels.
        shifts: ``(batch, 4, 4)``, by which left, top, right and bottom of what is in each of the pictures moved.
    """

    windows: tf.Tensor
    shifts: tf.Tensor

    @staticmethod
    def sources(of: tf.Tensor) -> tf.Tensor:
        """Of targets, or anything else ``(batch, ...)``: those of the pictures of each quarter, ``(batch, 4, ...)``."""
        import tensorflow as tf

        return tf.stack([tf.roll(of, -part, axis=0) for part in range(MOSAIC_PARTS)], axis=1)

    def means(self, of: tf.Tensor) -> tf.Tensor:
        """Of a number of each picture, ``(batch,)``: its mean over the pixels of each mosaic."""
        import tensorflow as tf

        areas = tf.reduce_prod(self.windows[..., 2:] - self.windows[..., :2], axis=-1)
        return tf.reduce_sum(areas / tf.reduce_sum(areas, axis=1, keepdims=True) * self.sources(of), axis=1)


class Mosaic:
    """Makes mosaics of some pictures of a batch; called inside a compiled function.

    The four meet with a corner of each at a random point, so all are shown in their own scale, and cut off at the edge
    and at each other. Pixels are whole, and none is computed. At a share of 0 pictures keep every bit.

    Args:
        share: of the pictures that become mosaics; a variable is read at each call.
        by_xla: as of :class:`Augmentation`.
    """

    def __init__(self, share: tf.Tensor | tf.Variable | float, by_xla: bool = True) -> None:
        self._share = share
        self._join = compiled(self._joined, by_xla)

    def __call__(self, x: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, Quarters]:
        """The pictures, and where the parts of each stand.

        Args:
            x: the pictures, ``(batch, height, width, channels)``; all but the batch is known when it is traced.
            seed: two integers.
        """
        found, windows, shifts = self._join(x, seed)
        return found, Quarters(windows, shifts)

    def _joined(self, x: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        count, (height, width, channels) = tf.shape(x)[0], x.shape[1:]
        drawn = uniform(_DRAWS, count, of_block(_BLOCK, seed))
        is_mosaic = drawn["which"] < self._share
        # Where it is none, the point is the lower right corner: all of it is the first quarter.
        row, column = (
            tf.where(is_mosaic, tf.cast((_NEAREST + (1 - 2 * _NEAREST) * drawn[name]) * side, tf.int32), side)
            for name, side in (("down", height), ("right", width))
        )
        rows, lower = _along(row, height)
        columns, right = _along(column, width)
        part = 2 * lower[:, :, tf.newaxis] + right[:, tf.newaxis]
        picture = (tf.range(count)[:, tf.newaxis, tf.newaxis] + part) % count
        places = (picture * height + rows[:, :, tf.newaxis]) * width + columns[:, tf.newaxis]
        found = tf.gather(tf.reshape(x, (-1, channels)), places)
        return found, *_quarters(tf.cast(row, tf.float32), tf.cast(column, tf.float32), height, width)


def _along(point: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Which pixel of its picture each pixel of an axis is, and 1 from the point ``(batch, 1)`` on, else 0.

    Up to the point stands the end of a picture, and behind it the beginning of another one.
    """
    import tensorflow as tf

    behind = tf.range(size)[tf.newaxis] - point
    beyond = tf.cast(behind >= 0, tf.int32)
    return tf.where(behind >= 0, behind, behind + size), beyond


def _quarters(row: tf.Tensor, column: tf.Tensor, height: int, width: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Windows and shifts of four pictures that meet at points, ``(batch, 1)`` each."""
    import tensorflow as tf

    none = tf.zeros_like(row)
    down, across = none + height, none + width
    windows = [(none, none, column, row), (column, none, across, row), (none, row, column, down)]
    windows += [(column, row, across, down)]
    shifts = [(x, y, x, y) for y in (row - height, row) for x in (column - width, column)]
    return tuple(tf.stack([tf.concat(each, 1) for each in of], axis=1) for of in (windows, shifts))  # type: ignore[return-value]
