"""Movement: how augmentation moved each picture of a batch, for targets that follow their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsearch.inputs.pictures.augmentation.neighbours import Neighbours

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Forms", "Movement", "along_axis"]


class Forms(NamedTuple):
    """Where each pixel of moved pictures comes from, as affine forms of where it is, in pixels from the centre.

    Attributes:
        x, y: ``(batch, 3)`` each: the factors of the moved picture's x and y, and a constant.
    """

    x: tf.Tensor
    y: tf.Tensor

    def undone(self) -> Forms:
        """The way back: where each pixel goes to."""
        import tensorflow as tf

        x, y = self.x + tf.zeros_like(self.y), self.y + tf.zeros_like(self.x)  # of one, or of all pictures
        (a, b, c), (d, e, f) = (tf.unstack(form, axis=1) for form in (x, y))
        whole = a * e - b * d
        back = (tf.stack([e, -b, b * f - c * e], 1), tf.stack([-d, a, c * d - a * f], 1))
        return Forms(*(form / whole[:, tf.newaxis] for form in back))


@dataclass(frozen=True, eq=False)
class Movement:
    """Where the pixels of moved pictures come from: the nearest ones of the pictures as they were.

    Attributes:
        rows, columns: ``(batch, height, width)`` int32, or 1 for a side along which all are the same.
        inside: likewise, whether it comes from the picture; ``None``: all does, as whatever lies beyond its edge is a
            part of it again (see ``fill_mode``).
        forms: the places themselves, which may lie between pixels, or beyond the edge.
        size: height and width of the pictures.
    """

    rows: tf.Tensor
    columns: tf.Tensor
    inside: tf.Tensor | None
    forms: Forms
    size: tuple[int, int]

    @classmethod
    def between(cls, along_y: Neighbours, along_x: Neighbours, forms: Forms, size: tuple[int, int]) -> Movement:
        """Of places between pixels: what is nearer counts."""
        import tensorflow as tf

        (rows, within_y), (columns, within_x) = map(_nearest, (along_y, along_x))
        inside = None if within_y is None or within_x is None else tf.logical_and(within_y, within_x)
        return cls(rows, columns, inside, forms, size)

    @classmethod
    def flipped(cls, flip_y: tf.Tensor | None, flip_x: tf.Tensor | None, size: tuple[int, int]) -> Movement:
        """Of pictures that are mirrored where ``(batch, 1)`` says so; ``None``: along that axis none is."""
        rows, columns = _mirrored(flip_y, size[0]), _mirrored(flip_x, size[1])
        forms = Forms(_signed(flip_x, (1.0, 0.0, 0.0)), _signed(flip_y, (0.0, 1.0, 0.0)))
        return cls(rows[:, :, None], columns[:, None, :], None, forms, size)

    def nearest(self, maps: tf.Tensor, outside: Any) -> tf.Tensor:
        """See :class:`cnnsearch.tasks.contract.heads.Moving`."""
        import tensorflow as tf

        batch, (height, width) = tf.shape(maps)[0], maps.shape[1:]
        first = tf.range(batch)[:, tf.newaxis, tf.newaxis] * height
        moved = tf.gather(tf.reshape(maps, (-1,)), (first + self.rows) * width + self.columns)
        return moved if self.inside is None else tf.where(self.inside, moved, tf.cast(outside, maps.dtype))

    def hulls(self, boxes: tf.Tensor) -> tf.Tensor:
        """See :class:`cnnsearch.tasks.contract.heads.Moving`."""
        import tensorflow as tf

        height, width = self.size
        left, top, right, bottom = tf.unstack(boxes, axis=-1)
        x = tf.stack([left, right, left, right], -1) - width / 2
        y = tf.stack([top, top, bottom, bottom], -1) - height / 2
        moved = []
        for form, side in zip(self.forms.undone(), (width, height), strict=True):
            a, b, c = (form[:, at, tf.newaxis, tf.newaxis] for at in range(3))
            moved.append(a * x + b * y + c + side / 2)
        ends = [reduced(each, axis=-1) for reduced in (tf.reduce_min, tf.reduce_max) for each in moved]
        return tf.stack(ends, -1)


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


def _signed(flip: tf.Tensor | None, form: tuple[float, float, float]) -> tf.Tensor:
    """``(batch, 3)``, or ``(1, 3)`` where nothing is mirrored."""
    import tensorflow as tf

    straight = tf.constant([form])
    return straight if flip is None else tf.where(flip, -straight, straight)


def _mirrored(flip: tf.Tensor | None, size: int) -> tf.Tensor:
    """``(batch, size)``, or ``(1, size)`` where nothing is mirrored."""
    import tensorflow as tf

    straight = tf.range(size)[tf.newaxis]
    return straight if flip is None else tf.where(flip, straight[:, ::-1], straight)
