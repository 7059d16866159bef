"""Parameters of a search space: float, int, choice and constant."""

from __future__ import annotations

from cnnsearch.space.options import Choice, Constant
from cnnsearch.space.ranges import Float, Int

__all__ = ["Choice", "Constant", "Float", "Int", "Parameter"]

Parameter = Float | Int | Choice | Constant
