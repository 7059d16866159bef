"""``python -m benchmarks texts``: run the sides on both sets of sentences, then write the page."""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.texts.page import render
from benchmarks.texts.sentences import documentation
from benchmarks.texts.sides import SIDES
from benchmarks.texts.tokens import measured_tokens
from cnnsearch.data.sources.sentences import made_sentences

__all__ = ["main"]

_COUNT = 10_000


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    measured = chosen.output / "measured" / "texts.jsonl"
    measured.parent.mkdir(parents=True, exist_ok=True)
    for line in measured_tokens() if chosen.tokens else ():
        _keep(measured, line)
    for name in () if chosen.render or chosen.tokens else chosen.set or ("documentation", "made"):
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "sentences.csv"
            _write(name, table)
            for side in chosen.side or SIDES:
                line = {"set": name, "side": side, "date": datetime.date.today().isoformat(), **_measured(side, table)}
                _keep(measured, line)
    lines = [json.loads(line) for line in measured.read_text(encoding="utf-8").splitlines()]
    page = chosen.output / "TEXTS.md"
    page.write_text(render(lines), encoding="utf-8")
    print(page)


def _keep(measured: Path, line: dict[str, Any]) -> None:
    with measured.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), file=sys.stderr, flush=True)


def _measured(side: str, table: Path) -> dict[str, Any]:
    """In a process of its own, with the machine's load when it began."""
    load = os.getloadavg()[0]
    command = [sys.executable, "-m", "benchmarks.texts.sides", side, str(table)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {"load": round(load, 1), **json.loads(done.stdout.splitlines()[-1])}


def _write(name: str, table: Path) -> None:
    """Sentences with their splits: six, two and two of ten."""
    if name == "made":
        texts, labels = made_sentences(_COUNT)
    else:
        texts, labels = documentation(_COUNT)
    splits = ("train",) * 6 + ("validation",) * 2 + ("test",) * 2
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label", "split"))
        for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
            writer.writerow((text, label, splits[row % len(splits)]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks texts", description=__doc__)
    parser.add_argument("--set", action="append", choices=("documentation", "made"), help="only these sentences")
    parser.add_argument("--side", action="append", choices=tuple(SIDES), help="only this side")
    parser.add_argument("--tokens", action="store_true", help="only what making tokens takes, with a cache and without")
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
