"""Memory of a worker over many trials."""

from __future__ import annotations

from typing import Any

from benchmarks.figures import Target, slope, spread
from benchmarks.harness import Folder
from benchmarks.parts.part import Part
from benchmarks.results import as_table
from benchmarks.work import Work, draw_work
from benchmarks.workloads import DIGITS, RUNTIME

__all__ = ["MEMORY"]

_SETTLED = 20
"""Trials until everything that is kept is there."""


def measure(repetitions: int, quick: bool) -> dict[str, Any]:  # noqa: ARG001 - growth over trials needs no repetition
    """One worker: trials on two structures, then trials of which none has the structure of another."""
    reused, new = (24, 4) if quick else (200, 40)
    return {
        "reused": _weigh(_work("memory-reused", {"kernel_size": {"choice": [3, 5]}, **RUNTIME}, reused)),
        "new": _weigh(_work("memory-new", {"units": {"int": [32, 256]}}, new)),
        "settled": _SETTLED,
    }


def render(figures: dict[str, Any]) -> str:
    reused, new, settled = figures["reused"], figures["new"], figures["settled"]
    growth = slope(reused[settled:])
    goal = Target(f"MB a trial after the first {settled}, on reused programs", 1.0, at_least=False)
    rows = [
        [f"{len(reused)} trials on 2 programs", *_cells(reused), f"{growth:.3f}"],
        [f"{len(new)} trials, each a new program", *_cells(new), f"{slope(new):.2f}"],
    ]
    return "\n".join(
        [
            "Unique set size of one worker after each trial of 2 epochs on the digits; growth by least squares.",
            "",
            as_table(["growth", "target", "found", "met"], [goal.row(spread([growth]), 3)]),
            as_table(["", "first, MB", "last, MB", "most, MB", "MB a trial"], rows),
        ]
    )


def _work(name: str, space: dict[str, Any], trials: int) -> Work:
    space = {"filters": 16, "batch_size": 64, **space}
    return draw_work(name, DIGITS, space, trials, epochs=2, seed=0, workers=1)


def _weigh(work: Work) -> list[float]:
    """Megabytes after each trial."""
    with Folder(work) as folder:
        return list(folder.run("cnnsearch_memory").values)


def _cells(megabytes: list[float]) -> list[str]:
    return [f"{value:,.0f}" for value in (megabytes[0], megabytes[-1], max(megabytes))]


MEMORY = Part("memory", "Memory of a worker", measure, render)
