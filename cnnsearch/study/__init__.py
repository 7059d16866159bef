"""The folder of a sweep: its record, its best model, its environment."""

from cnnsearch.study.study import Study
from cnnsearch.study.winner.winner import Best

__all__ = ["Best", "Study"]
