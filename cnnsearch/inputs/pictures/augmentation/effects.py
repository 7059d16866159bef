"""Blur and erasing of pictures ``(batch, height, width, channels)`` float32, each by numbers of its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["box", "blurred", "erased", "erasing_sides"]

_RADIUS = 6
"""Pixels to either side that a blur looks at: three times the largest deviation that there is, 2."""

_LEAST_ASPECT = 0.3
"""Height over width of what is erased, and its inverse, as Zhong et al. 2020 have it."""


def blurred(x: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """Gaussian blur of deviation ``sigma`` ``(batch, 1)`` in pixels, along one axis, then along the other.

    At the edge it weighs what lies inside; of deviation 0 the picture is as it was to the last bit.
    """
    import tensorflow as tf

    # Squares by the density; beyond sigma 0 all but the pixel itself have a weight of exactly 0.
    steps = tf.range(-_RADIUS, _RADIUS + 1, dtype=tf.float32)
    weights = tf.exp(-tf.square(steps) / tf.maximum(2.0 * tf.square(sigma), 1e-12))
    for axis in (1, 2):
        size = x.shape[axis]
        padding = [[0, 0]] * 4
        padding[axis] = [_RADIUS, _RADIUS]
        padded, inside = tf.pad(x, padding), tf.pad(tf.ones(size), [[_RADIUS, _RADIUS]])
        shape = [-1, 1, 1, 1]
        shape[axis] = size
        total = tf.zeros_like(x)
        mass = tf.zeros(shape[1:])[tf.newaxis]
        for at in range(2 * _RADIUS + 1):
            weight = weights[:, at, tf.newaxis, tf.newaxis, tf.newaxis]
            window = padded[:, at : at + size] if axis == 1 else padded[:, :, at : at + size]
            total += weight * window
            mass += weight * tf.reshape(inside[at : at + size], [1, *shape[1:]])
        x = total / mass
    return x


def erasing_sides(area: tf.Tensor, aspect: tf.Tensor, height: int, width: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Height and width in pixels of a rectangle that covers the share ``area``.

    Args:
        area: ``(batch, 1)``.
        aspect: a draw from 0 to 1 of the ratio of its sides.
        height, width: of the picture.
    """
    import tensorflow as tf

    ratio = tf.exp((2.0 * aspect - 1.0) * -math.log(_LEAST_ASPECT))
    pixels = area * (height * width)
    tall = tf.clip_by_value(tf.round(tf.sqrt(pixels * ratio)), 1.0, float(height))
    wide = tf.minimum(tf.round(pixels / tall), float(width))
    # Where it would have been too wide for the picture it becomes taller, so that it covers what it should.
    return tf.where(wide < width, tall, tf.clip_by_value(tf.round(pixels / wide), 0.0, float(height))), wide


def box(height: int, width: int, tall: tf.Tensor, wide: tf.Tensor, down: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Which pixels are in a rectangle that lies wholly within the picture, ``(batch, height, width, 1)``.

    Args:
        height, width: of the picture.
        tall, wide: of the rectangle, ``(batch, 1)`` whole pixels.
        down, right: draws from 0 to below 1 of its place.
    """
    import tensorflow as tf

    top, left = tf.floor(down * (height - tall + 1.0)), tf.floor(right * (width - wide + 1.0))
    rows, columns = tf.range(height, dtype=tf.float32), tf.range(width, dtype=tf.float32)
    in_rows = (rows >= top) & (rows < top + tall)
    in_columns = (columns >= left) & (columns < left + wide)
    return (in_rows[:, :, tf.newaxis] & in_columns[:, tf.newaxis])[..., tf.newaxis]


def erased(x: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """The mean of each channel of the picture ``inside`` a box."""
    import tensorflow as tf

    return tf.where(inside, tf.reduce_mean(x, (1, 2), keepdims=True), x)
