"""``python -m benchmarks blocks``: a search of each side, then the page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.blocks.page import Setting, render
from benchmarks.blocks.searches import SIDES, measured

__all__ = ["main"]


def main(given: Sequence[str]) -> None:
    chosen = _parser().parse_args(given)
    record = chosen.output / "measured" / "blocks.jsonl"
    record.parent.mkdir(parents=True, exist_ok=True)
    wanted = Setting(chosen.pictures, chosen.epochs, chosen.trials, chosen.seed)
    for side in () if chosen.render else chosen.side or SIDES:
        if any((line["side"], Setting.of(line)) == (side, wanted) for line in _read(record)):
            continue
        line = measured(side, *wanted, chosen.work)
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{side}: {line['test']:.4f}", file=sys.stderr, flush=True)
    page = chosen.output / "BLOCKS.md"
    page.write_text(render(_read(record)), encoding="utf-8")
    print(page)


def _read(record: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.is_file() else []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks blocks", description=__doc__)
    parser.add_argument("--side", action="append", choices=tuple(SIDES), help="only this search")
    parser.add_argument("--pictures", type=int, default=12_000, help="for training and validation")
    parser.add_argument("--epochs", type=int, default=8, help="of a full trial")
    parser.add_argument("--trials", type=int, default=30, help="of each search")
    parser.add_argument("--seed", type=int, default=0, help="of splits, searches and weights")
    parser.add_argument("--work", type=Path, default=Path("build/blocks"), help="folder of the studies, kept")
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmarks"),
        help="folder of the page and of measured/blocks.jsonl, whose searches are not run again",
    )
    return parser
