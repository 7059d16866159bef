"""What the benchmark of reading pictures sweeps, and what its page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.data.page import render
from benchmarks.data.sweep import experiment_of
from cnnsearch.experiment import Experiment


def test_the_sweep_is_an_experiment() -> None:
    experiment = Experiment.from_text(experiment_of(Path("pictures"), Path("kept"), 224).encode(), "data.yaml")
    assert (experiment.epochs, experiment.budget.trials) == (1, 1)
    assert experiment.resources.cache == "kept"


def test_the_page_tells_medians() -> None:
    seconds = {("keras", "first"): 2.0, ("reduced", "first"): 3.0, ("reduced", "second"): 0.2}
    seconds |= {("full", "first"): 4.0, ("full", "second"): 0.3}
    runs: list[dict[str, Any]] = [
        {"repetition": number, "side": side, "run": run, "seconds": value + number, "private": 50, "bytes": 100}
        for (side, run), value in seconds.items()
        for number in range(3)
    ]
    sweeps = [{"run": run, "seconds": 10.0, "memory": 3 * 2**30} for run in ("first", "second")]
    about = {"versions": {}, "pictures": 1000, "side": 32, "date": "today", "command": "it"}
    page = render({**about, "runs": runs, "sweeps": sweeps})
    assert "| cnnsearch, first run | 4.00 | 1.33 | 0.50 |" in page
    assert f"| second run | 10.0 | 3.00 | {3 * 2**30 / (1000 * 32 * 32 * 3):.2f} |" in page
