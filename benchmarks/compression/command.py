"""``python -m benchmarks compression [--data PATH]``: compress the models of the sets, then write the page.

With ``--ranks`` it measures whether the config that is best in float is best when it is compressed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.compression.measuring import GROUPS, measure, read
from benchmarks.compression.page import render
from benchmarks.compression.ranks.page import render_ranks
from benchmarks.compression.ranks.trials import measure_ranks
from benchmarks.compression.sets import SETS

__all__ = ["main"]

_INTRO, _RANKS, _EARLIER = (Path(__file__).with_name(name) for name in ("intro.md", "ranks.md", "earlier.md"))


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    if chosen.data is not None and not all((chosen.data / name).is_dir() for name in ("cats_dogs", "weights")):
        parser.error(f"--data {chosen.data}: has no folder cats_dogs with a folder a class, or no folder weights")
    measured, ranks = (chosen.output / "measured" / f"{name}.jsonl" for name in ("compression", "compression_ranks"))
    sets = [each for each in SETS if each.name in (chosen.set or [each.name for each in SETS])]

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if chosen.ranks:
        measure_ranks(ranks, tell)
    elif not chosen.render:
        for each in sets:
            if each.needs_data and chosen.data is None:
                tell(f"{each.name} is left out: it needs --data")
        possible = [each for each in sets if chosen.data is not None or not each.needs_data]
        data = chosen.data.resolve() if chosen.data else None
        groups = chosen.group or list(GROUPS)
        measure(possible, groups, data, measured, chosen.work, tell)
    page = chosen.output / "COMPRESSION.md"
    intro, of_ranks, earlier = (file.read_text("utf-8") for file in (_INTRO, _RANKS, _EARLIER))
    page.write_text(
        render(read(measured), intro, f"{of_ranks}\n{render_ranks(read(ranks))}\n{earlier}"), encoding="utf-8"
    )
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
    parser.add_argument(
        "--ranks", action="store_true", help="measure the ranks of configs before and after in place of the sets"
    )
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmarks"),
        help="folder of the page and of measured/compression*.jsonl; what is in these is not measured again: remove "
        "lines for others",
    )
    return parser
