"""This project: a sweep over the work's configs, which are its own random draws, or a search of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cnnsearch
from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.profile import Notes, profile_of
from benchmarks.timed_worker import TimedWorker, use_worker
from benchmarks.work import Work
from cnnsearch.study.record.lines import CURVES
from cnnsearch.study.record.record import read_lines

__all__ = ["run"]

_SEARCH = {
    "sampler": "auto",
    "scheduler": {"name": "asha", "grace_epochs": 1, "reduction": 3},
}
"""Where a work gives no configs."""


def run(work: Work, arrays_path: Path) -> Outcome:  # noqa: ARG001 - it loads and splits the data itself, as for any user
    """Run the sweep, report included.

    Raises:
        RuntimeError: it did not run the work's configs to their ends.
    """
    with tempfile.TemporaryDirectory() as folder:
        use_worker(TimedWorker, Path(folder) / "notes")
        experiment = work.experiment(**({} if work.configs else _SEARCH))
        study = cnnsearch.run(experiment, output=Path(folder) / "studies")
        curves = {(line.trial, line.epoch): line for line in read_lines(study.store, CURVES)}
        notes = Notes.read_all(Path(folder) / "notes")
    ready = min(note.began for note in notes)
    compilations = sum(bool(record.cost.get("compile_seconds")) for record in study.records)
    if not work.configs:
        progress = tuple((line.time, line.values["val_accuracy"]) for line in curves.values())
        return Outcome(ready, (), compilations, progress)
    _check(work, study)
    trials = tuple(
        PeerTrial(curves[record.trial, work.epochs].values["val_accuracy"], record.ended) for record in study.records
    )
    held = work.workers * (max(trial.ended for trial in trials) - ready)
    profile = profile_of(study.records, _epoch_seconds(curves), notes, held)
    return Outcome(ready, trials, compilations, (), profile)


def _check(work: Work, study: cnnsearch.Study) -> None:
    filled = [study.experiment.filled(proposal.config) for proposal in study.proposals]
    proposed = tuple(json.loads(json.dumps(filled)))  # as the work's own went through a file
    if proposed != work.configs:
        raise RuntimeError("the sweep proposed other configs than the work's")
    failed = [record for record in study.records if record.state != "COMPLETED" or record.epochs != work.epochs]
    if failed:
        raise RuntimeError(f"trials did not run to their ends: {failed}")


def _epoch_seconds(curves: Mapping[tuple[int, int], Mapping[str, Any]]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for trial, epoch in sorted(curves):
        found.setdefault(trial, []).append(curves[trial, epoch].seconds)
    return found
