"""One worker against two."""

from __future__ import annotations

import contextlib
from typing import Any

from benchmarks.figures import Target, spread, steady_rate
from benchmarks.harness import Folder, in_turn
from benchmarks.parts.part import Part
from benchmarks.parts.throughput import OURS, read_repetitions
from benchmarks.results import as_table
from benchmarks.workloads import fashion

__all__ = ["SCALING"]

_TRIALS = 8


def measure(repetitions: int, quick: bool) -> dict[str, Any]:
    trials = 2 if quick else _TRIALS
    with contextlib.ExitStack() as stack:
        folders = {count: stack.enter_context(Folder(fashion(trials, workers=count))) for count in (1, 2)}
        sides = {str(count): (lambda folder=folder: folder.run(OURS)) for count, folder in folders.items()}
        found = in_turn(sides, repetitions)
    return {"repetitions": [{name: run.to_dict() for name, run in each.items()} for each in found]}


def render(figures: dict[str, Any]) -> str:
    found = read_repetitions(figures)
    ratios = spread([steady_rate(each["2"]) / steady_rate(each["1"]) for each in found])
    rows = [
        [name, spread([steady_rate(each[name]) for each in found]).shown(0), f"{found[0][name].compilations}"]
        for name in ("1", "2")
    ]
    goal = Target("trials/h without start-up, two workers over one", 1.8)
    return "\n".join(
        [
            f"{len(found[0]['1'].values)} trials of the Fashion-MNIST work above, one thread a worker. Each worker "
            "compiles the structures that it meets.",
            "",
            as_table(["ratio", "target", "found", "met"], [goal.row(ratios)]),
            as_table(["workers", "trials/h without start-up", "compiled"], rows),
        ]
    )


SCALING = Part("scaling", "One worker and two", measure, render)
