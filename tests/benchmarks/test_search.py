"""The benchmark of searches, on made-up curves: what is run, in which order, and what its figures say."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from benchmarks.search import measuring, ours
from benchmarks.search.clock import Run, drive
from benchmarks.search.command import main
from benchmarks.search.contestants import BASELINE, CONTESTANTS, DEFAULT, FORMER, MAIN, TPE, Contestant, missing
from benchmarks.search.figures import best_known, group, paired, ranks, sooner
from benchmarks.search.measuring import Ended, held_out, measure, plan, read
from benchmarks.search.page import render
from benchmarks.search.peers.ray_tune import RAY_TUNE
from benchmarks.search.surrogate import Curve
from benchmarks.search.work import Work, work_of
from cnnsearch.search.rebuilding import Past, config_of
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import config_key
from cnnsearch.study.store import LocalStore

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
    assert {(workers, seed) for _, _, workers, seed in keys} == {(w, s) for w in (1, 4, 16) for s in (0, 1)}
    assert len(set(keys)) == len(keys)
    fast = [name for name in MAIN if not CONTESTANTS[name].slowness]
    assert keys[: 4 * len(fast)] == [(name, task, 4, 0) for task in "cfia" for name in fast]
    assert (
        keys.index((DEFAULT, "a", 16, 1)) < keys.index(("Syne Tune ASHA", "c", 4, 0)) < keys.index((FORMER, "c", 4, 0))
    )
    assert keys.index(("Syne Tune CQR", "c", 1, 0)) > keys.index((DEFAULT, "i", 16, 0))
    assert {name for name, task, _, _ in keys if task == "a"} == {*MAIN, TPE}


INSTALLED = ["random", BASELINE, DEFAULT, "Optuna TPE, SuccessiveHalvingPruner", *RAY_TUNE]
OPTIONAL = ["Syne Tune ASHA", "Syne Tune BOHB"]
"""KerasTuner's imports TensorFlow, and CQR fits trees for seconds: too slow for a unit."""


@pytest.mark.parametrize("name", [*INSTALLED, *OPTIONAL])
def test_a_contestant_trains_within_its_time_only(name: str) -> None:
    contestant = CONTESTANTS[name]
    if name in missing():
        pytest.skip(f"{contestant.package} is not installed")
    work = work_of(MadeUp(), "c", 2, 6)
    assert (work.training, work.seconds, work.startup) == (18.0, 54.0, 0.36)
    contestant.run(work, 3)
    assert max(end for end, _ in work.trace) <= 54.0
    # Two workers for 54 seconds, an epoch of two seconds at a time.
    assert 40 <= len(work.trace) <= 54
    again = replace(work, trace=[])
    contestant.run(again, 3)
    assert again.trace == work.trace


class Scripted:
    """Pauses a run after its second epoch, and goes on with it at once."""

    def __init__(self) -> None:
        self.told: list[tuple[Hashable, int, float]] = []
        self.runs = [Run("a", {"dropout": 0.0}), Run("b", {"dropout": 0.1}), Run("a", {"dropout": 0.0}, trained=2)]

    def next(self) -> Run | None:
        return self.runs.pop(0) if self.runs else None

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        self.told.append((key, epoch, value))
        return epoch != 2


class TwoLengths:
    """Three epochs of one second each, or of four where dropout is on."""

    tasks, space, epochs = ("t",), MadeUp.space, 3

    def curve(self, _: str, config: dict[str, Any]) -> Curve:
        return Curve((0.1, 0.4, 0.3), (4.0,) * 3 if config["dropout"] else (1.0,) * 3)


