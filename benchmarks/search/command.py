"""``python -m benchmarks search --data PATH``: run the searches, then write the page.

With ``--study PATH`` they run on the curves of a study.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.search.measuring import TRAININGS, measure
from benchmarks.search.page import render
from benchmarks.search.priors import measure_priors
from benchmarks.search.priors_page import priors_section
from benchmarks.search.recorded import compared
from benchmarks.search.surrogate import LcBench
from cnnsearch.study import Study

__all__ = ["main"]

_FILES = ("model.onnx", "encoding.json", "config_space.json")
_INTRO = Path(__file__).with_name("intro.md")


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    if chosen.study:
        for study in chosen.study:
            for workers, trainings in sorted(TRAININGS.items())[:-1]:
                print(*compared(Study.load(study), workers, trainings, chosen.seeds), sep="\n", end="\n\n")
        return
    if chosen.data is None:
        parser.error("needs --data, or --study")
    missing = [name for name in _FILES if not (chosen.data / name).is_file()]
    if missing:
        what = "it must hold YAHPO Gym's surrogate of LCBench"
        parser.error(f"--data {chosen.data}: has no {', '.join(missing)}: {what}")
    measured = chosen.output / "measured" / "search.jsonl"
    measured.parent.mkdir(parents=True, exist_ok=True)
    surrogate = LcBench(chosen.data)
    ended = measure(
        surrogate,
        measured,
        minutes=chosen.minutes,
        most=chosen.tasks,
        seeds=chosen.seeds,
        tell=lambda line: print(line, file=sys.stderr),
    )
    priors = measure_priors(
        surrogate,
        measured.with_name("search_priors.jsonl"),
        minutes=chosen.minutes,
        most=chosen.tasks,
        seeds=chosen.seeds,
        tell=lambda line: print(line, file=sys.stderr),
    )
    page = chosen.output / "SEARCH.md"
    text = render(ended, surrogate.tasks, _INTRO) + "\n" + priors_section(priors, surrogate.tasks)
    page.write_text(text, encoding="utf-8")
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks search", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the surrogate: " + ", ".join(_FILES))
    parser.add_argument(
        "--study", action="append", help="folder of a study whose curves are searched; prints tables, writes no page"
    )
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="of each part, after which no other search begins; 0: only write"
    )
    parser.add_argument("--tasks", type=int, default=34, help="data sets at most, those held out first")
    parser.add_argument("--seeds", type=int, default=5, help="searches of each contestant on each data set at most")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmarks"),
        help="folder of the page and of measured/search*.jsonl, whose searches are not run again: remove it for others",
    )
    return parser
