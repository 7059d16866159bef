"""Draws near a value: truncated normals in ranges, Aitchison and Aitken's kernels in choices."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from cnnsearch.search.samplers.densities.columns import Rows

__all__ = ["drawn_near", "spread"]


def drawn_near(rng: np.random.Generator, centres: Rows, options: int, width: float) -> Rows:
    """A value near each centre, as :class:`~cnnsearch.search.samplers.densities.columns.Columns` has them.

    Args:
        rng: gives two draws for each, whatever its kind.
        centres: NaN: any value is as likely as any other.
        options: of a choice; 0: it is a range.
        width: standard deviation in shares of a range; of a choice the chance of another option than the centre's.
    """
    size = len(centres)
    uniform, chance = rng.random(size), rng.random(size)
    if options:
        away = np.isnan(centres) | (chance < spread(options, width))
        others = (np.nan_to_num(centres) + 1 + np.floor(uniform * (options - 1))) % options
        others = np.where(np.isnan(centres), np.floor(uniform * options), others)
        return np.where(away, others, centres)
    low, high = ndtr(-centres / width), ndtr((1 - centres) / width)
    normal = centres + width * ndtri(low + uniform * (high - low))
    return np.where(np.isnan(centres), uniform, np.clip(normal, 0.0, 1.0))


def spread(options: int, width: float) -> float:
    """The chance of another option than the kernel's own; at most that of a uniform draw."""
    return float(min(width, 1 - 1 / options))