def test_the_clock_counts_epochs_from_their_ends_and_what_was_trained_before_once() -> None:
    work = Work(TwoLengths(), "t", 2, training=10.0, trainings=1.6, median=0.0, best=1.0)  # 8 s of two workers
    peer = Scripted()
    drive(work, peer)
    assert peer.told == [("a", 1, 0.1), ("a", 2, 0.4), ("a", 3, 0.3), ("b", 1, 0.1)]
    # Starting takes 0.2 s, also again; b would have its second epoch after 8.2 s.
    assert work.trace == [
        (pytest.approx(end), value) for end, value in [(1.2, 0.1), (2.2, 0.4), (3.4, 0.3), (4.2, 0.1)]
    ]


class Uneven(MadeUp):
    """Epochs of different lengths, so that no two reports come at once."""

    def curve(self, task: str, config: dict[str, Any]) -> Curve:
        curve = super().curve(task, config)
        return Curve(curve.values, tuple(1 + config["dropout"] + config["learning_rate"] for _ in curve.seconds))


@pytest.mark.parametrize("scheduler", ["asha", "pasha"])
def test_ours_on_the_clock_proposes_what_a_simulated_sweep_does(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the last minutes, in which a sweep lets those go on that ``pasha`` holds back; so it has some more."""
    work = work_of(Uneven(), "c", 3, 20)
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(Work, "curve", lambda _, config: asked.append(config) or Uneven().curve("c", config))
    ours.run(work, 1, {"name": "auto"}, {"name": scheduler})
    store = LocalStore(tmp_path)
    Simulation(
        store,
        ours.experiment_of(replace(work, trainings=24), 1, {"name": "auto"}, {"name": scheduler}),
        lambda config: Uneven().curve("c", config).values,
        3,
        seconds=lambda config: Uneven().curve("c", config).seconds,
        startup=lambda _: work.startup,
    ).run()
    proposed = [config_of(proposal) for proposal in Past.read(store).proposals]
    found = list({config_key(config): config for config in asked}.values())
    assert found == proposed[: len(found)]
    assert len(found) < len(proposed)
    assert len(asked) > 40  # of which the first 20 are random; those that waited are asked for again


def test_what_was_measured_is_kept_and_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "search.jsonl"
    runs: list[tuple[str, int]] = []

    def run(work: Work, seed: int) -> None:
        runs.append((work.task, seed))
        work.trace.extend([(20.0, 0.6), (10.0, 0.5), (30.0, 0.4)])

    monkeypatch.setattr(measuring, "CONTESTANTS", dict.fromkeys(CONTESTANTS, Contestant(run)))
    monkeypatch.setattr(measuring, "TRAININGS", {4: 8.0, 16: 32.0})
    monkeypatch.setattr(measuring, "missing", lambda: {"Syne Tune CQR": "syne-tune"})
    assert measure(MadeUp(), path, minutes=0, most=1, seeds=1) == []
    found = measure(MadeUp(), path, minutes=9, most=1, seeds=1)
    assert len(runs) == len(found) == 2 * (len(CONTESTANTS) - 1)
    assert {(one.workers, one.trainings) for one in found} == {(4, 8.0), (16, 32.0)}
    assert found[0].steps == [(pytest.approx(10 / 36, abs=1e-5), 0.5), (pytest.approx(20 / 36, abs=1e-5), 0.6)]
    assert read(path) == measure(MadeUp(), path, minutes=9, most=1, seeds=1)
    assert len(runs) == len(found)


def test_regrets_go_from_the_median_of_random_configs_to_the_best_that_is_known() -> None:
    searches = [ended("x", "a", (0.2, 0.6), (0.5, 1.0)), ended("y", "a", (0.3, 0.7)), ended("y", "b", (0.1, 0.8))]
    assert best_known(searches) == {"a": 1.0, "b": 0.8}
    found = group(searches, "x", 4, ("a", "b"))
    assert (found.tasks, found.names) == (("a",), ("x", "y"))  # x did not run on b
    assert [found.by_task("x", share)[0] for share in (0.1, 0.2, 1.0)] == pytest.approx([1.0, 0.8, 0.0])
    assert found.by_task("y", 1.0) == pytest.approx([0.6])
    found = group(searches, "y", 4, ("a", "b"))
    assert (found.tasks, found.names, found.partial) == (("a", "b"), ("y",), {"x": 1})
    assert found.differences("y", "x") == pytest.approx([0.6])


def test_two_are_compared_on_the_seeds_that_both_had() -> None:
    searches = [
        ended("x", "a", (0.5, 0.8)),
        ended("x", "a", (0.5, 0.7), seed=1),
        ended("y", "a", (0.5, 0.5), seed=1),
        ended("y", "a", (0.5, 0.8), seed=2),
    ]
    found = group(searches, "x", 4, ("a",))
    assert found.shared("x", "y") == (("a", 1),)
    assert found.differences("x", "y") == pytest.approx([-2 / 3])
    assert found.by_task("x", 1.0) == pytest.approx([1 / 3])  # of a table that has both, too
    assert group(searches[:2], "x", 4, ("a",)).by_task("x", 1.0) == pytest.approx([1 / 6])


def test_times_are_those_to_what_the_other_had_in_the_end() -> None:
    searches = [
        ended("x", "a", (0.1, 0.5), (0.25, 0.72)),
        ended("y", "a", (0.5, 0.7)),
        ended("x", "b", (0.1, 0.5)),
        ended("y", "b", (0.5, 0.7)),
    ]
    found = group(searches, "x", 4, ("a", "b"))
    assert sooner(found, "x", "y") == [4.0, 0.0]
    assert sooner(found, "y", "x") == [0.0, 2.0]


def test_ranks_and_tests_are_over_data_sets() -> None:
    searches = []
    for place, task in enumerate(TASKS[:6]):
        better = 0.7 + place / 100
        searches += [ended("x", task, (0.1, better), seed=seed) for seed in (0, 1)]
        searches += [ended("y", task, (0.1, better - 0.1), seed=seed) for seed in (0, 1)]
        searches += [ended("z", task, (0.1, better - 0.2), seed=seed) for seed in (0, 1)]
    found = group(searches, "x", 4, TASKS)
    placed = ranks(found)
    assert placed.means == {"x": 1.0, "y": 2.0, "z": 3.0}
    assert placed.difference == pytest.approx(2.343 * math.sqrt(3 * 4 / (6 * 6)), abs=2e-3)  # q of Demsar's table
    assert placed.p == pytest.approx(math.exp(-6), rel=1e-6)
    difference, p = paired(found, "x", "y")
    assert difference < 0
    assert p == 2 / 2**6  # the least that six pairs can have
    assert paired(found, "x", "x") == (0.0, 1.0)


def test_the_page_says_what_was_not_measured(tmp_path: Path) -> None:
    (tmp_path / "intro.md").write_text("# Above\n\n## Notes\n\nof mine\n")
    searches = [
        ended(name, task, (0.1, 0.6 + place / 100 + number / 50))
        for place, task in enumerate(held_out(TASKS))
        for number, name in enumerate((FORMER, "random", BASELINE, DEFAULT))
    ]
    page = render(searches, TASKS, tmp_path / "intro.md")
    assert page.startswith("# Above\n\n## Answers\n")
    assert "| 4 | 3 held out | 1.00 of 4 | random + asha, rank 2.00; regret -0.067 against it, p 0.25 |" in page
    assert "Held out: c, f, i." in page
    places = [page.index(text) for text in ("## Answers\n", "\n## Notes\n\nof mine\n\n## 1 worker,", "## 16 workers,")]
    assert places == sorted(places)
    assert "Not run, for want of time: tpe + asha" in page
    assert "Not measured: fewer than 3 contestants ran on the same 3 of these data sets." in page
    assert f"| {FORMER} | 3 | 3 | -0.200 | 0.25 | 10.0 times (0% never) |" in page


def test_a_folder_without_the_surrogate_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended_by:
        main(["--data", str(tmp_path)])
    assert ended_by.value.code == 2
    assert "has no model.onnx, encoding.json, config_space.json" in capsys.readouterr().err
