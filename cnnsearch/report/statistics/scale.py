"""How a row of numbers is best shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["finite", "wide"]


def finite(value: float | None) -> float | None:
    """A number that a figure can show; ``None`` for infinity and what is no number."""
    return None if value is None or not math.isfinite(value) else float(value)


def wide(values: Sequence[float]) -> bool:
    """Whether values, all above 0, spread over more than two decades: only a logarithmic axis shows them."""
    return bool(values) and min(values) > 0 and max(values) > 100 * min(values)
