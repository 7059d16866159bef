"""The finalists of a search that is over, without Ray."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recorded import ended, proposed
from synthetic import SyntheticTrial, write_study

from cnnsearch.errors import InputError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import FinalistRun, SplitReading
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.turns.finalists import FIRST_JOB, Finals
from cnnsearch.search.turns.reading import LastReading
from cnnsearch.search.turns.turns import Turns
from cnnsearch.study import Study
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import (
    FINALISTS,
    TEST_READS,
    AnyLine,
    Ended,
    EpochLine,
    LineFile,
    Reading,
    Report,
    Worker,
)
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import BestKeeper
from cnnsearch.study.winner.best_model import find_best, naming_of, open_best
from cnnsearch.study.winner.finalists import fresh_seeds

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
        given = LocalStore(folder), experiment, CLASSES, lanes
        self.finals = Turns(
            Finals(*given, observe=lambda _run, *now: self.told.append(now)), lambda: LastReading(*given, has_test)
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing is proposed any more."""
        return self.finals.propose() is None and self.finals.is_over

    def train(self, given: Any, value: float | None) -> None:
        left = self.folder / given.folder
        if value is not None:
            left.mkdir(parents=True, exist_ok=True)
            (left / "model.keras").write_text(f"weights {given.seed}")
            (left / "predictions.npz").write_text(f"predictions {given.seed}")
        line = {
            "state": "FAILED" if value is None else "COMPLETED",
            "reason": "it broke" if value is None else None,
            "value": value,
            "best_epoch": 1,
            "epochs": 2,
            "metrics": {"val_accuracy": value},
            "cost": {"wall_seconds": 1.0},
            "worker": Worker(node="n", pid=1),
            "started": 2e9,
            "ended": 2e9 + 1,
        }
        epochs = tuple(EpochLine(trial=given.number, epoch=epoch, values={"val_accuracy": value}) for epoch in (1, 2))
        self.finals.report(given.number, Report(epochs, Ended(trial=given.number, seed=given.seed, **line)))
        self.finals.end(given.number, True)

    def test(self, given: SplitReading, **line: Any) -> None:
        left = self.folder / given.folder
        left.mkdir(parents=True, exist_ok=True)
        (left / "predictions.npz").write_text("of the test split")
        told = Reading(**{"count": 30, "metrics": {"accuracy": 0.8}, "worker": Worker(), **line})
        self.finals.report(given.number, Report((), told))
        self.finals.end(given.number, True)

    def lines(self, name: LineFile[AnyLine]) -> list[AnyLine]:
        return read_lines(LocalStore(self.folder), name)

    def train_all(self, gave: dict[tuple[int, int], float | None], most: int = 99) -> Any:
        """Train until something else is proposed, which is returned, or ``most`` runs have ended."""
        seeds = fresh_seeds(self.experiment.seed, 3)
        for _ in range(most):
            given = self.finals.propose()
            if not isinstance(given, FinalistRun):
                return given
            trial = next(one.trial for one in Study.load(self.folder).records if one.config == given.config)
            self.train(given, gave[trial, seeds.index(given.seed)])
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
    configs = {record.trial: record.config for record in Study.load(made.folder).records}
    first, second = made.finals.propose(), made.finals.propose()
    assert made.finals.propose() is None
    assert not made.is_over
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (FIRST_JOB, FIRST_JOB + 1)
    assert (first.config, second.config) == (configs[1], configs[2])
    assert first.seed == second.seed == fresh_seeds(made.experiment.seed, 3)[0]
    assert {first.lane, second.lane} == {0, 1}
    assert first.holds == made.experiment.resources.held
    assert first == FinalistRun(
        number=FIRST_JOB, lane=first.lane, holds=first.holds, config=configs[1], seed=first.seed, milestones=()
    ), "whatever it gives is wanted, and no scheduler is asked"


def test_the_winner_is_named_then_the_test_split_read_once(steps: Callable[..., Steps]) -> None:
    made = steps()
    reading = made.train_all(GAVE)
    assert made.told == [(ended, 6) for ended in range(7)], "the first when they begin"
    assert [(line.trial, line.run, line.value) for line in made.lines(FINALISTS)] == [
        (trial, run, value) for (trial, run), value in GAVE.items()
    ]
    assert made.lines(FINALISTS)[0].curve == (0.75, 0.75)
    best = json.loads((made.folder / "best" / "metrics.json").read_text())
    seeds = fresh_seeds(made.experiment.seed, 3)
    assert (best["trial"], best["run"], best["seed"], best["value"]) == (2, 0, seeds[0], 0.85)
    assert (made.folder / "best" / "model.keras").read_text() == f"weights {seeds[0]}"
    assert (made.folder / "predictions" / "000002-1.npz").read_text() == f"predictions {seeds[1]}"
    assert not (made.folder / "models").exists(), "the models of the others are gone"
    assert reading is not None
    assert reading.model == "best/model.keras"
    assert made.lines(TEST_READS) == []
    made.test(reading)
    assert made.is_over
    assert made.finals.propose() is None
    (read,) = made.lines(TEST_READS)
    assert (read.trial, read.run, read.by, read.count) == (2, 0, "finalists", 30)
    assert read.metrics == {"accuracy": 0.8}
    assert (made.folder / "predictions" / "test.npz").read_text() == "of the test split"
    assert list((made.folder / "checkpoints").iterdir()) == []


