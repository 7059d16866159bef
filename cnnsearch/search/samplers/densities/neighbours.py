"""Rows near another one: a step from a good config, where a density of many would jump."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnsearch.search.samplers.densities.columns import Rows

__all__ = ["neighbours"]

_CHANGED = 0.5
"""Of the columns, each by chance, and one at least."""
_STEP = 0.1
"""Standard deviation of a change, in shares of a range; what would leave it stays at its end."""


def neighbours(row: Rows, options: Sequence[int], rng: np.random.Generator, count: int) -> Rows:
    """``(count, columns)``, every column with a value.

    Args:
        row: which to be near, as :class:`~cnnsearch.search.samplers.densities.columns.Columns` makes them. Where it
            has no value a neighbour has any.
        options: of each column, as there; of a choice that changes each is equally likely.
        rng: of every draw.
        count: of neighbours.
    """
    shape, sizes = (count, len(options)), np.array(options)
    changed = rng.random(shape) < _CHANGED
    if options:
        changed[np.arange(count), rng.integers(len(options), size=count)] |= ~changed.any(axis=1)
    uniform, step = rng.random(shape), _STEP * rng.standard_normal(shape)
    anywhere = np.where(sizes > 0, np.floor(uniform * sizes), uniform)
    near = np.where(sizes > 0, anywhere, np.clip(row + step, 0.0, 1.0))
    return np.where(np.isnan(row), anywhere, np.where(changed, near, row))
