"""How a row of numbers is best shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["finite", "framed", "wide"]


def finite(value: float | None) -> float | None:
    """A number that a figure can show; ``None`` for infinity and what is no number."""
    return None if value is None or not math.isfinite(value) else float(value)


def wide(values: Sequence[float]) -> bool:
    """Whether values, all above 0, spread over more than two decades: only a logarithmic axis shows them."""
    return bool(values) and min(values) > 0 and max(values) > 100 * min(values)


def framed(values: Sequence[float], best: float | None) -> tuple[float, float] | None:
    """Ends of an axis on which few values far from all others would squeeze these, as 0.16 squeezes 0.96 to 0.98.

    Far is beyond three times the distance of the tenth and the ninetieth percentile; few are a tenth on either side.

    Args:
        values: all that are to be drawn.
        best: one that must be seen.

    Returns:
        Least and greatest of the others; ``None`` where these fill a third of the axis as it is, or all are near.
    """
    if len(values) < _FEWEST:
        return None
    low = float(np.quantile(values, 0.1, method="higher"))
    high = float(np.quantile(values, 0.9, method="lower"))
    reach = 3 * (high - low)
    near = [value for value in values if low - reach <= value <= high + reach]
    ends = min(near), max(near)
    is_squeezed = 0 < ends[1] - ends[0] < (max(values) - min(values)) / 3
    return ends if is_squeezed and (best is None or ends[0] <= best <= ends[1]) else None


_FEWEST = 8
"""Of fewer values none is far from the others."""