def test_without_a_test_split_nothing_is_read(steps: Callable[..., Steps]) -> None:
    made = steps(has_test=False)
    assert made.train_all(GAVE) is None
    assert made.is_over


def test_a_failed_run_is_recorded_and_does_not_win(steps: Callable[..., Steps]) -> None:
    made = steps(has_test=False)
    made.train_all({**GAVE, (2, 1): None})
    failed = next(line for line in made.lines(FINALISTS) if line.state == "FAILED")
    assert (failed.trial, failed.run, failed.reason) == (2, 1, "it broke")
    best = json.loads((made.folder / "best" / "metrics.json").read_text())
    assert (best["trial"], best["run"]) == (1, 0)


def test_where_every_run_fails_the_best_of_the_search_stays(steps: Callable[..., Steps]) -> None:
    made = steps()
    assert made.train_all(dict.fromkeys(GAVE)) is None
    assert made.is_over
    assert (made.folder / "best" / "model.keras").read_text() == "weights of the search"
    assert made.lines(TEST_READS) == []


@pytest.mark.parametrize("cut_after", range(6))
def test_what_was_cut_short_goes_on_from_the_record(steps: Callable[..., Steps], cut_after: int) -> None:
    made = steps()
    made.train_all(GAVE, most=cut_after)
    made.finals.propose()
    again = steps()
    reading = again.train_all(GAVE)
    assert [(line.trial, line.run) for line in again.lines(FINALISTS)] == list(GAVE)
    assert reading is not None
    again.test(reading)
    seeds = fresh_seeds(made.experiment.seed, 3)
    assert (made.folder / "best" / "model.keras").read_text() == f"weights {seeds[0]}"
    assert len(again.lines(TEST_READS)) == 1
    assert steps().is_over, "nothing is left, and the test split is not read again"


def test_cut_short_before_the_test_split_was_read(steps: Callable[..., Steps]) -> None:
    made = steps()
    assert made.train_all(GAVE) is not None
    given = steps().finals.propose()
    assert given is not None
    assert isinstance(given, SplitReading)


def test_a_reading_that_failed_is_recorded_as_such(steps: Callable[..., Steps]) -> None:
    made = steps()
    reading = made.train_all(GAVE)
    assert reading is not None
    made.test(reading, state="FAILED", reason="no memory", count=None, metrics=None)
    (read,) = made.lines(TEST_READS)
    assert (read.state, read.reason, read.metrics) == ("FAILED", "no memory", None)
    study = Study.load(made.folder)
    assert (study.test_reads, study.failed_test_read) == ([], read), "a reading that failed is no reading"
    again = steps()
    reading = again.finals.propose()
    assert reading is not None
    assert isinstance(reading, SplitReading), "whoever goes on does it again"
    again.test(reading)
    study = Study.load(made.folder)
    assert ([line.metrics for line in study.test_reads], study.failed_test_read) == ([{"accuracy": 0.8}], None)
    assert steps().is_over, "one that gave numbers is the only one"


def test_a_run_whose_worker_died_goes_to_another_and_fails_in_the_end(steps: Callable[..., Steps]) -> None:
    made = steps(lanes=1)
    given = made.finals.propose()
    assert given is not None
    for _ in range(made.experiment.resources.max_failures):
        made.finals.lose(given.number)
        again = made.finals.propose()
        assert again is not None
        assert again == replace(given, lane=again.lane)
    made.finals.give_back(given.number)
    assert made.finals.propose() == again
    made.finals.lose(given.number)
    (line,) = made.lines(FINALISTS)
    assert (line.state, line.reason, line.value) == ("FAILED", "worker died 4 times", None)


def test_a_finalist_cannot_be_stopped(steps: Callable[..., Steps]) -> None:
    made = steps()
    given = made.finals.propose()
    assert given is not None
    with pytest.raises(SweepError, match="no scheduler may do"):
        made.finals.end(given.number, False)


def extend(made: Steps, value: float) -> None:
    """The search goes on as after a resume, and finds one more trial."""
    store = LocalStore(made.folder)
    bars = Ledger(store, made.experiment, CLASSES, 1).propose().bars  # type: ignore[union-attr]
    assert bars.best == (2, 0.0, 0.0), "nothing that a search gives is above a winner that was named"
    config = {**Study.load(made.folder).records[0].config, "learning_rate": 0.005}
    line = ended(3, value, metrics={"val_accuracy": value}, config=config, ended=2e9)
    store.write("checkpoints/3/1/model.keras", "weights of the search")
    keeper = BestKeeper(store, Ranking(1.0), CLASSES, naming_of(store) is not None)
    keeper.recover(Study.load(made.folder).records)
    keeper.check(line)
    Record(store).propose(proposed(3, config=config))
    Record(store).end(line)
    keeper.settle(line)


