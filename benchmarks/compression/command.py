"""``python -m benchmarks compression [--data PATH]``: compress the models of the sets, then write the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.compression.measuring import GROUPS, measure, read
from benchmarks.compression.page import render
from benchmarks.compression.sets import SETS

__all__ = ["main"]

_INTRO, _EARLIER = (Path(__file__).with_name(name) for name in ("intro.md", "earlier.md"))


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    if chosen.data is not None and not all((chosen.data / name).is_dir() for name in ("cats_dogs", "weights")):
        parser.error(f"--data {chosen.data}: has no folder cats_dogs with a folder a class, or no folder weights")
    measured = chosen.output / "measured" / "compression.jsonl"
    sets = [each for each in SETS if each.name in (chosen.set or [each.name for each in SETS])]
    for each in sets if not chosen.render else ():
        if each.needs_data and chosen.data is None:
            print(f"{each.name} is left out: it needs --data", file=sys.stderr)
    if not chosen.render:
        possible = [each for each in sets if chosen.data is not None or not each.needs_data]
        data = chosen.data.resolve() if chosen.data else None
        groups = chosen.group or list(GROUPS)
        measure(possible, groups, data, measured, chosen.work, lambda line: print(line, file=sys.stderr, flush=True))
    page = chosen.output / "COMPRESSION.md"
    page.write_text(render(read(measured), _INTRO.read_text("utf-8"), _EARLIER.read_text("utf-8")), encoding="utf-8")
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks compression", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="folder with cats_dogs/ and weights/; left out, sets of packages alone"
    )
    names = tuple(each.name for each in SETS)
    parser.add_argument("--set", action="append", choices=names, help="only this set; may be given several times")
    parser.add_argument("--group", action="append", choices=tuple(GROUPS), help="only these ways; likewise")
    parser.add_argument("--work", type=Path, default=Path("build/compression"), help="folder of the studies, kept")
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmarks"),
        help="folder of the page and of measured/compression.jsonl, whose groups are not measured again: remove their "
        "lines for others",
    )
    return parser
