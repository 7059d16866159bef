"""The bare loop, with the frozen backbone computed in every epoch."""

from __future__ import annotations

from pathlib import Path

from benchmarks.outcome import Outcome
from benchmarks.peers import bare_loop
from benchmarks.work import Work

__all__ = ["run"]


def run(work: Work, arrays_path: Path) -> Outcome:
    return bare_loop.run(work.uncached(), arrays_path)
