"""Many workers on one machine, by trials that sleep."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import Target, spread
from benchmarks.harness import run_module
from benchmarks.parts.part import Part
from benchmarks.results import as_table

__all__ = ["MANY_WORKERS"]

_WORKERS = 64
_SECONDS = 180


def measure(repetitions: int, quick: bool) -> dict[str, Any]:  # noqa: ARG001 - once: it is long, and one long mean
    workers, seconds = (3, 10) if quick else (_WORKERS, _SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        run_module(["benchmarks.sleeping", str(workers), str(seconds), str(out)], "many-workers")
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def render(figures: dict[str, Any]) -> str:
    workers = figures["workers"]
    goal = Target(f"share of the time that {workers} workers slept in trials, from the last one's first report", 0.9)
    rows = [
        ["start of Ray to the first worker's first report, s", f"{figures['first_report_seconds']:.0f}"],
        [f"start of Ray to the first report of the last of {workers}, s", f"{figures['startup_seconds']:.0f}"],
        ["measured after that, s", f"{figures['seconds']:.0f}"],
        ["reports in that time, a second", f"{figures['reports'] / figures['seconds']:.1f}"],
        ["the driver's share of one core", f"{figures['driver_share']:.2f}"],
    ]
    return "\n".join(
        [
            f"{workers} workers, one logical CPU each, on this one machine: every trial sleeps 30 epochs of 2 s along "
            "a recorded curve, reports after each and imports no TensorFlow; all is persisted as always. Starting "
            "the processes takes what it takes on so few cores, and stands apart.",
            "",
            as_table(["share", "target", "found", "met"], [goal.row(spread([figures["utilisation"]]), 3)]),
            as_table(["what", "found"], rows),
        ]
    )


MANY_WORKERS = Part("many-workers", "Many workers", measure, render)
