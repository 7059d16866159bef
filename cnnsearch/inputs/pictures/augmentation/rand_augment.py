"""RandAugment (Cubuk et al. 2020): two operations of a list for each picture, all at one strength."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.inputs.pictures.augmentation import colours
from cnnsearch.inputs.pictures.augmentation.draws import of_block, uniform

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["COLOURS", "COUNT", "MOVES", "Chosen", "chosen", "moved", "recoloured"]

COUNT = 2
"""Operations that each picture gets."""

MOVES = {
    "rotate": 30.0 / 360.0,
    "shear_x": 0.3,
    "shear_y": 0.3,
    "translate_x": 150.0 / 331.0,
    "translate_y": 150.0 / 331.0,
}
"""Operation -> what it does at strength 1, either way: turns, pixels a pixel, shares of a side; as torchvision's."""

COLOURS = ("brightness", "color", "contrast", "sharpness", "posterize", "solarize", "autocontrast", "equalize")

_FACTOR = 0.9
"""Change of the factor of brightness, color, contrast and sharpness at strength 1, either way."""

_BITS = 4.0
"""Of eight, how many posterize takes away at strength 1."""

_OPERATIONS = ("identity", *MOVES, *COLOURS)
_DRAWS = (*_OPERATIONS, *(f"{name}_way" for name in _OPERATIONS))
_BLOCK = 2


@dataclass(frozen=True, eq=False)
class Chosen:
    """What each picture of a batch got.

    Attributes:
        strength: of all.
        acts: operation -> whether it is one of a picture's, ``(batch, 1)`` boolean; of none where the strength is 0.
        ways: operation -> 1 or -1, ``(batch, 1)``.
    """

    strength: tf.Tensor
    acts: Mapping[str, tf.Tensor]
    ways: Mapping[str, tf.Tensor]

    def amount(self, name: str, most: float) -> tf.Tensor:
        """Of an operation that goes either way: 0 where it is none of the picture's."""
        import tensorflow as tf

        return tf.where(self.acts[name], self.ways[name] * self.strength * most, 0.0)

    def factor(self, name: str) -> tf.Tensor:
        """1 where it is none of the picture's."""
        return 1.0 + self.amount(name, _FACTOR)


def chosen(strength: tf.Tensor | float, count: tf.Tensor, seed: tf.Tensor) -> Chosen:
    """The operations of ``count`` pictures: :data:`COUNT` different ones for each, any as likely as any other."""
    import tensorflow as tf

    strength = tf.convert_to_tensor(strength)
    drawn = uniform(_DRAWS, count, of_block(_BLOCK, seed))
    keys = tf.concat([drawn[name] for name in _OPERATIONS], axis=1)
    before = tf.reduce_sum(tf.cast(keys[:, tf.newaxis] < keys[:, :, tf.newaxis], tf.int32), axis=-1)
    acts = tf.split((before < COUNT) & (strength > 0.0), len(_OPERATIONS), axis=1)
    ways = {name: tf.where(drawn[f"{name}_way"] < 0.5, -1.0, 1.0) for name in _OPERATIONS}
    return Chosen(strength, dict(zip(_OPERATIONS, acts, strict=True)), ways)


def moved(of: Chosen, x: tf.Tensor, y: tf.Tensor, height: int, width: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The forms of where pixels come from, see ``Augmentation``, after its moves."""
    import tensorflow as tf

    one = tf.constant([[0.0, 0.0, 1.0]])
    slant_x, slant_y = (of.amount(name, MOVES[name]) for name in ("shear_x", "shear_y"))
    x, y = x + slant_x * y, y + slant_y * x
    x -= of.amount("translate_x", MOVES["translate_x"]) * width * one
    y -= of.amount("translate_y", MOVES["translate_y"]) * height * one
    angle = 2.0 * math.pi * of.amount("rotate", MOVES["rotate"])
    return tf.cos(angle) * x - tf.sin(angle) * y, tf.sin(angle) * x + tf.cos(angle) * y


def recoloured(of: Chosen, names: Sequence[str], x: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """``x`` ``(batch, height, width, channels)``, values from ``low`` to ``high``, after some of :data:`COLOURS`."""
    import tensorflow as tf

    def each(numbers: tf.Tensor) -> tf.Tensor:
        return numbers[:, :, tf.newaxis, tf.newaxis]

    changes = {
        "brightness": lambda x: colours.brightened(x, each(of.factor("brightness"))),
        "contrast": lambda x: colours.contrasted(x, each(of.factor("contrast"))),
        "color": lambda x: colours.faded(x, each(of.factor("color"))),
        "sharpness": lambda x: colours.sharpened(x, each(of.factor("sharpness"))),
        "posterize": lambda x: colours.posterized(x, 8.0 - tf.round(_BITS * of.strength)),
        "solarize": lambda x: colours.solarized(x, 1.0 - of.strength),
        "autocontrast": colours.autocontrasted,
        "equalize": colours.equalized,
    }
    for name in names:
        x = colours.within(x, low, high, changes[name], each(of.acts[name]))
    return x
