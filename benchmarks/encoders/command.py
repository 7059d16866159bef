"""``python -m benchmarks encoders``: measure, then write the page."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.encoders.page import render
from benchmarks.encoders.trials import CASES

__all__ = ["main"]


def main(given: Sequence[str]) -> None:
    chosen = _parser().parse_args(given)
    measured = chosen.output / "measured" / "encoders.jsonl"
    measured.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(0 if chosen.render else chosen.repetitions):
        for line in _measured(chosen.cases):
            with measured.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"date": datetime.date.today().isoformat(), **line}) + "\n")
            print(json.dumps(line), file=sys.stderr, flush=True)
    lines = [json.loads(line) for line in measured.read_text(encoding="utf-8").splitlines()]
    page = chosen.output / "ENCODERS.md"
    page.write_text(render(lines), encoding="utf-8")
    print(page)


def _measured(cases: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Of each case once, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.encoders.trials", *map(str, cases)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            yield json.loads(line)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks encoders", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3, help="of each case, beside those that were measured")
    every = range(len(CASES))
    help_text = "numbers of those to measure, from 0 on in the order of the page; all without"
    parser.add_argument("--cases", type=int, nargs="+", choices=every, default=every, metavar="N", help=help_text)
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
