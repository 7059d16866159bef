"""The Ray edge: everything between an experiment and its trials on the workers."""

from cnnsearch.sweep.runner import run

__all__ = ["run"]
