"""How a row of numbers is best shown."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["wide"]


def wide(values: Sequence[float]) -> bool:
    """Whether values, all above 0, spread over more than two decades: only a logarithmic axis shows them."""
    return bool(values) and min(values) > 0 and max(values) > 100 * min(values)
