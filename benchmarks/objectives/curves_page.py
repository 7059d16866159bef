"""The section of the page on schedulers where there are two objectives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.objectives.curves import COSTS, SAMPLERS, SCHEDULERS, TRAININGS, WORKERS
from benchmarks.results import as_table

__all__ = ["stopping"]

_TEXT = f"""Accuracy and a cost of networks on LCBench's learning curves (`benchmarks/SEARCH.md` says more of
them), in simulated time: {WORKERS} workers with time for {TRAININGS:.0f} full trainings. The cost is the number
of parameters, or the time of a full training, which stands for a latency. The hypervolume is that of the trials
that were trained in full, as a stopped one is on no front; 1 is that of 400 random configs, all trained in
full. `asha` and `hyperband` judge by fronts; `asha by the metric alone` is what `asha` does where it knows
nothing of the cost. That `asha` is the default with several objectives was chosen on these; no option was."""


def stopping(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines of Markdown."""
    yield "## Stopping trials where there are two objectives"
    yield ""
    if not found:
        yield "Not measured."
        return
    yield _TEXT
    yield ""
    tasks = sorted({each["task"] for each in found})
    seeds = len({each["seed"] for each in found})
    yield f"{len(found)} searches: data sets {', '.join(tasks)}, {seeds} seed{'s' if seeds > 1 else ''} each."
    yield ""
    rows = []
    for sampler in SAMPLERS:
        for scheduler in SCHEDULERS:
            mine = [each for each in found if (each["sampler"], each["scheduler"]) == (sampler, scheduler)]
            if mine:
                rows.append((sampler, scheduler, *_figures(mine, _of(found, sampler, "none"))))
    costs = [f"at the end, {cost}" for cost in COSTS]
    heads = (
        "sampler",
        "scheduler",
        "a quarter",
        "half",
        "all of the time",
        *costs,
        "better than none",
        "CPU s a search",
    )
    yield as_table(heads, rows)
    yield ""
    yield "Mean hypervolume after so much of the time. Pairs with `none` are of the same data set, cost and seed."
    yield ""


def _of(found: Sequence[Mapping[str, Any]], sampler: str, scheduler: str) -> dict[tuple[Any, ...], float]:
    """Data set, cost and seed -> hypervolume at the end."""
    return {
        _cell(each): each["volumes"][-1]
        for each in found
        if (each["sampler"], each["scheduler"]) == (sampler, scheduler)
    }


def _cell(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return one["task"], one["cost"], one["seed"]


def _figures(mine: Sequence[Mapping[str, Any]], none: Mapping[tuple[Any, ...], float]) -> Iterator[str]:
    yield from (f"{each:.3f}" for each in np.mean([each["volumes"] for each in mine], axis=0))
    for cost in COSTS:
        ends = [each["volumes"][-1] for each in mine if each["cost"] == cost]
        yield f"{np.mean(ends):.3f}" if ends else ""
    pairs = [each["volumes"][-1] - none[_cell(each)] for each in mine if _cell(each) in none]
    yield "" if mine[0]["scheduler"] == "none" else f"{sum(gap > 0 for gap in pairs)} of {len(pairs)}"
    yield f"{np.mean([each['seconds'] for each in mine]):.1f}"
