"""``python -m benchmarks baselines [--data PATH]``: run the sides, then write the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.baselines.measuring import measure
from benchmarks.baselines.page import render
from benchmarks.baselines.sets import sets_of

__all__ = ["main"]

_INTRO = Path(__file__).with_name("intro.md")


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    if chosen.data is not None and not (chosen.data / "cats_dogs").is_dir():
        parser.error(f"--data {chosen.data}: has no folder cats_dogs with a folder of pictures for each class")
    measured = chosen.output / "measured" / "baselines.jsonl"
    measured.parent.mkdir(parents=True, exist_ok=True)
    data = chosen.data.resolve() if chosen.data else None
    sets = sets_of(data)
    ended = measure(
        [each for each in sets if not chosen.set or each.name in chosen.set],
        data,
        measured,
        minutes=chosen.minutes,
        seeds=chosen.seeds,
        sides=chosen.side,
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    page = chosen.output / "BASELINES.md"
    page.write_text(render(ended, _INTRO), encoding="utf-8")
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks baselines", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="folder with cats_dogs/ and weights/; left out, only sets of packages"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="after which nothing else begins; 0: only write")
    parser.add_argument("--seeds", type=int, default=5, help="splits of each set")
    parser.add_argument("--set", action="append", help="only this set of pictures; may be given several times")
    parser.add_argument("--side", action="append", help="only this side; may be given several times")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmarks"),
        help="folder of the page and of measured/baselines.jsonl, whose runs are not run again: remove it for others",
    )
    return parser
