"""What faults did to sweeps: ended trials that were lost or ran twice, sweeps that completed, time that was lost."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cnnsearch.study import Study
from cnnsearch.study.record import TRIALS, read_lines

__all__ = ["Tally", "ended_in", "work_at_stake"]


@dataclass
class Tally:
    """One row of the table.

    Attributes:
        fault: in words.
        faults: how many there were.
        sweeps, completed: sweeps that were hit; those of which every proposed trial has ended.
        ended_lost: trials that had ended before a fault and are not in the record after it, or otherwise.
        run_twice: trials with more than one line of an end.
        work_lost: seconds of training since the last checkpoint, of each trial that was in flight at a fault.
        pauses: seconds from a fault until a result was recorded again.
        results_differ: trials whose results are not those of a sweep without faults; ``None``: not compared.
        told: what the user was told.
        seconds: that all of it took.
    """

    fault: str
    faults: int = 0
    sweeps: int = 0
    completed: int = 0
    ended_lost: int = 0
    run_twice: int = 0
    work_lost: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    results_differ: int | None = None
    told: str = ""
    seconds: float = 0.0

    def close(self, study: Study) -> None:
        """A sweep is over: count what its record tells."""
        self.sweeps += 1
        self.completed += bool(study.records) and not study.in_flight and study.store.exists("report.html")
        lines = Counter(line["trial"] for line in read_lines(study.store, TRIALS))
        self.run_twice += sum(count > 1 for count in lines.values())

    def lose(self, before: dict[int, Any], study: Study) -> None:
        """Compare what had ended before a fault with the record now."""
        now = ended_in(study)
        self.ended_lost += sum(now.get(trial) != line for trial, line in before.items())

    def compare(self, study: Study, reference: Study) -> None:
        """Count the trials whose results differ, bit for bit."""
        found, expected = _results(study), _results(reference)
        differ = sum(found.get(trial) != result for trial, result in expected.items())
        self.results_differ = (self.results_differ or 0) + differ

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def ended_in(study: Study) -> dict[int, Any]:
    """Trial -> its line."""
    return {record["trial"]: record for record in study.records}


def work_at_stake(study: Study, now: float, busy: bool = True) -> list[float]:
    """Seconds since the last checkpoint of each trial in flight, or since a worker took it where it has none.

    Args:
        study: read now.
        now: Unix time.
        busy: trials that have told of nothing yet are being trained, not waiting for a worker to start.
    """
    started = {line["trial"]: line["time"] for line in study.proposals}
    started |= {line["trial"]: line["time"] for line in read_lines(study.store, "attempts.jsonl")}
    last_end = max((record["ended"] for record in study.records), default=0.0)
    found = []
    for trial in study.in_flight if busy else ():
        saved = [
            entry.modified
            for name, entry in study.store.entries(f"checkpoints/{trial}").items()
            if re.search(r"/checkpoint\.npz$", name)
        ]
        found.append(max(0.0, now - max([*saved, started[trial]], default=last_end)))
    return found


def _results(study: Study) -> dict[int, Any]:
    curves = study.curves.groupby("trial")
    names = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_f1"]
    told = {int(trial): frame[names].to_numpy().tolist() for trial, frame in curves}
    return {
        record["trial"]: (record["state"], record["config"], record["metrics"], told.get(record["trial"]))
        for record in study.records
    }


def studies_in(output: Path) -> list[Study]:
    """The studies in a folder, in the order of their names."""
    return [Study.load(path.parent) for path in sorted(output.glob("*/experiment.yaml"))]
