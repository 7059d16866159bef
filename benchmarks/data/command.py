"""``python -m benchmarks data --data PATH``: measure, then write the page."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.data.page import render
from benchmarks.data.photographs import make
from benchmarks.data.sweep import swept
from cnnsearch.study.environment import package_versions

__all__ = ["main"]


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    measured = chosen.output / "measured" / "data.json"
    if chosen.data is not None:
        if not (chosen.data / "cats_dogs").is_dir():
            parser.error(f"--data {chosen.data}: has no folder cats_dogs")
        with tempfile.TemporaryDirectory(dir=chosen.work) as work:
            found = _measured(chosen, Path(work))
        told = ["PATH" if each == str(chosen.data) else each for each in given]  # a path of this machine tells nothing
        command = "python -m benchmarks data " + shlex.join(told)
        about = {"command": command, "date": time.strftime("%Y-%m-%d"), "versions": package_versions()}
        measured.parent.mkdir(parents=True, exist_ok=True)
        measured.write_text(json.dumps({**about, **found}, indent=1) + "\n", encoding="utf-8")
    page = chosen.output / "DATA.md"
    page.write_text(render(json.loads(measured.read_text(encoding="utf-8"))), encoding="utf-8")
    print(page)


def _measured(chosen: argparse.Namespace, work: Path) -> dict[str, Any]:
    folder = work / "photographs"
    make(chosen.data.resolve() / "cats_dogs", folder, chosen.pictures)
    time.sleep(3)  # a file that was written within the last two seconds is not recognised by its times
    runs = []
    for repetition in range(chosen.repetitions):
        for side in ("keras", "reduced", "full"):  # one beside the other, as a machine is not always alike
            cache = work / f"cache-{side}-{repetition}"
            for run in ("first",) if side == "keras" else ("first", "second"):
                told = _read(side, folder, cache, chosen.side)
                runs.append({"repetition": repetition, "side": side, "run": run, **told})
    sweeps = []
    for repetition in range(chosen.repetitions if chosen.sweeps else 0):
        cache = work / f"cache-sweep-{repetition}"
        for run in ("first", "second"):
            told = swept(folder, cache, chosen.side, work / f"sweep-{repetition}-{run}")
            sweeps.append({"repetition": repetition, "run": run, **told})
    return {"pictures": chosen.pictures, "side": chosen.side, "runs": runs, "sweeps": sweeps}


def _read(side: str, folder: Path, cache: Path, size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.data.reading", side, str(folder), str(cache), str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks data", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with cats_dogs/; left out, only write the page")
    parser.add_argument("--pictures", type=int, default=8000, help="photographs of 500x375 that are made")
    parser.add_argument("--side", type=int, default=224, help="size at which they are read")
    parser.add_argument("--repetitions", type=int, default=3, help="of each side")
    parser.add_argument("--sweeps", action="store_true", help="a sweep of one epoch too, first and second run")
    parser.add_argument("--work", type=Path, help="folder for photographs and caches; left out, the temporary one")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
