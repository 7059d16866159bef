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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.texts.page import render
from benchmarks.texts.sentences import documentation
from benchmarks.texts.sides import SIDES
from benchmarks.texts.speed import SENTENCES, measured_speed
from benchmarks.texts.tokens import measured_tokens
from cnnsearch.data.sources.sentences import made_sentences

__all__ = ["main"]

SETS = ("documentation", "made")

_COUNT = 10_000


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    measured = chosen.output / "measured" / "texts.jsonl"
    measured.parent.mkdir(parents=True, exist_ok=True)
    for line in measured_tokens() if chosen.tokens else ():
        _keep(measured, line)
    for name in () if chosen.render or chosen.tokens else chosen.set or SETS:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "sentences.csv"
            count = chosen.sentences or (SENTENCES[name] if chosen.speed else _COUNT)
            _write(name, table, count)
            for line in _lines(name, table, count, chosen):
                _keep(measured, line)
    lines = [json.loads(line) for line in measured.read_text(encoding="utf-8").splitlines()]
    page = chosen.output / "TEXTS.md"
    page.write_text(render(lines), encoding="utf-8")
    print(page)


def _lines(name: str, table: Path, count: int, chosen: argparse.Namespace) -> Iterator[dict[str, Any]]:
    if chosen.speed:
        yield from measured_speed(name, table, count, chosen.trials, chosen.repetitions)
        return
    for side in chosen.side or SIDES:
        yield {"set": name, "side": side, "date": datetime.date.today().isoformat(), **_measured(side, table)}


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


def _write(name: str, table: Path, count: int) -> None:
    """Sentences with their splits: six, two and two of ten."""
    texts, labels = made_sentences(count) if name == "made" else documentation(count)
    splits = ("train",) * 6 + ("validation",) * 2 + ("test",) * 2
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label", "split"))
        for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
            writer.writerow((text, label, splits[row % len(splits)]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks texts", description=__doc__)
    parser.add_argument("--set", action="append", choices=SETS, help="only these sentences")
    parser.add_argument("--side", action="append", choices=tuple(SIDES), help="only this side")
    parser.add_argument("--speed", action="store_true", help="only trials an hour beside KerasTuner's random search")
    parser.add_argument("--sentences", type=int, help="of each set; left out 10,000, with --speed 2,000 made ones")
    parser.add_argument("--trials", type=int, default=20, help="with --speed: on each side")
    parser.add_argument("--repetitions", type=int, default=1, help="with --speed: of each side, in turn")
    parser.add_argument("--tokens", action="store_true", help="only what making tokens takes, with a cache and without")
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
