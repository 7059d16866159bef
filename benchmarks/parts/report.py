"""What the report of many trials takes: seconds to write it, bytes, seconds to open it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Target, spread
from benchmarks.made_up_study import write_made_up_study
from benchmarks.opened_page import open_page
from benchmarks.parts.part import Part
from benchmarks.results import as_table

__all__ = ["REPORT"]

_CODE = "import sys; from cnnsearch.study import Study; Study.load(sys.argv[1]).report(sys.argv[2])"
_SIZES = {"thousand": (1_000, 50, 1.0), "many": (10_000, 20, 0.1)}
"""Name -> trials, epochs, share of the trials that get all of them."""


def measure(repetitions: int, quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as folder:
        for name, (trials, epochs, whole) in _SIZES.items():
            trials = trials // 50 if quick else trials
            study, page = Path(folder) / name, Path(folder) / f"{name}.html"
            write_made_up_study(study, trials, epochs, whole)
            runs = [_once(study, page) for _ in range(repetitions)]
            found[name] = {"trials": trials, "epochs": epochs, "bytes": page.stat().st_size, "runs": runs}
    return found


def _once(study: Path, page: Path) -> dict[str, Any]:
    begin, worked = time.perf_counter(), _processor_seconds()
    subprocess.run([sys.executable, "-c", _CODE, str(study), str(page)], check=True)
    spent = {"write": time.perf_counter() - begin, "processor": _processor_seconds() - worked}
    return {**spent, **open_page(page)}


def _processor_seconds() -> float:
    """Of all processes that this one has started and seen end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def render(figures: dict[str, Any]) -> str:
    first, studies = figures["thousand"], [figures[name] for name in _SIZES]
    of = lambda found, key: spread([run[key] for run in found["runs"]])  # noqa: E731
    megabytes = spread([first["bytes"] / 1e6])
    rows = [
        Target("megabytes of the page", 12, False).row(megabytes),
        Target("seconds to write it, start of the process included", 10, False).row(of(first, "write")),
        Target("seconds to its first paint", 2, False).row(of(first, "paint")),
        Target("seconds until its scripts have run and the first figures are drawn", 2, False).row(of(first, "usable")),
        Target("messages on the console", 0, False).row(of(first, "console")),
        Target("requests to any address", 0, False).row(of(first, "requests")),
    ]
    sizes = [
        [
            f"{found['trials']:,}",
            f"{found['bytes'] / 1e6:.1f}",
            of(found, "write").shown(),
            of(found, "processor").shown(),
            of(found, "paint").shown(2),
            of(found, "usable").shown(2),
        ]
        for found in studies
    ]
    return "\n".join(
        [
            f"A made-up study of {first['trials']:,} trials with {first['epochs']} epochs each, and one of "
            f"{figures['many']['trials']:,} of which most are stopped; opened from disk in headless Chromium. Before "
            f"it began, the load average was {figures['load']:.1f}: what ran beside it lengthens all seconds but "
            "those of a processor.",
            "",
            as_table([f"{first['trials']:,} trials", "target", "found", "met"], rows),
            as_table(
                ["trials", "MB", "seconds to write", "of a processor", "to first paint", "to first figures"], sizes
            ),
        ]
    )


REPORT = Part("report", "What a report takes", measure, render)
