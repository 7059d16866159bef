"""Kills between the last line of a record and the driver's exit, where best/, test reading and report are made."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.driver import Driver, experiment_file, until
from benchmarks.faults.tally import Tally, ended_in, studies_in
from cnnsearch.study import Study
from cnnsearch.study.record.lines import FINALISTS, TRIALS

__all__ = ["kill_last_moments"]

_SECONDS = 300.0


@dataclass(frozen=True)
class _Kind:
    """A way to go on with a study.

    Attributes:
        before: the study that goes on; each fault has a copy of it.
        arguments: of ``resume``, after the study.
        undisturbed: what it comes to without a fault.
        window: seconds from the last line of its record to the exit of the driver.
    """

    before: Path
    arguments: list[str]
    undisturbed: Study
    window: float


def kill_last_moments(folder: Path, faults: int, seed: int) -> Tally:
    """Kill drivers in their last moments, of a study that was interrupted and of one that is extended by a trial."""
    tally, rng = Tally("the driver killed in the last moments of a resumed or extended study"), random.Random(seed)
    log = folder / "log"
    kinds = _kinds(folder, log)
    for number in range(faults):
        kind = kinds[number % len(kinds)]
        study = _killed(kind, folder / f"moment-{number}", rng.uniform(0.0, kind.window), log, tally)
        tally.close(study)
        tally.compare(study, kind.undisturbed)
        tally.compare_best(study, kind.undisturbed)
    return tally


def _killed(kind: _Kind, place: Path, seconds: float, log: Path, tally: Tally) -> Study:
    """A copy of the study whose driver is killed so many seconds after its last line, and which goes on."""
    shutil.copytree(kind.before, place)
    driver = Driver(["resume", str(place), *kind.arguments, "--quiet"], log)
    until(lambda: _is_whole(place, kind.undisturbed), driver)
    deadline = time.monotonic() + seconds
    until(lambda: time.monotonic() > deadline, driver)
    before = ended_in(Study.load(place))
    driver.kill()
    tally.faults += 1
    tally.end(Driver(["resume", str(place), *kind.arguments, "--quiet"], log), _SECONDS, (0,))
    study = Study.load(place)
    tally.lose(before, study)
    return study


_KEYS = {
    "dataset": "{source: digits, limit: 400, validation: 0.2, test: 0.2}",
    "epochs": "4",
    # In the order of this seed, from its own first config on and with the family's first defaults, each trial does
    # better than those before it: the last moments have a model to move.
    "seed": "228",
    "start": "none",
    "defaults": "1",
    "space": "{filters: 8, conv_blocks: 1, learning_rate: {choice: [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 8e-3]}}",
    "sampler": "grid",
    "budget": "{trials: 4}",
    "resources": "{checkpoint_seconds: 0.5, max_concurrent: 1}",
}


def _kinds(folder: Path, log: Path) -> list[_Kind]:
    """The studies that go on, and what they come to when nothing happens."""
    found = []
    for number, more in enumerate(({}, {"finalists": "{top: 2, seeds: 2}"})):
        place = folder / f"kind-{number}"
        place.mkdir()
        file = experiment_file(place, **_KEYS, **more)
        interrupted = Driver(["run", str(file), "--output", str(place / "interrupted"), "--quiet"], log)
        until(
            lambda place=place: any(len(study.records) >= 2 for study in studies_in(place / "interrupted")), interrupted
        )
        interrupted.kill()
        Driver(["run", str(file), "--output", str(place / "ended"), "--quiet"], log).wait(_SECONDS)
        found.append(_kind(place / "interrupted" / "faults", [], place / "resumed", log))
        found.append(_kind(place / "ended" / "faults", ["--trials", "6"], place / "extended", log))
    return found


def _kind(before: Path, arguments: list[str], place: Path, log: Path) -> _Kind:
    shutil.copytree(before, place)
    Driver(["resume", str(place), *arguments, "--quiet"], log).wait(_SECONDS)
    ended = time.time()
    last = max((place / name).stat().st_mtime for name in (TRIALS, FINALISTS) if (place / name).exists())
    found, former = Study.load(place), Study.load(before)
    if found.best == former.best:
        raise ValueError(f"{place}: its best is that of before, so that no wrong model could be found")
    return _Kind(before, arguments, found, ended - last)


def _is_whole(place: Path, undisturbed: Study) -> bool:
    """Whether its record has as many ends as it will have."""
    whole = undisturbed.path
    return all(_lines(place / name) >= _lines(whole / name) for name in (TRIALS, FINALISTS))


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
