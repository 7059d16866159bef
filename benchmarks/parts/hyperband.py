"""Time to an accuracy: a search of our own against KerasTuner's Hyperband."""

from __future__ import annotations

from typing import Any

from benchmarks.figures import Target, common_accuracy, seconds_until, spread
from benchmarks.harness import Folder
from benchmarks.outcome import Run
from benchmarks.parts.part import Part
from benchmarks.parts.throughput import OURS, read_repetitions
from benchmarks.results import as_table
from benchmarks.workloads import fashion_search

__all__ = ["HYPERBAND"]

THEIRS = "keras_tuner_hyperband"
_SEEDS = 5
_MINUTES = {OURS: 0.75, THEIRS: 2.0}
_QUICK_MINUTES = {OURS: 0.3, THEIRS: 0.3}


def measure(repetitions: int, quick: bool) -> dict[str, Any]:  # noqa: ARG001 - seeds are what is repeated here
    """Both sides on each seed, in turn; a side searches for its minutes and is looked at afterwards."""
    minutes = _QUICK_MINUTES if quick else _MINUTES
    found = []
    for seed in range(1 if quick else _SEEDS):
        sides = [OURS, THEIRS] if seed % 2 == 0 else [THEIRS, OURS]
        found.append({side: _search(side, seed, minutes[side]).to_dict() for side in sides})
    return {"minutes": minutes, "repetitions": found}


def _search(side: str, seed: int, minutes: float) -> Run:
    with Folder(fashion_search(seed, minutes)) as folder:
        return folder.run(side)


def render(figures: dict[str, Any]) -> str:
    found = read_repetitions(figures)
    target = common_accuracy([run for each in found for run in each.values()])
    whole, steady, rows = [], [], []
    for seed, each in enumerate(found):
        ours, theirs = each[OURS], each[THEIRS]
        times = [seconds_until(run, target) for run in (ours, theirs)]
        whole.append(times[1] / times[0])
        steady.append((times[1] - theirs.startup) / max(times[0] - ours.startup, 1e-3))
        best = [max(accuracy for _, accuracy in run.progress) for run in (ours, theirs)]
        cells = [f"{times[0]:.1f}", f"{ours.startup:.1f}", f"{times[1]:.1f}", f"{theirs.startup:.1f}"]
        rows.append([str(seed), *cells, f"{whole[-1]:.1f}", f"{steady[-1]:.1f}", *(f"{value:.4f}" for value in best)])
    goals = (
        Target("seconds without start-up, KerasTuner Hyperband over cnnsearch", 4.0),
        Target("seconds, KerasTuner Hyperband over cnnsearch, start-up included", 4.0),
    )
    minutes = figures["minutes"]
    return "\n".join(
        [
            "The same data, split and space; up to 9 epochs a trial. cnnsearch: its default sampler, the recommended "
            "config first, and ASHA (first rung after 1 epoch, reduction 3), 2 workers of one thread, "
            f"{minutes[OURS]:g} minutes. KerasTuner: Hyperband with "
            f"factor 3 and early stopping, one process of two threads, {minutes[THEIRS]:g} minutes, its brackets "
            f"repeated while there is time. Validation accuracy {target:.3f} is the highest multiple of 0.005 that "
            "both sides reached with every seed. Start-up is Ray, two processes and their import of TensorFlow on two "
            "cores, where KerasTuner starts one process; a Ray that is kept, as `cnnsearch up` does, starts sooner and "
            "is not used here.",
            "",
            as_table(
                ["ratio", "target", "found", "met"],
                [goal.row(spread(found)) for goal, found in zip(goals, (steady, whole), strict=True)],
            ),
            as_table(
                [
                    "seed",
                    f"cnnsearch, s to {target:.3f}",
                    "of these start-up",
                    f"Hyperband, s to {target:.3f}",
                    "of these start-up",
                    "times sooner",
                    "without start-up",
                    "best of cnnsearch",
                    "best of Hyperband",
                ],
                rows,
            ),
        ]
    )


HYPERBAND = Part("hyperband", "Time to an accuracy, against Hyperband", measure, render)
