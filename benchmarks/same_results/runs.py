"""The sweeps that both codes run: short, on one worker, so that the order of what they report is no chance."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.driver import Driver, until
from benchmarks.same_results.sides import Side

__all__ = ["RUNS", "SweepRun", "carry_out", "needed"]

_SECONDS = 900.0
"""For a sweep to end; it takes half a minute on a machine that does nothing else."""

_TRIES = 5
_NO_RAY = "Ray does not start on this machine"
"""What a driver says, which then has done nothing yet."""

_DIGITS = "search_spaces/digits_cnn.yaml"
_SMALL = {"dataset.limit": "600", "finalists": "{top: 2, seeds: 2}"}


@dataclass(frozen=True)
class SweepRun:
    """A sweep.

    Attributes:
        file: of the experiment; that of the earlier commit for both codes.
        trials, epochs: how many.
        keys: of the experiment, over the file's own.
        study: name of the study.
        sampler: its name.
        needs: run whose study this one starts from, or whose results it is to repeat.
        killed: the driver is killed when so many trials have ended, and the sweep resumed.
    """

    file: str
    trials: int
    epochs: int
    keys: Mapping[str, str]
    study: str
    sampler: str = "tpe"
    needs: str = ""
    killed: int = 0

    @property
    def arguments(self) -> list[str]:
        """Of ``cnnsearch run``, after the file."""
        counts = [f"--trials={self.trials}", f"--epochs={self.epochs}", "--workers=1"]
        return [*counts, *(f"--set={key}={value}" for key, value in self.keys.items()), f"--name={self.study}"]


def _digits(study: str, sampler: str, scheduler: str, trials: int = 12, killed: int = 0, needs: str = "") -> SweepRun:
    return SweepRun(_DIGITS, trials, 8, {**_SMALL, "scheduler": scheduler}, study, sampler, needs, killed)


_ASHA = "{name: asha, grace_epochs: 2, reduction: 3}"

RUNS: dict[str, SweepRun] = {
    "random": _digits("random", "random", "none"),
    "asha": _digits("asha", "random", _ASHA),
    "tpe": _digits("tpe", "tpe", _ASHA, trials=18),
    "first-half": SweepRun("search_spaces/digits_first_half.yaml", 3, 4, {"dataset.limit": "300"}, "digits-first-half"),
    "transfer": SweepRun(
        "search_spaces/transfer_digits.yaml",
        12,
        6,
        {"space.fine_tune_epochs": "{choice: [2, 3]}", "space.unfrozen_layers": "{choice: [4, 8]}"},
        "transfer",
        needs="first-half",
    ),
    "resumed": _digits("resumed", "random", _ASHA, killed=4, needs="asha"),
}
"""Name -> sweep; each stands behind the one that it needs."""


def needed(names: list[str]) -> list[str]:
    """The runs of these names, and those that they need, in the order of the table."""
    wanted = set(names) | {RUNS[name].needs for name in names}
    return [name for name in RUNS if name in wanted]


def carry_out(side: Side, name: str, files: Path, tell: Callable[[str], None]) -> Path:
    """Run a sweep with the code of ``side``; returns its study, which is taken as it is where it is there already.

    Raises:
        RuntimeError: the sweep did not come to a good end.
    """
    run, study = RUNS[name], side.folder / RUNS[name].study
    asked = {"arguments": run.arguments, "file": (files / run.file).read_text(encoding="utf-8"), "killed": run.killed}
    note = side.folder / f"{name}.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) == asked:
        tell(f"{side.name}: {name} is kept from before")
        return study
    shutil.rmtree(study, ignore_errors=True)
    given = [*run.arguments, *_as_before(side, run.sampler)]
    arguments = ["run", str(files / run.file), *given, f"--output={side.folder}", "--quiet"]
    if run.killed:
        driver = _started(side, name, arguments, lambda: _is_amid(study, run.killed))
        if driver.code is not None:
            raise RuntimeError(f"{side.name}: {name} ended before it could be killed; it said:\n{driver.said}")
        driver.kill()
        arguments = ["resume", str(study), "--quiet"]
    driver = _started(side, name, arguments, lambda: False)
    if driver.code:
        raise RuntimeError(f"{side.name}: {name} ended with exit code {driver.code}; it said:\n{driver.said}")
    note.write_text(json.dumps(asked), encoding="utf-8")
    tell(f"{side.name}: {name} has run")
    return study


def _as_before(side: Side, sampler: str) -> list[str]:
    """The sampler, and of the keys that a code knows those by which it does as codes before them."""
    schema = (side.code / "search_spaces/experiment.schema.json").read_text(encoding="utf-8")
    known = json.loads(schema)["properties"]
    keys = {key: value for key, value in {"start": "none", "defaults": 1}.items() if key in known}
    is_told = sampler == "tpe" and '"multivariate"' in schema  # codes that do not know it have nothing else
    named = "{name: tpe, multivariate: true}" if is_told else sampler
    return [f"--set={key}={value}" for key, value in {**keys, "sampler": named}.items()]


def _started(side: Side, name: str, arguments: list[str], has_come: Callable[[], bool]) -> Driver:
    """A driver that has come to what is waited for, or to its end; where much else runs, Ray may need several tries.

    Raises:
        TimeoutError: it came to neither, and was killed.
    """
    for _ in range(_TRIES):
        driver = Driver(arguments, side.folder / f"{name}.log", side.environment, folder=side.folder)
        try:
            until(has_come, driver, _SECONDS)
        except BaseException:
            driver.kill()
            raise
        if driver.code is None or _NO_RAY not in driver.said:
            break
    return driver


def _is_amid(study: Path, ended: int) -> bool:
    """Whether so many trials have ended, and another one has told of an epoch."""
    ends, epochs = (_trials(study / name) for name in ("trials.jsonl", "curves.jsonl"))
    return len(ends) >= ended and bool(epochs - ends)


def _trials(path: Path) -> set[int]:
    """Whose whole lines a file holds."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return {json.loads(line)["trial"] for line in lines}
