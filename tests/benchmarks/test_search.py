"""The benchmark of searches, on made-up curves: what is run, in which order, and what its figures say."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from benchmarks.search import measuring
from benchmarks.search.command import main
from benchmarks.search.contestants import BASELINE, CONTESTANTS, DEFAULT, FORMER, MAIN
from benchmarks.search.figures import best_known, group, paired, ranks, sooner
from benchmarks.search.measuring import Ended, held_out, measure, plan, read
from benchmarks.search.page import render
from benchmarks.search.surrogate import Curve
from benchmarks.search.work import Work, work_of

TASKS = ("a", "b", "c", "d", "e", "f", "g", "h", "i")


class MadeUp:
    """Nine data sets on which a learning rate near 0.01 is best; of nine epochs each of two seconds."""

    tasks = TASKS
    space: ClassVar[dict[str, Any]] = {
        "learning_rate": {"float": [1e-4, 1e-1], "log": True},
        "dropout": {"float": [0.0, 0.5]},
    }
    epochs = 9

    def curve(self, task: str, config: dict[str, Any]) -> Curve:
        top = 0.9 - 0.2 * abs(math.log10(config["learning_rate"]) + 2) - 0.1 * config["dropout"]
        speed = 0.2 + 0.1 * TASKS.index(task)
        return Curve(tuple(top * (1 - math.exp(-speed * epoch)) for epoch in range(1, 10)), (2.0,) * 9)


def ended(contestant: str, task: str, *steps: tuple[float, float], seed: int = 0, workers: int = 4) -> Ended:
    return Ended(contestant, task, workers, seed, 50, 0.5, 0.8, list(steps), 1.0)


def test_every_third_data_set_is_held_out_and_comes_first() -> None:
    assert held_out(TASKS) == ("c", "f", "i")
    keys = list(plan(TASKS, most=4, seeds=2))
    assert list(dict.fromkeys(task for _, task, _, _ in keys)) == ["c", "f", "i", "a"]
    assert [key[0] for key in keys[:4]] == list(MAIN)
    assert {(workers, seed) for _, _, workers, seed in keys} == {(w, s) for w in (1, 4, 16) for s in (0, 1)}
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", ["random", BASELINE, DEFAULT, "Optuna TPE, SuccessiveHalvingPruner"])
def test_a_contestant_trains_within_its_time_only(name: str) -> None:
    work = work_of(MadeUp(), "c", 2, 6)
    assert (work.training, work.seconds, work.startup) == (18.0, 54.0, 0.36)
    CONTESTANTS[name](work, 3)
    assert max(end for end, _ in work.trace) <= 54.0
    # Two workers for 54 seconds, an epoch of two seconds at a time.
    assert 40 <= len(work.trace) <= 54
    again = replace(work, trace=[])
    CONTESTANTS[name](again, 3)
    assert again.trace == work.trace


def test_an_epoch_counts_from_its_end() -> None:
    work = Work(MadeUp(), "a", 1, training=10.0, trainings=1, median=0.0, best=1.0)
    work.note(3.0, Curve((0.1, 0.4, 0.3), (2.0, 4.0, 6.0)), 3)
    assert work.trace == [(pytest.approx(5.2), 0.1), (pytest.approx(9.2), 0.4)]  # the last one ends after 10 seconds


def test_what_was_measured_is_kept_and_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "search.jsonl"
    runs: list[tuple[str, int]] = []

    def run(work: Work, seed: int) -> None:
        runs.append((work.task, seed))
        work.trace.extend([(20.0, 0.6), (10.0, 0.5), (30.0, 0.4)])

    monkeypatch.setattr(measuring, "CONTESTANTS", dict.fromkeys(CONTESTANTS, run))
    assert measure(MadeUp(), path, minutes=0, most=1, seeds=1, trainings=8) == []
    found = measure(MadeUp(), path, minutes=9, most=1, seeds=1, trainings=8)
    assert len(runs) == len(found) == 4 * 3 + (len(CONTESTANTS) - 4)
    assert found[0].steps == [(pytest.approx(10 / 36, abs=1e-5), 0.5), (pytest.approx(20 / 36, abs=1e-5), 0.6)]
    assert read(path) == measure(MadeUp(), path, minutes=9, most=1, seeds=1, trainings=8)
    assert len(runs) == len(found)


def test_regrets_go_from_the_median_of_random_configs_to_the_best_that_is_known() -> None:
    searches = [ended("x", "a", (0.2, 0.6), (0.5, 1.0)), ended("y", "a", (0.3, 0.7)), ended("y", "b", (0.1, 0.8))]
    assert best_known(searches) == {"a": 1.0, "b": 0.8}
    found = group(searches, ("x", "y"), 4, ("a", "b"))
    assert found.cells == (("a", 0),)  # the other one did not run on b
    assert [found.regrets("x", share)[0] for share in (0.1, 0.2, 1.0)] == pytest.approx([1.0, 0.8, 0.0])
    assert found.by_task("y", 1.0) == pytest.approx([0.6])


def test_times_are_those_to_what_the_other_had_in_the_end() -> None:
    searches = [
        ended("x", "a", (0.1, 0.5), (0.25, 0.72)),
        ended("y", "a", (0.5, 0.7)),
        ended("x", "b", (0.1, 0.5)),
        ended("y", "b", (0.5, 0.7)),
    ]
    found = group(searches, ("x", "y"), 4, ("a", "b"))
    assert sooner(found, "x", "y") == [4.0, 0.0]
    assert sooner(found, "y", "x") == [0.0, 2.0]


def test_ranks_and_tests_are_over_data_sets() -> None:
    searches = []
    for place, task in enumerate(TASKS[:6]):
        better = 0.7 + place / 100
        searches += [ended("x", task, (0.1, better), seed=seed) for seed in (0, 1)]
        searches += [ended("y", task, (0.1, better - 0.1), seed=seed) for seed in (0, 1)]
        searches += [ended("z", task, (0.1, better - 0.2), seed=seed) for seed in (0, 1)]
    found = group(searches, ("x", "y", "z"), 4, TASKS)
    placed = ranks(found)
    assert placed.means == {"x": 1.0, "y": 2.0, "z": 3.0}
    assert placed.difference == pytest.approx(2.343 * math.sqrt(3 * 4 / (6 * 6)), abs=2e-3)  # q of Demsar's table
    assert placed.p == pytest.approx(math.exp(-6), rel=1e-6)
    difference, p = paired(found, "x", "y")
    assert difference < 0
    assert p == 2 / 2**6  # the least that six pairs can have
    assert paired(found, "x", "x") == (0.0, 1.0)


def test_the_page_says_what_was_not_measured(tmp_path: Path) -> None:
    (tmp_path / "intro.md").write_text("# Above\n")
    searches = [
        ended(name, task, (0.1, 0.6 + place / 100 + number / 50))
        for place, task in enumerate(held_out(TASKS))
        for number, name in enumerate((FORMER, "random", BASELINE, DEFAULT))
    ]
    page = render(searches, TASKS, tmp_path / "intro.md")
    assert page.startswith("# Above\n")
    assert "Held out: c, f, i." in page
    assert "3 data sets, 3 searches of each contestant, seeds on a data set: 1 at most." in page
    assert "Not measured: each contestant ran on 0 of these data sets, and 3 are needed." in page
    assert f"- {DEFAULT} against {FORMER}: final regret" in page


def test_a_folder_without_the_surrogate_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended_by:
        main(["--data", str(tmp_path)])
    assert ended_by.value.code == 2
    assert "has no model.onnx, encoding.json, config_space.json" in capsys.readouterr().err
