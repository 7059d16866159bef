"""Draws of augmentation, as a trial makes them of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED
from cnnsearch.tasks.detection.parameters import MOSAIC

if TYPE_CHECKING:
    from cnnsearch.tasks.contract.heads import Head

__all__ = ["Draws", "drawn"]


class Draws(NamedTuple):
    """Pictures as a training step has them.

    Attributes:
        x: ``(n, height, width, channels)`` float32.
        shares: of each picture that is its own, ``(n,)``; what is left is of the one before it.
        targets: ``(n, ...)`` at rest: those that have places in the pictures as they are there.
    """

    x: np.ndarray
    shares: np.ndarray
    targets: np.ndarray


def drawn(
    values: Mapping[str, Any],
    x: np.ndarray,
    targets: np.ndarray,
    value_range: tuple[float, float],
    seed: int,
    head: Head | None = None,
) -> Draws:
    """Pictures and targets as they are at rest -> as a training step has them.

    Args:
        values: parameter of augmentation, or ``mosaic``, -> value; all others are off.
        x: one batch, ``(n, height, width, channels)``.
        targets: of these, ``(n, ...)``.
        value_range: least and greatest value of the pictures at rest.
        seed: of the draws.
        head: of the task, where targets follow what moves a picture.
    """
    from cnnsearch.inputs.pictures.augmentation import Augmentation, Mixing
    from cnnsearch.inputs.pictures.augmentation.mosaic import Mosaic
    from cnnsearch.tasks.detection.moving import joined

    settings = AUGMENTATION.filled({name: value for name, value in values.items() if name in AUGMENTATION})
    acting = frozenset(name for name, value in settings.items() if not AUGMENTATION[name].is_neutral(value))
    at = np.array([seed, 0], np.int64)
    x, shares = x.astype(np.float32), np.ones(len(x), np.float32)
    # As numbers and not as variables: nothing is compiled, which for a few pictures takes longer than all else.
    if changing := acting - {*MIXED, "fill_mode"}:
        strengths = {name: np.float32(settings[name]) for name in changing - {"random_flip"}}
        augmentation = Augmentation(changing, settings, strengths, value_range, by_xla=False)
        if head is not None and augmentation.moves:
            x, movement = augmentation.with_movement(x, at)
            targets = np.asarray(head.moved(targets, movement))
        else:
            x = augmentation(x, at)
        x = np.asarray(x)
    if share := values.get(MOSAIC):
        x, quarters = Mosaic(np.float32(share), by_xla=False)(x, at)
        x, targets = np.asarray(x), np.asarray(joined(targets, quarters))
    if mixing := acting.intersection(MIXED):
        alphas = {name: np.float32(settings[name]) for name in mixing}
        x, shares = map(np.asarray, Mixing(mixing, alphas, by_xla=False)(x, at))
    return Draws(x, shares, targets)
