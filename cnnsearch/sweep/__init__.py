"""The Ray edge: everything between an experiment and its trials on the workers."""

from cnnsearch.sweep.replay import replay
from cnnsearch.sweep.resumption import resume
from cnnsearch.sweep.runner import run

__all__ = ["replay", "resume", "run"]
