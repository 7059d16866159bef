"""Movement: where augmentation took each pixel of a batch from, for targets that follow their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.inputs.pictures.augmentation.neighbours import Neighbours

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Movement", "along_axis"]


@dataclass(frozen=True, eq=False)
class Movement:
    """Where the pixels of moved pictures come from: the nearest ones of the pictures as they were.

    Attributes:
        rows, columns: ``(batch, height, width)`` int32, or 1 for a side along which all are the same.
        inside: likewise, whether it comes from the picture; ``None``: all does, as whatever lies beyond its edge is a
            part of it again (see ``fill_mode``).
    """

    rows: tf.Tensor
    columns: tf.Tensor
    inside: tf.Tensor | None = None

    @classmethod
    def between(cls, along_y: Neighbours, along_x: Neighbours) -> Movement:
        """Of places between pixels: what is nearer counts."""
        import tensorflow as tf

        (rows, within_y), (columns, within_x) = map(_nearest, (along_y, along_x))
        inside = None if within_y is None or within_x is None else tf.logical_and(within_y, within_x)
        return cls(rows, columns, inside)

    @classmethod
    def flipped(cls, flip_y: tf.Tensor | None, flip_x: tf.Tensor | None, height: int, width: int) -> Movement:
        """Of pictures that are mirrored where ``(batch, 1)`` says so; ``None``: along that axis none is."""
        rows, columns = _mirrored(flip_y, height), _mirrored(flip_x, width)
        return cls(rows[:, :, None], columns[:, None, :])

    def nearest(self, maps: tf.Tensor, outside: Any) -> tf.Tensor:
        """See :class:`cnnsearch.tasks.task.Moving`."""
        import tensorflow as tf

        batch, (height, width) = tf.shape(maps)[0], maps.shape[1:]
        first = tf.range(batch)[:, tf.newaxis, tf.newaxis] * height
        moved = tf.gather(tf.reshape(maps, (-1,)), (first + self.rows) * width + self.columns)
        return moved if self.inside is None else tf.where(self.inside, moved, tf.cast(outside, maps.dtype))


def along_axis(places: Neighbours, missing: int) -> Neighbours:
    """Those of rows, or of columns, as of a whole picture.

    Args:
        places: ``(batch, size)``.
        missing: the side of which they know nothing: 0 height, 1 width.
    """
    import tensorflow as tf

    return Neighbours(*(None if part is None else tf.expand_dims(part, 1 + missing) for part in places))


def _nearest(places: Neighbours) -> tuple[tf.Tensor, tf.Tensor | None]:
    import tensorflow as tf

    nearest = tf.where(places.way < 0.5, places.near, places.far)
    return nearest, None if places.inside is None else places.inside >= 0.5


def _mirrored(flip: tf.Tensor | None, size: int) -> tf.Tensor:
    """``(batch, size)``, or ``(1, size)`` where nothing is mirrored."""
    import tensorflow as tf

    straight = tf.range(size)[tf.newaxis]
    return straight if flip is None else tf.where(flip, straight[:, ::-1], straight)
