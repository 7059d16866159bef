"""One worker against two."""

from __future__ import annotations

import contextlib
from typing import Any

from benchmarks.figures import Target, spread, steady_rate
from benchmarks.harness import Folder, in_turn
from benchmarks.outcome import Run
from benchmarks.parts.part import Part
from benchmarks.parts.throughput import BARE, NAMES, OURS, read_repetitions
from benchmarks.results import as_table
from benchmarks.workloads import fashion

__all__ = ["SCALING"]

_TRIALS = 8


def measure(repetitions: int, quick: bool) -> dict[str, Any]:
    trials = 2 if quick else _TRIALS
    with contextlib.ExitStack() as stack:
        folders = {count: stack.enter_context(Folder(fashion(trials, workers=count))) for count in (1, 2)}
        sides = {
            f"{peer}, {count}": (lambda folder=folder, peer=peer: folder.run(peer))
            for peer in (OURS, BARE)
            for count, folder in folders.items()
        }
        found = in_turn(sides, repetitions)
    return {"repetitions": [{name: run.to_dict() for name, run in each.items()} for each in found]}


def render(figures: dict[str, Any]) -> str:
    found = read_repetitions(figures)
    trials = len(next(iter(found[0].values())).values)
    rows = []
    for name in found[0]:
        peer, workers = name.split(", ")
        rate = spread([steady_rate(each[name]) for each in found])
        rows.append([NAMES[peer].split(" (")[0], workers, rate.shown(0), f"{found[0][name].compilations}"])
    ours, bare = ([_gain(each, peer) for each in found] for peer in (OURS, BARE))
    goal = Target("trials/h without start-up, two workers over one", 1.8)
    beside = Target("the same gain over that of the bare loop", 0.95)
    return "\n".join(
        [
            f"{trials} trials of the Fashion-MNIST work above, one thread a worker. Each worker compiles the "
            "structures that it meets. The bare loop, with nothing around the epochs, gains "
            f"{spread(bare).shown(2)} times from a second process on this machine.",
            "",
            as_table(
                ["ratio", "target", "found", "met"],
                [goal.row(spread(ours)), beside.row(spread([a / b for a, b in zip(ours, bare, strict=True)]))],
            ),
            as_table(["side", "workers", "trials/h without start-up", "compiled"], rows),
        ]
    )


def _gain(each: dict[str, Run], peer: str) -> float:
    """How many times the throughput of one worker two have."""
    return steady_rate(each[f"{peer}, 2"]) / steady_rate(each[f"{peer}, 1"])


SCALING = Part("scaling", "One worker and two", measure, render)
