"""SIGTERM and Ctrl-C, from the first line of a run to its last."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from benchmarks.faults.driver import Driver, experiment_file, until
from benchmarks.faults.tally import Tally, ended_in, studies_in
from cnnsearch.study import Study

__all__ = ["send_signals"]

_SECONDS = 120.0


def send_signals(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001 - the signature of a scenario
    """Send SIGTERM to drivers, and in turn Ctrl-C to their process groups, at moments spread over a whole run."""
    tally = Tally("SIGTERM or Ctrl-C, from start to report")
    keys = {
        "dataset": "{source: digits, limit: 400, validation: 0.2, test: 0.2}",
        "epochs": "20",
        "budget": "{trials: 4}",
        "finalists": "{top: 2, seeds: 2}",
    }
    file, log = experiment_file(folder, **keys), folder / "log"
    began = time.monotonic()
    Driver(["run", str(file), "--output", str(folder / "undisturbed"), "--quiet"], log).wait(400.0)
    whole = time.monotonic() - began
    (reference,) = studies_in(folder / "undisturbed")
    told = []
    for number in range(faults):
        moment = whole * (number + 0.5) / faults
        told.append(_signalled(file, folder / f"signal-{number}", moment, bool(number % 2), tally))
        (study,) = studies_in(folder / f"signal-{number}")
        tally.close(study)
        tally.compare(study, reference)
        tally.compare_best(study, reference)
    tally.told = "; ".join(told)
    return tally


def _signalled(file: Path, output: Path, moment: float, is_ctrl_c: bool, tally: Tally) -> str:
    """One sweep that is sent a signal after so many seconds, and goes on; in words."""
    log = file.parent / "log"
    driver = Driver(["run", str(file), "--output", str(output), "--quiet"], log)
    deadline = time.monotonic() + moment
    until(lambda: time.monotonic() > deadline, driver, moment + 60)
    before = {study.name: ended_in(study) for study in studies_in(output)}
    driver.send(*((signal.SIGINT, True) if is_ctrl_c else (signal.SIGTERM, False)))
    sent = time.monotonic()
    tally.faults += 1
    tally.end(driver, _SECONDS, (0, 130))
    told = f"at {moment:.0f} s exit {driver.code} after {time.monotonic() - sent:.0f} s"
    found = studies_in(output)
    for study in found:
        tally.lose(before.get(study.name, {}), study)
        tally.unclean = (tally.unclean or 0) + (not _goes_on(driver, study))
    again = ["resume", str(found[0].path)] if found else ["run", str(file), "--output", str(output)]
    tally.end(Driver([*again, "--quiet"], log), 400.0, (0,))
    return told


def _goes_on(driver: Driver, study: Study) -> bool:
    """Whether what is left has its report, and the user was told how to go on where there is something left."""
    return study.store.exists("report.html") and (driver.code == 0 or "To go on: " in driver.said)
