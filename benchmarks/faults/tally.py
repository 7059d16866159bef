"""What faults did to sweeps: ended trials that were lost or ran twice, sweeps that completed, time that was lost."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import h5py

from benchmarks.faults.driver import Driver
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import is_completed
from cnnsearch.study.record.lines import ATTEMPTS, TRIALS
from cnnsearch.study.record.record import read_lines

__all__ = ["Tally", "ended_in", "held_in", "studies_in", "work_at_stake"]


@dataclass
class Tally:
    """One row of the table.

    Attributes:
        fault: in words.
        faults: how many there were.
        sweeps, completed: sweeps that were hit; those that came to their end, by their own mark.
        ended_lost: trials that had ended before a fault and are not in the record after it, or otherwise.
        run_twice: trials with more than one line of an end.
        work_lost: seconds of training since the last checkpoint, of each trial that was in flight at a fault.
        pauses: seconds from a fault until a result was recorded again.
        results_differ: trials whose results are not those of a sweep without faults; ``None``: not compared.
        wrong_models: sweeps that went on to their end, and whose ``best/`` is not what it is without faults; ``None``:
            not compared.
        hangs: processes that had to be killed as they did not end.
        unclean: processes that ended by a traceback, or by an exit code that is not documented for what happened;
            ``None``: not looked at.
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
    wrong_models: int | None = None
    hangs: int = 0
    unclean: int | None = None
    told: str = ""
    seconds: float = 0.0

    def close(self, study: Study) -> None:
        """A sweep is over: count what its record tells."""
        self.sweeps += 1
        self.completed += is_completed(study)
        lines = Counter(line.trial for line in read_lines(study.store, TRIALS))
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

    def compare_best(self, study: Study, reference: Study) -> None:
        """Count the sweep where ``best/`` is not the reference's: another trial or run, other weights or answers."""
        self.wrong_models = (self.wrong_models or 0) + (held_in(study) != held_in(reference))

    def end(self, driver: Driver, seconds: float, codes: tuple[int, ...]) -> None:
        """Let a process end by itself, within so many seconds and by one of the codes; count what is otherwise."""
        self.unclean = self.unclean or 0
        try:
            code = driver.wait(seconds)
        except TimeoutError:
            self.hangs += 1
            return
        self.unclean += code not in codes or "Traceback (most recent call last)" in driver.said

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def ended_in(study: Study) -> dict[int, Any]:
    """Trial -> its line."""
    return {record.trial: record for record in study.records}


def held_in(study: Study) -> Any:
    """Whose model ``best/`` holds, its weights, the last reading of the test split, and what is left over."""
    note = study.store.read_json("best/metrics.json")
    with zipfile.ZipFile(io.BytesIO(study.store.read("best/model.keras"))) as model:
        weights = _arrays(model.read("model.weights.h5"))
    read = [line.metrics for line in study.test_reads]
    left = [name for folder in ("checkpoints", "models") for name in study.store.entries(folder)]
    return (note["trial"], note.get("run")), weights, read[-1:], left


def _arrays(content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    def take(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()].tobytes()

    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(take)
    return found


def work_at_stake(study: Study, now: float, busy: bool = True) -> list[float]:
    """Seconds since the last checkpoint of each trial in flight, or since a worker took it where it has none.

    Args:
        study: read now.
        now: Unix time.
        busy: trials that have told of nothing yet are being trained, not waiting for a worker to start.
    """
    started = {line.trial: line.time for line in study.proposals}
    started |= {line.trial: line.time for line in read_lines(study.store, ATTEMPTS)}
    last_end = max((record.ended for record in study.records), default=0.0)
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
        record.trial: (record.state, record.config, record.metrics, told.get(record.trial)) for record in study.records
    }


def studies_in(output: Path) -> list[Study]:
    """The studies in a folder, in the order of their names."""
    return [Study.load(path.parent) for path in sorted(output.glob("*/experiment.yaml"))]
