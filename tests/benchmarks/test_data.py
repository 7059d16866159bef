"""What the benchmark of reading pictures sweeps, and what its page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.data.nodes import two_nodes
from benchmarks.data.page import render
from benchmarks.data.sweep import experiment_of, larger_than_memory
from cnnsearch.experiment import Experiment


def test_the_sweep_is_an_experiment() -> None:
    experiment = Experiment.from_text(experiment_of(Path("pictures"), Path("kept"), 224).encode(), "data.yaml")
    assert (experiment.epochs, experiment.budget.trials) == (1, 1)
    assert experiment.resources.cache == "kept"


def test_a_set_three_times_as_large_as_a_worker_may_take_is_read_from_the_disk() -> None:
    size = 3 * 2**30
    kept, read = (
        Experiment.from_text(larger_than_memory(Path("pictures"), Path("kept"), 224, size, place).encode(), "data.yaml")
        for place in (True, False)
    )
    assert (read.resources.memory_gb, read.resources.cache_gb > 0) == (1.0, True)
    assert (kept.resources.memory_gb or 0) / 2 > 3  # a half of it is for copies
    assert kept.resources.cache_gb == 0
    assert kept.epochs == read.epochs > 1


def test_the_search_on_two_nodes_is_an_experiment() -> None:
    experiment = Experiment.from_text(
        two_nodes(Path("pictures"), Path("net.h5"), 224, Path("kept")).encode(), "nodes.yaml"
    )
    assert (experiment.model, experiment.final, experiment.resources.cache) == ("transfer", "keep", "kept")
    assert len([*experiment.space["unfrozen_layers"].values()]) == 2, "each has a prefix of its own"


def test_the_page_tells_what_was_not_computed_again() -> None:
    about = {"versions": {}, "pictures": 9, "side": 32, "date": "today", "command": "it"}
    twice = [
        {"repetition": number, "run": run, "seconds": 9.0 + number, "computed": computed, "features_seconds": 0.25}
        for number in range(3)
        for run, computed in (("first", 1), ("second", 0))
    ]
    apart = {"repetition": 0, "caches": "apart", "trials": [9, 7], "workers": 4, "prefixes": 2, "computed": 2}
    nodes = [{**apart, "bytes": 3e6, "stored": 4e6}]
    page = render({"transfer": {**about, "runs": twice}, "nodes": {**about, "runs": nodes}})
    assert "| second run | 10.0 | 0 | 0.25 |" in page
    assert "Medians of 3." in page
    assert "| apart | 9 and 7 | 4 | 2 | 2 | 3.0 | 4.0 |" in page
    assert "A line a run." in page


def test_the_page_tells_medians() -> None:
    seconds = {("keras", "first"): 2.0, ("reduced", "first"): 3.0, ("reduced", "second"): 0.2}
    seconds |= {("full", "first"): 4.0, ("full", "second"): 0.3}
    runs: list[dict[str, Any]] = [
        {"repetition": number, "side": side, "run": run, "seconds": value + number, "private": 50, "bytes": 100}
        for (side, run), value in seconds.items()
        for number in range(3)
    ]
    sweeps = [{"repetition": 0, "run": run, "seconds": 10.0, "memory": 3 * 2**30} for run in ("first", "second")]
    larger = [
        {"repetition": number, "place": place, "seconds": seconds + number, "memory": 2**31}
        for place, seconds in (("memory", 8.0), ("disk", 9.0))
        for number in range(3)
    ]
    about = {"versions": {}, "pictures": 1000, "side": 32, "date": "today", "command": "it"}
    page = render({"reading": {**about, "runs": runs}, "larger": {**about, "pictures": 9, "runs": larger}})
    assert "| cnnsearch, first run | 4.00 | 1.33 | 0.50 |" in page
    assert "9 photographs of 500x375" in page
    assert "| a third of them, so read from the disk | 10.00 | 0.90 | 2.00 |" in page
    assert "first epoch of a sweep" not in page
    page = render({"sweeps": {**about, "runs": sweeps}})
    assert f"| second run | 10.0 | 3.00 | {3 * 2**30 / (1000 * 32 * 32 * 3):.2f} |" in page
