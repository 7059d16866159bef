"""Random numbers of a batch: what a picture draws depends on the seed and on its place in the batch alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["compiled", "of_block", "uniform"]

_APART = 1_000_003
"""Between the seeds of two blocks."""


def uniform(names: Sequence[str], count: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
    """From 0 to below 1, by name, ``(count, 1)`` each. All of a block are drawn, whatever of it is used.

    So what a picture draws does not depend on what else is searched.
    """
    import tensorflow as tf

    # Philox by name: the default may differ between CPU and GPU.
    drawn = tf.random.stateless_uniform((count, len(names)), seed, alg="philox")
    return dict(zip(names, tf.split(drawn, len(names), axis=1), strict=True))


def of_block(number: int, seed: tf.Tensor) -> tf.Tensor:
    """The seed of a block of draws; a block that is added later leaves the draws of the others as they were."""
    import tensorflow as tf

    return seed + tf.constant([number * _APART, 0], seed.dtype)


def compiled(function: Callable[..., Any], by_xla: bool = True) -> Callable[..., Any]:
    """By XLA, once for each batch size; or not at all."""
    if not by_xla:
        return function
    import tensorflow as tf

    made: Callable[..., Any] = tf.function(function, jit_compile=True, autograph=False)
    return made
