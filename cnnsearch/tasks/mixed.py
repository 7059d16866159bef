"""Targets of pictures that were mixed with others, for losses that are a mean over what a picture may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["both"]


def both(targets: tf.Tensor, others: tf.Tensor, shares: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
    """Both targets, each by its share of the picture: see :class:`cnnsearch.tasks.contract.heads.Head`.

    Cross-entropy is linear in the target, with smoothing and weights of classes too, so this is its value for a label
    that is shared between the two, as Zhang et al. 2018 compute it. Of the focal loss it is what both losses come to.
    """
    return (targets, shares), (others, 1.0 - shares)
