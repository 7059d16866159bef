"""SIGTERM and Ctrl-C, from the first line of a run to its last."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.driver import Driver, experiment_file, until
from benchmarks.faults.tally import Tally, ended_in, studies_in
from cnnsearch.study import Study

__all__ = ["send_signals"]

_SECONDS = 300.0

_RUNS = 4
"""Of the finalists."""


@dataclass(frozen=True)
class _Moment:
    """When a signal is sent: so many seconds after its study has come so far."""

    name: str
    come: Callable[[Path], bool]
    seconds: float


def send_signals(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001 - the signature of a scenario
    """Send SIGTERM to drivers, and in turn Ctrl-C to their process groups, at moments from start to report."""
    tally = Tally("SIGTERM or Ctrl-C, from start to report")
    keys = {
        "dataset": "{source: digits, limit: 400, validation: 0.2, test: 0.2}",
        "epochs": "20",
        "budget": "{trials: 4}",
        "finalists": "{top: 2, seeds: 2}",
    }
    file = experiment_file(folder, **keys)
    reference, moments = _undisturbed(file, folder / "undisturbed")
    told = []
    for number in range(faults):
        output, moment = folder / f"signal-{number}", moments[number % len(moments)]
        told.append(_signalled(file, output, moment, bool(number % 2), tally))
        (study,) = studies_in(output)
        tally.close(study)
        tally.compare(study, reference)
        tally.compare_best(study, reference)
    tally.told = "; ".join(told)
    return tally


def _undisturbed(file: Path, output: Path) -> tuple[Study, list[_Moment]]:
    """The sweep without a signal, and the moments of one: start-up and end are as long as they were in it."""
    began = time.monotonic()
    driver = Driver(["run", str(file), "--output", str(output), "--quiet"], file.parent / "log")
    until(lambda: bool(studies_in(output)), driver)
    startup = time.monotonic() - began
    until(lambda: _finalists(output) == _RUNS, driver)
    whole = time.monotonic()
    driver.wait(_SECONDS)
    end = time.monotonic() - whole
    starts = [
        _Moment(f"{share:.0%} of the start-up", lambda _: True, share * startup) for share in (0.1, 0.3, 0.6, 0.9)
    ]
    ends = [
        _Moment(f"{share:.0%} of the end", lambda output: _finalists(output) == _RUNS, share * end)
        for share in (0.0, 0.3, 0.6)
    ]
    work = [
        _Moment("a study", lambda output: bool(studies_in(output)), 0.0),
        _Moment("a trial", lambda output: any(study.records for study in studies_in(output)), 0.0),
        _Moment("a finalist", lambda output: _finalists(output) > 0, 0.0),
    ]
    (reference,) = studies_in(output)
    return reference, [*starts, *work, *ends]


def _finalists(output: Path) -> int:
    return sum(len(study.finalist_lines) for study in studies_in(output))


def _signalled(file: Path, output: Path, moment: _Moment, is_ctrl_c: bool, tally: Tally) -> str:
    """One sweep that is sent a signal, and goes on; in words."""
    log = file.parent / "log"
    driver = Driver(["run", str(file), "--output", str(output), "--quiet"], log)
    until(lambda: moment.come(output), driver)
    deadline = time.monotonic() + moment.seconds
    until(lambda: time.monotonic() > deadline, driver)
    before = {study.name: ended_in(study) for study in studies_in(output)}
    tally.faults += driver.code is None
    driver.send(*((signal.SIGINT, True) if is_ctrl_c else (signal.SIGTERM, False)))
    sent = time.monotonic()
    tally.end(driver, _SECONDS, (0, 130))
    told = f"{moment.name}: exit {driver.code} after {time.monotonic() - sent:.0f} s"
    found = studies_in(output)
    for study in found:
        tally.lose(before.get(study.name, {}), study)
        tally.unclean = (tally.unclean or 0) + (not _goes_on(driver, study))
    again = ["resume", str(found[0].path)] if found else ["run", str(file), "--output", str(output)]
    tally.end(Driver([*again, "--quiet"], log), _SECONDS, (0,))
    return told


def _goes_on(driver: Driver, study: Study) -> bool:
    """Whether what is left has its report, and the user was told how to go on where there is something left."""
    return study.store.exists("report.html") and (driver.code == 0 or "To go on: " in driver.said)
