"""This project with its feature cache off: the compiled engine on pictures in memory, the backbone in every epoch."""

from __future__ import annotations

from pathlib import Path

from benchmarks.outcome import Outcome
from benchmarks.peers import cnnsearch_sweep
from benchmarks.work import Work

__all__ = ["run"]


def run(work: Work, arrays_path: Path) -> Outcome:
    return cnnsearch_sweep.run(work.uncached(), arrays_path)
