"""``python -m benchmarks forecasts STUDY ...``: replay sweeps that are over, then write the page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.forecasts.page import Row, render
from benchmarks.forecasts.replay import Replay
from cnnsearch.study import Study

__all__ = ["main"]


def main(given: Sequence[str]) -> None:
    chosen = _parser().parse_args(given)
    rows = [Row.of(Study.load(path), Replay(path).forecasts()) for path in chosen.studies]
    page: Path = chosen.output / "FORECASTS.md"
    page.write_text(render(rows, datetime.now(UTC).date().isoformat(), chosen.note), encoding="utf-8")
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks forecasts", description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path, metavar="STUDY", help="folder of a study whose sweep is over")
    parser.add_argument("--note", default="", help="what is to be said of the machine")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page")
    return parser