def held(made: Steps) -> tuple[int, int | None, str]:
    """Whose model ``best/`` says that it holds, and what the file is; the record must say the same."""
    note = json.loads((made.folder / "best" / "metrics.json").read_text())
    study = Study.load(made.folder)
    assert study.best is not None
    assert (study.best.trial, study.best.run) == (note["trial"], note.get("run"))
    found = find_best(study)
    assert found is not None
    assert (found.file, found.problem) == ("best/model.keras", None)
    return note["trial"], note.get("run"), (made.folder / "best" / "model.keras").read_text()


LOST = {(3, 0): 0.6, (3, 1): 0.6, (3, 2): 0.6}
WON = {(3, 0): 0.95, (3, 1): 0.96, (3, 2): 0.97}


def test_a_winner_stays_until_another_is_named(steps: Callable[..., Steps]) -> None:
    """The search goes on and finds a trial with a better value, which then loses on fresh seeds."""
    made = steps()
    reading = made.train_all(GAVE)
    assert reading is not None
    made.test(reading)
    winner = (2, 0, f"weights {fresh_seeds(made.experiment.seed, 3)[0]}")
    assert held(made) == winner
    extend(made, 0.99)
    assert held(made) == winner, "its finalists have not been trained yet"
    again = steps()
    assert again.finals.propose() is not None
    assert held(again) == winner, "the driver died when one of them was being trained"
    again = steps()
    assert again.train_all({**GAVE, **LOST}) is None, "the test split was read with this very model"
    assert held(again) == winner
    finalists = Study.load(made.folder).finals
    assert finalists is not None
    assert finalists.trials == (3, 1, 2), "trial 2 is no longer among the two best of the search"
    assert json.loads((made.folder / "best" / "metrics.json").read_text())["named"] == {"trials": [3, 1, 2], "runs": 3}
    assert len(again.lines(TEST_READS)) == 1


def test_another_winner_takes_its_place_when_it_is_named(steps: Callable[..., Steps]) -> None:
    made = steps()
    reading = made.train_all(GAVE)
    assert reading is not None
    made.test(reading)
    extend(made, 0.99)
    again = steps()
    reading = again.train_all({**GAVE, **WON})
    assert held(again) == (3, 1, f"weights {fresh_seeds(made.experiment.seed, 3)[1]}")
    assert reading is not None
    again.test(reading)
    first, second = again.lines(TEST_READS)
    assert (first.trial, second.trial) == (2, 3)
    assert first.model != second.model == find_best(Study.load(made.folder)).digest  # type: ignore[union-attr]


def test_a_winners_model_that_was_overwritten_is_trained_again(steps: Callable[..., Steps]) -> None:
    """As earlier versions left it: ``best/`` holds the search's best trial, the record names another one."""
    made = steps()
    reading = made.train_all(GAVE)
    assert reading is not None
    made.test(reading)
    reads = made.folder / "test_reads.jsonl"
    line = json.loads(reads.read_text())
    reads.write_text(json.dumps({key: line[key] for key in line if key != "model"}) + "\n")
    (made.folder / "best" / "model.keras").write_text("weights of the search")
    (made.folder / "best" / "metrics.json").write_text('{"trial": 1, "state": "COMPLETED", "value": 0.9}')
    with pytest.raises(InputError, match="best/ holds the model of trial 1 in the search; the record names run 0 of f"):
        open_best(Study.load(made.folder)).__enter__()
    again = steps()
    given = again.finals.propose()
    assert given is not None
    assert (given.seed, again.finals.propose()) == (fresh_seeds(made.experiment.seed, 3)[0], None)
    again.train(given, 0.86)
    reading = again.finals.propose()
    assert held(again) == (2, 0, f"weights {given.seed}")
    assert reading is not None
    assert isinstance(reading, SplitReading), "what the record has of the test split is of the model that is lost"
    again.test(reading)
    assert [line.model for line in again.lines(TEST_READS)] == [
        None,
        find_best(Study.load(made.folder)).digest,
    ]  # type: ignore[union-attr]
    assert steps().is_over


def test_a_winner_that_cannot_be_trained_again_keeps_its_record(steps: Callable[..., Steps]) -> None:
    made = steps(has_test=False)
    made.train_all(GAVE)
    (made.folder / "best" / "model.keras").unlink()
    again = steps(has_test=False)
    given = again.finals.propose()
    assert given is not None
    again.train(given, None)
    assert again.is_over
    assert len(again.lines(FINALISTS)) == 6
    assert Study.load(made.folder).best.run == 0  # type: ignore[union-attr]
