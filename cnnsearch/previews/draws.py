"""Draws of augmentation, as a trial makes them of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED
from cnnsearch.tasks.detection.parameters import MOSAIC

__all__ = ["drawn"]


def drawn(
    values: Mapping[str, Any], x: np.ndarray, value_range: tuple[float, float], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures as they are at rest -> as a training step has them, and the share of each that is its own.

    Args:
        values: parameter of augmentation, or ``mosaic``, -> value; all others are off.
        x: one batch, ``(n, height, width, channels)``.
        value_range: least and greatest value of the pictures at rest.
        seed: of the draws.

    Returns:
        ``(n, height, width, channels)`` float32, and ``(n,)``.
    """
    from cnnsearch.inputs.pictures.augmentation import Augmentation, Mixing
    from cnnsearch.inputs.pictures.augmentation.mosaic import Mosaic

    settings = AUGMENTATION.filled({name: value for name, value in values.items() if name in AUGMENTATION})
    acting = frozenset(name for name, value in settings.items() if not AUGMENTATION[name].is_neutral(value))
    at = np.array([seed, 0], np.int64)
    x, shares = x.astype(np.float32), np.ones(len(x), np.float32)
    # As numbers and not as variables: nothing is compiled, which for a few pictures takes longer than all else.
    if changing := acting - {*MIXED, "fill_mode"}:
        strengths = {name: np.float32(settings[name]) for name in changing - {"random_flip"}}
        x = np.asarray(Augmentation(changing, settings, strengths, value_range, by_xla=False)(x, at))
    if share := values.get(MOSAIC):
        x = np.asarray(Mosaic(np.float32(share), by_xla=False)(x, at)[0])
    if mixing := acting.intersection(MIXED):
        alphas = {name: np.float32(settings[name]) for name in mixing}
        x, shares = map(np.asarray, Mixing(mixing, alphas, by_xla=False)(x, at))
    return x, shares
