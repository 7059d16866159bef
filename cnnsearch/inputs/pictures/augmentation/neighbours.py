"""Pixels around places that lie between them, or outside of the picture, and bilinear reading there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Neighbours", "columns_shifted", "from_centre", "neighbours", "rows_shifted"]


class Neighbours(NamedTuple):
    """The two pixels around each place along one axis.

    Attributes:
        near, far: their positions along the axis, after filling.
        way: from the one (0) to the other (1).
        inside: the share that the picture has, where the rest is filled with 0; ``None`` in other fill modes.
    """

    near: tf.Tensor
    far: tf.Tensor
    way: tf.Tensor
    inside: tf.Tensor | None

    def between(self, start: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
        """The values at the place ``(..., channels)``, from those of the near pixel and their change to the far one."""
        mixed = start + self.way[..., None] * change
        return mixed if self.inside is None else mixed * self.inside[..., None]

    def read(self, rows: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
        """The values at the place, from a table of ``rows`` that counts along the axis from ``first``."""
        import tensorflow as tf

        start, end = (tf.cast(tf.gather(rows, first + pixel), tf.float32) for pixel in (self.near, self.far))
        return self.between(start, end - start)


def neighbours(place: tf.Tensor, size: int, fill: str) -> Neighbours:
    """Of places along an axis of ``size`` pixels, counted from its centre; ``fill`` as ``fill_mode``."""
    import tensorflow as tf

    place += (size - 1) / 2
    # Counted before the place is brought inside: half a pixel beyond the edge is half filled.
    inside = tf.clip_by_value(tf.minimum(place + 1, size - place), 0, 1) if fill == "constant" else None
    # With floor, as floormod is many times slower; a place within the picture passes without rounding.
    if fill == "wrap":
        place -= size * tf.floor(place / size)
    elif fill == "reflect":
        place -= 2 * size * tf.floor((place + 0.5) / (2 * size))
        place = tf.clip_by_value(tf.minimum(place, 2 * size - 1 - place), 0, size - 1)
    else:
        place = tf.clip_by_value(place, 0, size - 1)
    floor = tf.floor(place)
    near = tf.cast(floor, tf.int32)
    far = near + 1
    if fill == "wrap":
        # A hair below 0 has been rounded to size.
        near, far = (tf.where(pixel >= size, pixel - size, pixel) for pixel in (near, far))
    return Neighbours(near, tf.minimum(far, size - 1), place - floor, inside)


def from_centre(size: int) -> tf.Tensor:
    """Where the pixels of an axis stand."""
    import tensorflow as tf

    return tf.range(size, dtype=tf.float32) - (size - 1) / 2


def rows_shifted(x: tf.Tensor, along_y: Neighbours) -> tf.Tensor:
    """``x`` with other rows, for ``(batch, height)`` places."""
    import tensorflow as tf

    height, width, channels = x.shape[1:]
    rows, first = tf.reshape(x, (-1, width * channels)), tf.range(tf.shape(x)[0])[:, tf.newaxis] * height
    return tf.reshape(along_y.read(rows, first), (-1, height, width, channels))


def columns_shifted(x: tf.Tensor, along_x: Neighbours) -> tf.Tensor:
    """``x`` with other columns, for ``(batch, width)`` places."""
    import tensorflow as tf

    batch, (height, width, channels) = tf.shape(x)[0], x.shape[1:]
    first = tf.reshape(tf.range(batch * height) * width, (-1, height, 1))
    in_rows = Neighbours(*(None if part is None else part[:, tf.newaxis] for part in along_x))
    # The near index serves for both, which is faster. The change after the last pixel counts for wrap only: in other
    # fill modes nothing lies on the way from there.
    change = tf.concat([x[:, :, 1:], x[:, :, :1]], axis=2) - x
    return in_rows.between(*(tf.gather(tf.reshape(each, (-1, channels)), first + in_rows.near) for each in (x, change)))
