"""MixUp and CutMix: each picture of a batch gets a part of the one before it, and their targets go by the shares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsearch.inputs.pictures.augmentation.draws import compiled, of_block, uniform
from cnnsearch.inputs.pictures.augmentation.effects import box
from cnnsearch.inputs.pictures.spec import MIXED

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Mixing", "symmetric_beta"]

_DRAWS = ("mixup_u", "mixup_v", "cutmix_u", "cutmix_v", "down", "right", "which")
_BLOCK = 3


class Mixing:
    """Mixes each picture of a batch with its neighbour; called inside a compiled function.

    MixUp (Zhang et al. 2018) lays the other picture over the whole, CutMix (Yun et al. 2019) puts a rectangle of it in.
    The share is a draw of Beta(alpha, alpha) for each picture, and at least a half: the larger part is the picture
    itself, which is the same in distribution, as every picture is also the other one of another. Where both have an
    alpha above 0, each picture draws one of the two. Batches are shuffled, so the neighbour is any picture; one that is
    alone in its batch stays as it is. With an alpha of 0 pictures keep every bit, and all shares are 1.

    Args:
        active: names of the parameters whose code is in the graph.
        alphas: of each; a variable is read at each call.
        by_xla: as of :class:`Augmentation`.
    """

    def __init__(
        self,
        active: frozenset[str],
        alphas: Mapping[str, tf.Tensor | tf.Variable | float],
        by_xla: bool = True,
    ) -> None:
        self._alphas = {name: alphas[name] for name in MIXED if name in active}
        self._mix = compiled(self._mixed, by_xla)

    def __call__(self, x: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The pictures, mixed, float32, and the share of each that is its own, ``(batch,)``.

        Args:
            x: the pictures, ``(batch, height, width, channels)``.
            seed: two integers.
        """
        mixed: tuple[tf.Tensor, tf.Tensor] = self._mix(x, seed)
        return mixed

    @staticmethod
    def others(of: tf.Tensor) -> tf.Tensor:
        """Of targets, or of anything else ``(batch, ...)``: that of the picture that each was mixed with."""
        import tensorflow as tf

        return tf.roll(of, 1, axis=0)

    def _mixed(self, x: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        x = tf.cast(x, tf.float32)
        drawn = uniform(_DRAWS, tf.shape(x)[0], of_block(_BLOCK, seed))
        other, shares, found = self.others(x), tf.ones_like(drawn["which"]), x
        is_cut = self._is_cut(drawn["which"])
        if "mixup" in self._alphas:
            share = tf.where(is_cut, 1.0, self._share("mixup", drawn))
            weight = share[:, :, tf.newaxis, tf.newaxis]
            # Not x + (1 - weight) * (other - x): with a weight of 1 this is x to the last bit.
            found, shares = weight * x + (1.0 - weight) * other, share
        if "cutmix" in self._alphas:
            height, width = x.shape[1:3]
            side = tf.sqrt(tf.where(is_cut, 1.0 - self._share("cutmix", drawn), 0.0))
            # Rounded down, as a box of more than half the picture would make the other one the larger part.
            tall, wide = tf.floor(side * height), tf.floor(side * width)
            found = tf.where(box(height, width, tall, wide, drawn["down"], drawn["right"]), other, found)
            shares = tf.where(is_cut, 1.0 - tall * wide / (height * width), shares)
        return found, shares[:, 0]

    def _is_cut(self, which: tf.Tensor) -> tf.Tensor:
        """Which pictures CutMix is for, ``(batch, 1)``; the others are for MixUp."""
        import tensorflow as tf

        if len(self._alphas) == 1:
            return tf.fill(tf.shape(which), "cutmix" in self._alphas)
        laid, cut = (tf.convert_to_tensor(self._alphas[name]) > 0.0 for name in MIXED)
        return tf.where(laid & cut, which < 0.5, cut)

    def _share(self, kind: str, drawn: Mapping[str, tf.Tensor]) -> tf.Tensor:
        import tensorflow as tf

        alpha = tf.convert_to_tensor(self._alphas[kind])
        share = symmetric_beta(alpha, drawn[f"{kind}_u"], drawn[f"{kind}_v"])
        return tf.where(alpha > 0.0, tf.maximum(share, 1.0 - share), 1.0)


def symmetric_beta(alpha: tf.Tensor, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    """A draw of Beta(alpha, alpha) from two uniform ones, for any ``alpha`` above 0.

    Without rejection, so that the draws of each are as many (Devroye 1996, 'Random variate generation in one line of
    code': of Student's t by Bailey's method). It works on logarithms, as small alphas leave what float32 can hold.
    """
    import tensorflow as tf

    cosine = tf.cos(2.0 * math.pi * v)
    tail = tf.math.expm1(-tf.math.log(tf.maximum(u, 2.0**-24)) / tf.maximum(alpha, 1e-6))
    squares = tf.maximum(tail, 1e-30) * tf.maximum(tf.square(cosine), 1e-12)
    return 0.5 + 0.5 * tf.sign(cosine) / tf.sqrt(1.0 + 1.0 / squares)
