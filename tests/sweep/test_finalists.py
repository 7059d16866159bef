"""The search, then its finalists, without Ray."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, write_study

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.finalists import fresh_seeds
from cnnsearch.study.record import read_lines
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.finalists import FIRST_JOB, Finals
from cnnsearch.sweep.ledger import Ledger
from cnnsearch.sweep.turns import Turns

Small = Callable[..., Experiment]
CLASSES = ["a", "b"]
TRIALS = [SyntheticTrial("COMPLETED", (value,)) for value in (0.7, 0.9, 0.8)]
GAVE = {(1, 0): 0.75, (2, 0): 0.85, (1, 1): 0.80, (2, 1): 0.80, (1, 2): 0.70, (2, 2): 0.9}
"""What runs give: trial 1 won the search, trial 2 has the better mean, and run 0 its median."""


class Steps:
    """The finalists of a study of three trials, and workers that train what they are given."""

    def __init__(self, folder: Path, experiment: Experiment, lanes: int = 2, has_test: bool = True) -> None:
        self.folder = folder
        self.experiment = experiment
        self.told: list[tuple[int, int]] = []
        self.finals = Finals(
            LocalStore(folder), experiment, CLASSES, lanes, has_test, lambda *now: self.told.append(now)
        )

    def train(self, given: dict[str, Any], value: float | None) -> None:
        number = given["trial"]
        left = self.folder / "checkpoints" / str(number)
        if value is not None:
            left.mkdir(parents=True, exist_ok=True)
            (left / "model.keras").write_text(f"weights {given['seed']}")
            (left / "predictions.npz").write_text(f"predictions {given['seed']}")
        line = {
            "state": "FAILED" if value is None else "COMPLETED",
            "reason": "it broke" if value is None else None,
            "value": value,
            "best_epoch": 1,
            "epochs": 2,
            "metrics": {"val_accuracy": value},
            "cost": {"wall_seconds": 1.0},
            "worker": {"node": "n", "pid": 1},
            "started": 2e9,
        }
        epochs = [{"epoch": epoch, "val_accuracy": value} for epoch in (1, 2)]
        self.finals.report(number, {"epochs": epochs, "line": line})
        self.finals.end(number, True)

    def test(self, given: dict[str, Any], **line: Any) -> None:
        left = self.folder / "checkpoints" / str(given["trial"])
        left.mkdir(parents=True, exist_ok=True)
        (left / "predictions.npz").write_text("of the test split")
        told = {"state": "COMPLETED", "count": 30, "metrics": {"accuracy": 0.8}, "worker": {}, **line}
        self.finals.report(given["trial"], {"epochs": [], "line": told})
        self.finals.end(given["trial"], True)

    def lines(self, name: str) -> list[dict[str, Any]]:
        return list(read_lines(LocalStore(self.folder), f"{name}.jsonl"))

    def train_all(self, gave: dict[tuple[int, int], float | None], most: int = 99) -> dict[str, Any] | None:
        """Train until something else is proposed, which is returned, or ``most`` runs have ended."""
        seeds = fresh_seeds(self.experiment.seed, 3)
        for _ in range(most):
            given = self.finals.propose()
            if given is None or "seed" not in given:
                return given
            trial = next(one["trial"] for one in Study.load(self.folder).records if one["config"] == given["config"])
            self.train(given, gave[trial, seeds.index(given["seed"])])
        return None


@pytest.fixture
def steps(tmp_path: Path, small: Small) -> Callable[..., Steps]:
    def make(**keys: Any) -> Steps:
        experiment = small(finalists={"top": 2, "seeds": 3})
        folder = tmp_path / "study"
        if not folder.exists():
            write_study(folder, experiment, TRIALS, predictions=0)
            (folder / "best").mkdir()
            (folder / "best" / "model.keras").write_text("weights of the search")
        return Steps(folder, experiment, **keys)

    return make


def test_runs_are_given_out_seed_by_seed_one_for_each_lane(steps: Callable[..., Steps]) -> None:
    made = steps()
    configs = {record["trial"]: record["config"] for record in Study.load(made.folder).records}
    first, second = made.finals.propose(), made.finals.propose()
    assert made.finals.propose() is None
    assert not made.finals.is_over
    assert first is not None
    assert second is not None
    assert (first["trial"], second["trial"]) == (FIRST_JOB, FIRST_JOB + 1)
    assert (first["config"], second["config"]) == (configs[1], configs[2])
    assert first["seed"] == second["seed"] == fresh_seeds(made.experiment.seed, 3)[0]
    assert {first["lane"], second["lane"]} == {0, 1}
    assert first["holds"] == made.experiment.resources.held
    assert first["finalist"] is True
    assert first["bars"] == {"best": None, "predictions": None}


def test_the_winner_is_named_then_the_test_split_read_once(steps: Callable[..., Steps]) -> None:
    made = steps()
    reading = made.train_all(GAVE)
    assert made.told == [(ended, 6) for ended in range(1, 7)]
    assert [(line["trial"], line["run"], line["value"]) for line in made.lines("finalists")] == [
        (trial, run, value) for (trial, run), value in GAVE.items()
    ]
    assert made.lines("finalists")[0]["curve"] == [0.75, 0.75]
    best = json.loads((made.folder / "best" / "metrics.json").read_text())
    seeds = fresh_seeds(made.experiment.seed, 3)
    assert (best["trial"], best["run"], best["seed"], best["value"]) == (2, 0, seeds[0], 0.85)
    assert (made.folder / "best" / "model.keras").read_text() == f"weights {seeds[0]}"
    assert (made.folder / "predictions" / "000002-1.npz").read_text() == f"predictions {seeds[1]}"
    assert not (made.folder / "models").exists(), "the models of the others are gone"
    assert reading is not None
    assert reading["reads_test"] == "best/model.keras"
    assert made.lines("test_reads") == []
    made.test(reading)
    assert made.finals.is_over
    assert made.finals.propose() is None
    (read,) = made.lines("test_reads")
    assert (read["trial"], read["run"], read["by"], read["count"]) == (2, 0, "finalists", 30)
    assert read["metrics"] == {"accuracy": 0.8}
    assert (made.folder / "predictions" / "test.npz").read_text() == "of the test split"
    assert list((made.folder / "checkpoints").iterdir()) == []


def test_without_a_test_split_nothing_is_read(steps: Callable[..., Steps]) -> None:
    made = steps(has_test=False)
    assert made.train_all(GAVE) is None
    assert made.finals.is_over


def test_a_failed_run_is_recorded_and_does_not_win(steps: Callable[..., Steps]) -> None:
    made = steps(has_test=False)
    made.train_all({**GAVE, (2, 1): None})
    failed = next(line for line in made.lines("finalists") if line["state"] == "FAILED")
    assert (failed["trial"], failed["run"], failed["reason"]) == (2, 1, "it broke")
    best = json.loads((made.folder / "best" / "metrics.json").read_text())
    assert (best["trial"], best["run"]) == (1, 0)


def test_where_every_run_fails_the_best_of_the_search_stays(steps: Callable[..., Steps]) -> None:
    made = steps()
    assert made.train_all(dict.fromkeys(GAVE)) is None
    assert made.finals.is_over
    assert (made.folder / "best" / "model.keras").read_text() == "weights of the search"
    assert made.lines("test_reads") == []


@pytest.mark.parametrize("cut_after", range(6))
def test_what_was_cut_short_goes_on_from_the_record(steps: Callable[..., Steps], cut_after: int) -> None:
    made = steps()
    made.train_all(GAVE, most=cut_after)
    made.finals.propose()
    again = steps()
    reading = again.train_all(GAVE)
    assert [(line["trial"], line["run"]) for line in again.lines("finalists")] == list(GAVE)
    assert reading is not None
    again.test(reading)
    seeds = fresh_seeds(made.experiment.seed, 3)
    assert (made.folder / "best" / "model.keras").read_text() == f"weights {seeds[0]}"
    assert len(again.lines("test_reads")) == 1
    assert steps().finals.is_over, "nothing is left, and the test split is not read again"


def test_cut_short_before_the_test_split_was_read(steps: Callable[..., Steps]) -> None:
    made = steps()
    assert made.train_all(GAVE) is not None
    given = steps().finals.propose()
    assert given is not None
    assert "reads_test" in given


def test_a_reading_that_failed_is_recorded_as_such(steps: Callable[..., Steps]) -> None:
    made = steps()
    reading = made.train_all(GAVE)
    assert reading is not None
    made.test(reading, state="FAILED", reason="no memory", count=None, metrics=None)
    (read,) = made.lines("test_reads")
    assert (read["state"], read["reason"], read["metrics"]) == ("FAILED", "no memory", None)


def test_a_run_whose_worker_died_goes_to_another_and_fails_in_the_end(steps: Callable[..., Steps]) -> None:
    made = steps(lanes=1)
    given = made.finals.propose()
    assert given is not None
    for _ in range(made.experiment.resources.max_failures):
        made.finals.lose(given["trial"])
        again = made.finals.propose()
        assert again is not None
        assert again == {**given, "lane": again["lane"]}
    made.finals.give_back(given["trial"])
    assert made.finals.propose() == again
    made.finals.lose(given["trial"])
    (line,) = made.lines("finalists")
    assert (line["state"], line["reason"], line["value"]) == ("FAILED", "worker died 4 times", None)


def test_a_finalist_cannot_be_stopped(steps: Callable[..., Steps]) -> None:
    made = steps()
    given = made.finals.propose()
    assert given is not None
    with pytest.raises(SweepError, match="no scheduler may do"):
        made.finals.end(given["trial"], False)


class Searches:
    """A search of two trials with turns, on a clock that the test turns."""

    def __init__(self, folder: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "experiment.yaml").write_text(experiment.to_yaml())
        self.ledger = Ledger(LocalStore(folder), experiment, CLASSES, 2)
        self.made: list[str] = []
        self.turns = Turns(self.ledger, self._make if experiment.finalists else None)
        self.folder = folder
        monkeypatch.setattr(Ledger, "is_late", property(lambda _: self.late))
        self.late = False

    def _make(self) -> Any:
        self.made.append("finals")
        return Finals(LocalStore(self.folder), self.ledger._experiment, CLASSES, 2, has_test=False)

    def report(self, trial: int, value: float) -> None:
        left = self.folder / "checkpoints" / str(trial) / "1"
        left.mkdir(parents=True, exist_ok=True)
        (left / "model.keras").touch()
        line = {"state": "COMPLETED", "end_reason": "epochs", "reason": None, "value": value, "best_epoch": 1}
        line |= {"epochs": 1, "metrics": {}, "cost": {}, "worker": {}, "started": 1.0}
        self.turns.report(trial, {"epochs": [{"epoch": 1, "val_accuracy": value}], "line": line})


@pytest.fixture
def searches(tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Searches]:
    return lambda **keys: Searches(tmp_path, small(**{"budget": {"trials": 2}, **keys}), monkeypatch)


def test_without_finalists_the_search_is_all(searches: Callable[..., Searches]) -> None:
    made = searches()
    assert made.turns.propose() is not None
    made.report(0, 0.5)
    made.turns.end(0, True)
    made.late = True
    assert made.turns.is_late
    assert not made.turns.cuts(1)
    assert not made.turns.is_over


def test_finalists_begin_when_every_trial_has_ended(searches: Callable[..., Searches]) -> None:
    made = searches(finalists={"top": 1, "seeds": 2})
    first, second = made.turns.propose(), made.turns.propose()
    assert first is not None
    assert second is not None
    for trial, value in ((0, 0.5), (1, 0.6)):
        assert made.turns.propose() is None
        assert made.made == []
        made.report(trial, value)
        made.turns.end(trial, True)
    given = made.turns.propose()
    assert made.made == ["finals"]
    assert given is not None
    assert (given["config"], given["finalist"]) == (second["config"], True)
    assert not made.turns.is_over


def test_the_minutes_end_the_search_and_not_its_finalists(searches: Callable[..., Searches]) -> None:
    made = searches(finalists={"top": 3, "seeds": 2}, budget={"trials": 5})
    for _ in range(2):
        made.turns.propose()
    assert not made.turns.cuts(0)
    made.report(0, 0.5)
    made.turns.end(0, True)
    made.turns.propose()
    made.turns.lose(2)
    made.late = True
    assert not made.turns.is_late
    assert made.turns.propose() is None, "a trial whose worker died is not given to another one any more"
    assert made.turns.cuts(1)
    made.report(1, 0.9)
    made.turns.end(1, False)
    given = made.turns.propose()
    assert given is not None
    assert given["finalist"] is True
    assert not made.turns.cuts(given["trial"])
    study = Study.load(made.folder)
    assert study.counts == {"COMPLETED": 1, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 2}


def test_a_trial_that_ends_as_the_minutes_do_has_ended(searches: Callable[..., Searches]) -> None:
    made = searches(finalists={"top": 1, "seeds": 2})
    made.turns.propose()
    made.late = True
    assert made.turns.cuts(0)
    made.report(0, 0.5)
    made.turns.end(0, True)
    assert Study.load(made.folder).counts["COMPLETED"] == 1


def test_an_audited_trial_says_so_in_its_line(searches: Callable[..., Searches]) -> None:
    made = searches()
    made.turns.propose()
    made.ledger.audit(0, 3)
    made.report(0, 0.5)
    made.turns.end(0, True)
    assert Study.load(made.folder).records[0]["audited"] == 3
