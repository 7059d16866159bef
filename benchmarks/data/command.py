"""``python -m benchmarks data [PART ...] --data PATH``: measure these parts, then write the page.

``reading`` is the time of a folder's first and second read; ``sweeps`` the time to the first epoch of a sweep, and its
memory; ``larger`` the speed of training on a set that is three times as large as a worker may take of the memory;
``transfer`` the first and second run of ``transfer_mobilenet.yaml``; ``nodes`` what a sweep on two nodes computes and
sends. What was measured of other parts before stays on the page.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.data.nodes import CACHES, on_two_nodes
from benchmarks.data.page import render
from benchmarks.data.photographs import make
from benchmarks.data.sweep import swept, trained
from benchmarks.data.transfer import WEIGHTS, searched
from cnnsearch.study.environment import package_versions

__all__ = ["main"]

Run = dict[str, Any]

_PHOTOGRAPH = 80_000
"""Bytes of a file, at most."""


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    if not {*chosen.parts} <= {*_PARTS}:
        parser.error(f"PART must be of {', '.join(_PARTS)}")
    measured = chosen.output / "measured" / "data.json"
    found = json.loads(measured.read_text(encoding="utf-8")) if measured.is_file() else {}
    if chosen.data is not None:
        if not (chosen.data / "cats_dogs").is_dir():
            parser.error(f"--data {chosen.data}: has no folder cats_dogs")
        if {"transfer", "nodes"} & {*chosen.parts} and not (chosen.data / WEIGHTS).is_file():
            parser.error(f"--data {chosen.data}: has no file {WEIGHTS}")
        paths = {str(each) for each in (chosen.data, chosen.work, chosen.output) if each is not None}
        told = ["PATH" if each in paths else each for each in given]  # a path of this machine tells nothing
        about = {
            "command": "python -m benchmarks data " + shlex.join(told),
            "date": time.strftime("%Y-%m-%d"),
            "versions": package_versions(),
            "pictures": chosen.pictures,
            "side": chosen.side,
        }
        with tempfile.TemporaryDirectory(dir=chosen.work) as work:
            _check_room(parser, Path(work), chosen)
            for part, runs in _measured(chosen, Path(work)):
                found[part] = {**about, "runs": runs}
                measured.parent.mkdir(parents=True, exist_ok=True)
                measured.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    page = chosen.output / "DATA.md"
    page.write_text(render(found), encoding="utf-8")
    print(page)


def _measured(chosen: argparse.Namespace, work: Path) -> Iterator[tuple[str, list[Run]]]:
    """Name and runs of each part, as soon as it has been measured."""
    folder = work / "photographs"
    make(chosen.data.resolve() / "cats_dogs", folder, chosen.pictures)
    time.sleep(3)  # a file that was written within the last two seconds is not recognised by its times
    for part in dict.fromkeys(chosen.parts):
        runs = []
        for repetition in range(chosen.repetitions):
            place = work / f"{part}-{repetition}"
            place.mkdir()
            runs += [{"repetition": repetition, **run} for run in _PARTS[part](folder, place, chosen)]
            shutil.rmtree(place)  # its caches are as large as the set
        yield part, runs


def _reading(folder: Path, work: Path, chosen: argparse.Namespace) -> Iterator[Run]:
    for side in ("keras", "reduced", "full"):  # one beside the other, as a machine is not always alike
        for run in ("first",) if side == "keras" else ("first", "second"):
            command = [sys.executable, "-m", "benchmarks.data.reading", side]
            command += [str(folder), str(work / side), str(chosen.side)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            yield {"side": side, "run": run, **json.loads(done.stdout.splitlines()[-1])}


def _sweeps(folder: Path, work: Path, chosen: argparse.Namespace) -> Iterator[Run]:
    for run in ("first", "second"):
        yield {"run": run, **swept(folder, work / "cache", chosen.side, work / run)}


def _larger(folder: Path, work: Path, chosen: argparse.Namespace) -> Iterator[Run]:
    for place in ("memory", "disk"):
        found = trained(folder, work / "cache", chosen.side, work / place, _bytes(chosen), place == "memory")
        yield {"place": place, **found}


def _transfer(folder: Path, work: Path, chosen: argparse.Namespace) -> Iterator[Run]:
    for run in ("first", "second"):
        place = work / "cache", work / run
        yield {"run": run, **searched(folder, chosen.data.resolve() / WEIGHTS, chosen.side, *place)}


def _nodes(folder: Path, work: Path, chosen: argparse.Namespace) -> Iterator[Run]:
    for caches in CACHES:
        yield on_two_nodes(folder, chosen.data.resolve() / WEIGHTS, chosen.side, work / caches, caches)


_PARTS: Mapping[str, Callable[[Path, Path, argparse.Namespace], Iterator[Run]]] = {
    "reading": _reading,
    "sweeps": _sweeps,
    "larger": _larger,
    "transfer": _transfer,
    "nodes": _nodes,
}


def _bytes(chosen: argparse.Namespace) -> int:
    """Of all pixels."""
    count: int = chosen.pictures * chosen.side**2 * 3
    return count


def _check_room(parser: argparse.ArgumentParser, work: Path, chosen: argparse.Namespace) -> None:
    """End before hours have gone where the disk will be full."""
    needed = chosen.pictures * _PHOTOGRAPH + 2 * _bytes(chosen) + 2**31
    free = shutil.disk_usage(work).free
    if free < needed:
        parser.error(f"{needed / 2**30:.0f} GB of disk are needed, and {free / 2**30:.0f} are free: name --work FOLDER")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks data", description=__doc__)
    parser.add_argument("parts", nargs="*", default=["reading"], metavar="PART", help=f"of {', '.join(_PARTS)}")
    parser.add_argument("--data", type=Path, help="folder with cats_dogs/ and weights/; left out, only write the page")
    parser.add_argument("--pictures", type=int, default=8000, help="photographs of 500x375 that are made")
    parser.add_argument("--side", type=int, default=224, help="size at which they are read")
    parser.add_argument("--repetitions", type=int, default=3, help="of each side")
    parser.add_argument("--work", type=Path, help="folder for photographs and caches; left out, the temporary one")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
