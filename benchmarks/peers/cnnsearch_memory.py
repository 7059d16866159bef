"""This project's worker memory: a sweep whose workers write down their unique set size after each trial."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cnnsearch
from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.timed_worker import WeighedWorker, read_memory, use_worker
from benchmarks.work import Work

__all__ = ["run"]


def run(work: Work, arrays_path: Path) -> Outcome:  # noqa: ARG001 - it loads the data itself
    """Run the sweep; the values of the outcome are megabytes of the worker that ran most trials."""
    with tempfile.TemporaryDirectory() as folder:
        use_worker(WeighedWorker, Path(folder) / "weights")
        cnnsearch.run(work.experiment(), output=Path(folder) / "studies")
        weights = read_memory(Path(folder) / "weights")
    return Outcome(weights[0][0], tuple(PeerTrial(megabytes, time) for time, megabytes in weights), 0)
