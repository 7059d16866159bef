"""The folder of a sweep: its record, its best model, its environment."""

from cnnsearch.study.study import Best, Study

__all__ = ["Best", "Study"]
