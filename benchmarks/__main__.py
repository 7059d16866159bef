"""``python -m benchmarks [PART ...]``: measure parts, all of them where none is named, and write the page.

``python -m benchmarks search --data PATH``, and likewise ``objectives``, ``folds``, ``data`` and ``checks``, and
``forecasts STUDY ...``, ``baselines``, ``compression``, ``texts``, ``encoders`` and ``blocks``, have options and pages
of their own.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.parts import PARTS
from benchmarks.results import Measured, write_page

_QUICK_OUTPUT = Path("build/benchmarks")


def main() -> None:
    if sys.argv[1:2] == ["baselines"]:
        from benchmarks.baselines.command import main as baselines

        baselines(sys.argv[2:])
        return
    if sys.argv[1:2] == ["search"]:
        from benchmarks.search.command import main as search

        search(sys.argv[2:])
        return
    if sys.argv[1:2] == ["objectives"]:
        from benchmarks.objectives.command import main as objectives

        objectives(sys.argv[2:])
        return
    if sys.argv[1:2] == ["folds"]:
        from benchmarks.folds.command import main as folds

        folds(sys.argv[2:])
        return
    if sys.argv[1:2] == ["checks"]:
        from benchmarks.checks.command import main as checks

        checks(sys.argv[2:])
        return
    if sys.argv[1:2] == ["forecasts"]:
        from benchmarks.forecasts.command import main as forecasts

        forecasts(sys.argv[2:])
        return
    if sys.argv[1:2] == ["data"]:
        from benchmarks.data.command import main as data

        data(sys.argv[2:])
        return
    if sys.argv[1:2] == ["encoders"]:
        from benchmarks.encoders.command import main as encoders

        encoders(sys.argv[2:])
        return
    if sys.argv[1:2] == ["compression"]:
        from benchmarks.compression.command import main as compression

        compression(sys.argv[2:])
        return
    if sys.argv[1:2] == ["texts"]:
        from benchmarks.texts.command import main as texts

        texts(sys.argv[2:])
        return
    if sys.argv[1:2] == ["blocks"]:
        from benchmarks.blocks.command import main as blocks

        blocks(sys.argv[2:])
        return
    parser = _parser()
    given = parser.parse_args()
    unknown = [name for name in given.parts if name not in PARTS]
    if unknown:
        parser.error(f"unknown parts: {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    output = given.output or (_QUICK_OUTPUT if given.quick else Path("benchmarks"))
    for name in [] if given.render else given.parts or list(PARTS):
        figures = PARTS[name].measure(1 if given.quick else given.repetitions, given.quick)
        command = f"python -m benchmarks {name}" + (" --quick" if given.quick else "")
        Measured.now(name, command, given.quick, figures).write(output / "measured")
        _write(output)
    print(_write(output))


def _write(output: Path) -> Path:
    """Make the page from every part that has been measured, now or before."""
    paths = {name: output / "measured" / f"{name}.json" for name in PARTS}
    found = [(PARTS[name], Measured.read(path)) for name, path in paths.items() if path.is_file()]
    page = output / "RESULTS.md"
    write_page(page, [(measured, part.title, part.render(measured.figures)) for part, measured in found])
    return page


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of: {', '.join(PARTS)}")
    parser.add_argument("--repetitions", type=int, default=3, help="interleaved runs of each side")
    parser.add_argument("--quick", action="store_true", help="a smoke run of a few trials, written below build/")
    parser.add_argument("--render", action="store_true", help="only write the page again from what was measured")
    parser.add_argument("--output", type=Path, help="folder of the page and of measured/")
    return parser


if __name__ == "__main__":
    main()
