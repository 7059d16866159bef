"""Changes of colours, ``(batch, height, width, channels)`` float32 from 0 to 1, each picture by a number of its own.

The numbers are ``(batch, 1, 1, 1)``. Where one changes nothing, the picture stays as it is to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "autocontrasted",
    "brightened",
    "contrasted",
    "equalized",
    "faded",
    "grey",
    "posterized",
    "saturated",
    "sharpened",
    "solarized",
    "turned",
    "within",
]


def within(x: tf.Tensor, low: float, high: float, change: Callable[[tf.Tensor], tf.Tensor], where: Any) -> tf.Tensor:
    """``change`` of pictures whose values are from ``low`` to ``high``, for those pictures ``where`` it does something.

    The others keep every bit, which scaling to 0..1 and back would not.
    """
    import tensorflow as tf

    span = high - low or 1.0
    changed = change(tf.clip_by_value((x - low) / span, 0.0, 1.0))
    return tf.where(where, tf.clip_by_value(changed, 0.0, 1.0) * span + low, x)


def saturated(x: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Saturation of HSV times ``factor``, at most full; what is grey stays so. As Keras's RandomSaturation."""
    import tensorflow as tf

    value, least = tf.reduce_max(x, -1, keepdims=True), tf.reduce_min(x, -1, keepdims=True)
    # Of one hue and value, the distance of each channel to the value goes with the saturation, which ends at 1.
    most = tf.math.divide_no_nan(value, value - least)
    return value - tf.where(value > least, tf.minimum(factor, most), factor) * (value - x)


def turned(x: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Hue by a share of the circle of colours; what is grey stays so."""
    import tensorflow as tf

    hue, saturation, value = tf.split(tf.image.rgb_to_hsv(x), 3, axis=-1)
    hue += turn
    return tf.image.hsv_to_rgb(tf.concat([hue - tf.floor(hue), saturation, value], axis=-1))


def brightened(x: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """All values times ``factor``."""
    return factor * x


def contrasted(x: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Distances to the mean grey of the picture times ``factor``."""
    import tensorflow as tf

    return factor * x + (1.0 - factor) * tf.reduce_mean(grey(x), (1, 2, 3), keepdims=True)


def faded(x: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Distances of each pixel to its grey times ``factor``. As Pillow's Color."""
    return factor * x + (1.0 - factor) * grey(x)


def grey(x: tf.Tensor) -> tf.Tensor:
    """Brightness, ``(batch, height, width, 1)``: of three channels by ITU-R 601, of others the mean."""
    import tensorflow as tf

    if x.shape[-1] != 3:
        return tf.reduce_mean(x, -1, keepdims=True)
    return tf.reduce_sum(x * tf.constant([0.299, 0.587, 0.114]), -1, keepdims=True)


def sharpened(x: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Distances to the smoothed picture times ``factor``; pixels at the edge stay. As Pillow's Sharpness."""
    import tensorflow as tf

    height, width = x.shape[1:3]
    if height < 3 or width < 3:
        return x
    windows = [x[:, row : height - 2 + row, column : width - 2 + column] for row in range(3) for column in range(3)]
    smooth = (tf.add_n(windows) + 4.0 * windows[4]) / 13.0
    inner = factor * windows[4] + (1.0 - factor) * smooth
    # Beside the inner pixels nothing changes: added to it is 0.
    return x + tf.pad(inner - windows[4], [[0, 0], [1, 1], [1, 1], [0, 0]])


def posterized(x: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
    """Only the highest ``bits`` of eight."""
    import tensorflow as tf

    step = tf.pow(2.0, 8.0 - bits)
    return tf.floor(tf.round(255.0 * x) / step) * step / 255.0


def solarized(x: tf.Tensor, threshold: tf.Tensor) -> tf.Tensor:
    """Values from ``threshold`` on inverted: at 0 all of them."""
    import tensorflow as tf

    return tf.where(x >= threshold, 1.0 - x, x)


def autocontrasted(x: tf.Tensor) -> tf.Tensor:
    """Each channel stretched from 0 to 1; one without any contrast stays."""
    import tensorflow as tf

    low, high = tf.reduce_min(x, (1, 2), keepdims=True), tf.reduce_max(x, (1, 2), keepdims=True)
    return tf.where(high > low, tf.math.divide_no_nan(x - low, high - low), x)


def equalized(x: tf.Tensor) -> tf.Tensor:
    """Values of each channel spread so that each of 256 levels is about as frequent. As Pillow's equalize.

    A channel of one level stays, as does one of fewer than 255 pixels beside those of its highest level.
    """
    import tensorflow as tf

    height, width, channels = x.shape[1:]
    levels = tf.cast(tf.round(255.0 * x), tf.int32)
    rows = tf.reshape(tf.transpose(levels, (0, 3, 1, 2)), (-1, height * width))  # one a channel of a picture
    count = tf.shape(rows)[0]
    # All histograms in one sum: bincount cannot be compiled for batches of any size.
    places = tf.reshape(rows + 256 * tf.range(count)[:, tf.newaxis], (-1,))
    counts = tf.reshape(tf.math.unsorted_segment_sum(tf.ones_like(places), places, 256 * count), (-1, 256))
    below = tf.cumsum(counts, axis=1, exclusive=True)
    step = tf.reduce_max(tf.where(counts > 0, below, 0), 1, keepdims=True) // 255
    table = tf.minimum((step // 2 + below) // tf.maximum(step, 1), 255)
    spread = tf.reshape(tf.gather(table, rows, batch_dims=1), (-1, channels, height, width))
    changes = tf.reshape(step > 0, (-1, 1, 1, channels))
    return tf.where(changes, tf.cast(tf.transpose(spread, (0, 2, 3, 1)), tf.float32) / 255.0, x)
