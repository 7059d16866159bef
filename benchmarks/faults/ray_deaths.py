"""Ray's own processes, killed: what keeps the stages, what starts the workers, what knows of all."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.faults.driver import Driver, experiment_file, until
from benchmarks.faults.tally import Tally, ended_in, studies_in
from cnnsearch.study import Study

__all__ = ["kill_ray"]

_SECONDS = 240.0
"""For a sweep to end whose Ray has died, and for one that goes on."""

Moment = Callable[[Path], bool]


def _at_once(output: Path) -> bool:  # noqa: ARG001 - the signature of a moment
    return True


def _in_the_search(output: Path) -> bool:
    return any(study.records for study in studies_in(output))


def _among_finalists(output: Path) -> bool:
    return any(study.finalist_lines for study in studies_in(output))


_FAULTS: tuple[tuple[str, Moment], ...] = (
    ("ray::_StageTable", _at_once),
    ("ray::_StageTable", _in_the_search),
    ("ray::_StageTable", _among_finalists),
    ("raylet", _at_once),
    ("raylet", _in_the_search),
    ("gcs_server", _in_the_search),
    ("gcs_server", _among_finalists),
    ("ray::TrialWorker", _at_once),
)


def kill_ray(folder: Path, faults: int, seed: int) -> Tally:
    """Kill one of Ray's processes once a sweep, at its start, in the search, and while finalists run."""
    tally, rng = Tally("one of Ray's own processes killed"), random.Random(seed)
    told = []
    keys = {
        "dataset": "{source: digits, limit: 400, validation: 0.2, test: 0.2}",
        "epochs": "30",
        "budget": "{trials: 6}",
        "finalists": "{top: 2, seeds: 2}",
    }
    file, log = experiment_file(folder, **keys), folder / "log"
    reference = _undisturbed(folder, file, log)
    for number in range(faults):
        output = folder / f"ray-{number}"
        told.append(_killed(file, output, *_FAULTS[number % len(_FAULTS)], rng, tally))
        (study,) = studies_in(output)
        tally.close(study)
        tally.compare(study, reference)
        tally.compare_best(study, reference)
    tally.told = "; ".join(told)
    return tally


def _killed(file: Path, output: Path, title: str, moment: Moment, rng: random.Random, tally: Tally) -> str:
    """One sweep that loses a process of its Ray, and is gone on with; in words."""
    log = file.parent / "log"
    driver = Driver(["run", str(file), "--output", str(output), "--quiet"], log)
    until(lambda: moment(output) and bool(driver.processes(title)), driver)
    before = {study.name: ended_in(study) for study in studies_in(output)}
    with contextlib.suppress(psutil.NoSuchProcess, IndexError):
        rng.choice(driver.processes(title)).kill()
        tally.faults += 1
    tally.end(driver, _SECONDS, (0, 1, 2))
    found = studies_in(output)
    if driver.code or not found:
        again = ["resume", str(found[0].path)] if found else ["run", str(file), "--output", str(output)]
        tally.end(Driver([*again, "--quiet"], log), _SECONDS, (0,))
    for study in studies_in(output):
        tally.lose(before.get(study.name, {}), study)
    return f"{title.removeprefix('ray::')} {moment.__name__.strip('_').replace('_', ' ')}: {_words(driver)}"


def _undisturbed(folder: Path, file: Path, log: Path) -> Study:
    Driver(["run", str(file), "--output", str(folder / "undisturbed"), "--quiet"], log).wait(_SECONDS)
    (study,) = studies_in(folder / "undisturbed")
    return study


def _words(driver: Driver) -> str:
    """Its exit code, and what it said of an error."""
    lines = [line for line in driver.said.splitlines() if line.startswith("error:")]
    told = lines[-1].removeprefix("error: ").partition(" cnnsearch resume ")[0] + " ..." if lines else ""
    return f"exit {driver.code}" + (f", {told}" if told else "")
