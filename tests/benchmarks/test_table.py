"""The arithmetic of the tables: rates, ratios, accuracies reached, growth, and where a worker's time went."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from recorded import ended

from benchmarks.figures import (
    Spread,
    Target,
    common_accuracy,
    mean_accuracy,
    pace,
    seconds_until,
    shares,
    slope,
    spread,
    steady_rate,
    wall_ratio,
    whole_rate,
)
from benchmarks.outcome import Outcome, PeerTrial, Run
from benchmarks.parts.throughput import FASHION, side_table
from benchmarks.profile import Notes, profile_of
from benchmarks.results import Measured, as_table, write_page
from benchmarks.work import Work


def make_run(peer: str = "peer", **keys: Any) -> Run:
    """10 s to start, 20 s of work, 5 s to end, four trials."""
    defaults: dict[str, Any] = {
        "peer": peer,
        "startup": 10.0,
        "work": 20.0,
        "shutdown": 5.0,
        "values": (0.5, 0.7, 0.9, 0.9),
        "compilations": 4,
    }
    return Run(**{**defaults, **keys})


def test_a_steady_rate_leaves_start_and_end_out():
    assert steady_rate(make_run()) == 4 / 20 * 3600


def test_a_whole_rate_counts_start_and_end_once():
    assert whole_rate(make_run(), 4) == 4 / 35 * 3600


def test_a_side_that_ran_fewer_trials_goes_on_at_its_own_pace():
    assert whole_rate(make_run(), 100) == 100 / (10 + 500 + 5) * 3600


def test_walls_are_compared_for_the_same_number_of_trials_only():
    assert wall_ratio(make_run(work=26.0), make_run()) == 1.3
    with pytest.raises(ValueError, match="4 trials cannot be compared with 1"):
        wall_ratio(make_run(), make_run(values=(0.5,)))


def test_accuracies_are_compared_over_the_configs_that_all_sides_ran():
    assert mean_accuracy(make_run(), 2) == pytest.approx(0.6)


def test_the_common_accuracy_is_a_multiple_of_a_half_percent_that_all_reached():
    one = make_run(progress=((1.0, 0.85), (2.0, 0.899)))
    other = make_run(progress=((1.0, 0.893), (2.0, 0.5)))
    assert common_accuracy([one, other]) == 0.89
    assert common_accuracy([make_run(progress=((1.0, 0.885),))]) == 0.885


def test_time_to_an_accuracy_is_that_of_the_first_epoch_that_reached_it_whatever_the_order():
    run = make_run(progress=((9.0, 0.9), (3.0, 0.88), (4.0, 0.7), (5.0, 0.89)))
    assert seconds_until(run, 0.88) == 3.0
    assert seconds_until(run, 0.885) == 5.0
    assert seconds_until(run, 0.95) == math.inf


def test_pace_is_between_the_first_end_and_the_last():
    assert pace([10.0, 11.0, 11.5, 14.0]) == 3 / 4


def test_slope_is_by_least_squares():
    assert slope([5.0, 7.0, 9.0]) == pytest.approx(2.0)
    assert slope([0.0, 3.0, 0.0]) == pytest.approx(0.0)
    with pytest.raises(ValueError, match="two values, not 1"):
        slope([1.0])


def test_a_spread_shows_its_range_where_there_is_one():
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert spread([1234.5, 1000.0, 2000.0]).shown(0) == "1,234 (1,000 to 2,000)"
    assert spread([2.0]).shown(2) == "2.00"


@pytest.mark.parametrize(("median", "at_least", "met"), [(1.3, True, True), (1.2, True, False), (1.2, False, True)])
def test_a_target_is_met_by_the_median(median: float, at_least: bool, met: bool):
    found = Spread(median, 0.0, 9.0)
    target = Target("a over b", 1.3, at_least)
    assert target.is_met(found) is met
    assert target.row(found)[1:] == [
        "at least 1.3" if at_least else "at most 1.3",
        f"{median:.2f} (0.00 to 9.00)",
        "yes" if met else "**no**",
    ]


def test_shares_are_of_the_medians_over_the_repetitions():
    profiles = [{"compile": 3.0, "idle": 1.0}, {"compile": 5.0, "idle": 1.0}, {"compile": 3.0, "idle": 2.0}]
    assert shares(profiles, 10) == {"compile": (300.0, 0.75), "idle": (100.0, 0.25)}


def test_a_run_is_timed_from_the_start_of_its_process():
    outcome = Outcome(110.0, (PeerTrial(0.5, 115.0), PeerTrial(0.6, 125.0)), 2, ((112.0, 0.4),))
    run = Run.timed("peer", 100.0, 130.0, outcome)
    assert (run.startup, run.work, run.shutdown) == (10.0, 15.0, 5.0)
    assert run.progress == ((12.0, 0.4),)
    assert Run.from_dict(run.to_dict()) == run


def test_work_and_outcome_survive_their_files(tmp_path: Path):
    work = Work("w", "digits", {"units": 16}, ({"units": 16, "image_size": None},), 5, 2, 0)
    work.write(tmp_path / "work.json")
    assert Work.read(tmp_path / "work.json") == work
    outcome = Outcome(1.0, (PeerTrial(0.5, 2.0),), 1, ((1.5, 0.4),), {"idle": 0.5})
    outcome.write(tmp_path / "outcome.json")
    assert Outcome.read(tmp_path / "outcome.json") == outcome


def test_the_profile_of_a_sweep_adds_up_to_what_its_workers_held():
    cost = {"compile_seconds": 0.0, "reset_seconds": 0.25, "compute_seconds": 2.0, "evaluate_seconds": 0.5}
    records = [
        ended(0, cost={**cost, "compile_seconds": 3.0, "reset_seconds": 0.0, "compute_seconds": 4.0}),
        ended(1, cost=cost),
    ]
    epochs = {0: [3.0, 0.5, 0.5], 1: [1.0, 0.5, 0.5]}  # a first epoch that is slow without compiling is arithmetic
    notes = [Notes(began=0.0, busy=10.0, checkpoint=0.25, waited=0.5)]
    profile = profile_of(records, epochs, notes, held_seconds=12.0)
    assert profile == {
        "compile": 5.5,
        "reset": 0.25,
        "arithmetic": 2.8125,
        "evaluation": 0.6875,
        "checkpoint": 0.25,
        "reporting": 1.0,
        "idle": 1.5,
    }
    assert sum(profile.values()) == 12.0


def test_the_side_table_compares_accuracy_over_the_common_configs():
    found = [{"cnnsearch_sweep": make_run(), "plain_fit": make_run(values=(0.4, 0.6), work=40.0)}]
    lines = side_table(found, 4).splitlines()
    assert "mean accuracy, first 2" in lines[0]
    assert lines[2] == "| cnnsearch (2 workers, 1 thread each) | 4 | 10.0 | 5.00 | 720 | 411 | 0.600 | 4 |"
    assert lines[3] == "| plain `fit` (1 process, 2 threads) | 2 | 10.0 | 20.00 | 180 | 152 | 0.500 | 4 |"


def test_a_contest_compares_within_each_repetition_and_shows_the_median():
    profile = {"compile": 1.0, "idle": 1.0}
    ours = [make_run(work=work, profile=profile) for work in (10.0, 20.0, 10.0)]
    theirs = [make_run(work=work) for work in (20.0, 20.0, 30.0)]
    repetitions = [
        {"cnnsearch_sweep": a.to_dict(), "keras_tuner_random": b.to_dict(), "ray_by_hand": b.to_dict()}
        for a, b in zip(ours, theirs, strict=True)
    ]
    text = FASHION.render({"repetitions": repetitions})
    assert "over KerasTuner | at least 1.5 | 2.00 (1.00 to 3.00) | yes |" in text
    assert "| compile | 250.0 | 50 % |" in text


def test_the_page_has_a_section_a_part_with_its_date_and_command(tmp_path: Path):
    measured = Measured(
        "part", "python -m benchmarks part", "2026-01-02T03:04+00:00", {"keras": "3"}, "box", True, {"a": 1}
    )
    measured.write(tmp_path)
    assert Measured.read(tmp_path / "part.json") == measured
    write_page(tmp_path / "RESULTS.md", [(measured, "A title", as_table(["a", "b"], [["c", "1"]]))])
    page = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert page.endswith(
        "## A title\n\n**A smoke run: these figures mean nothing.** `python -m benchmarks part`, 2026-01-02T03:04 UTC, "
        "box; keras 3.\n\n| a | b |\n| --- | ---: |\n| c | 1 |\n"
    )
