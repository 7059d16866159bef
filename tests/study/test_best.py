from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import ended
from ruamel.yaml import YAML

from cnnsearch.errors import SweepError
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import State, TrialLine
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import KEPT_PREDICTIONS, Bars, BestKeeper, left_by


class Sweep:
    """A study folder in which trials end."""

    def __init__(self, folder: Path, sign: float = 1.0) -> None:
        self.folder = folder
        self.records: list[TrialLine] = []
        self.keeper = BestKeeper(LocalStore(folder), Ranking(sign), ["cat", "dog"])

    def end(
        self, trial: int, value: float | None, state: State = "COMPLETED", model: bool = True, predictions: bool = True
    ) -> None:
        left = self.folder / "checkpoints" / str(trial) / "1"
        left.mkdir(parents=True)
        if model:
            (left / "model.keras").write_text(f"weights {trial}")
        if predictions:
            (left / "predictions.npz").write_text(f"predictions {trial}")
        record = TrialLine(
            trial=trial,
            state=state,
            seed=1000 + trial,
            value=value,
            best_epoch=2,
            metrics={"val_accuracy": value},
            cost={"parameters": 10},
            config={"filters": 8 + trial, "padding": "same"},
            ended=1.0,
        )
        self.records.append(record)
        self.keeper.check(record)
        self.keeper.settle(record)

    @property
    def best(self) -> int:
        return int((self.folder / "best" / "model.keras").read_text().removeprefix("weights "))

    @property
    def predicted(self) -> list[int]:
        return sorted(int(path.stem) for path in (self.folder / "predictions").iterdir())


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return Sweep(tmp_path)


def test_a_better_trial_takes_the_place_of_the_best(sweep: Sweep) -> None:
    bests = []
    for trial, value in enumerate([0.5, 0.4, 0.7, 0.6]):
        sweep.end(trial, value)
        bests.append(sweep.best)
    assert bests == [0, 0, 2, 2]


def test_what_belongs_to_the_best_is_written_beside_it(sweep: Sweep) -> None:
    sweep.end(0, 0.5)
    sweep.end(1, 0.75)
    best = sweep.folder / "best"
    assert json.loads((best / "metrics.json").read_text()) == {
        "trial": 1,
        "state": "COMPLETED",
        "seed": 1001,
        "value": 0.75,
        "best_epoch": 2,
        "metrics": {"val_accuracy": 0.75},
        "cost": {"parameters": 10},
        "model": {"sha256": hashlib.sha256(b"weights 1").hexdigest(), "bytes": 9},
    }
    assert json.loads((best / "labels.json").read_text()) == ["cat", "dog"]
    assert YAML(typ="safe").load(best / "config.yaml") == {"filters": 9, "padding": "same"}
    assert sorted(path.name for path in best.iterdir()) == ["config.yaml", "labels.json", "metrics.json", "model.keras"]


def test_the_values_of_its_pictures_lie_beside_it(sweep: Sweep) -> None:
    values = {"dtype": "float32", "low": 0.1, "high": 0.9, "scale": [0.0, 1.0]}
    LocalStore(sweep.folder).write_json("environment.json", {"dataset": {"values": values}})
    sweep.end(0, 0.5)
    assert json.loads((sweep.folder / "best" / "values.json").read_text()) == values


def test_smaller_is_better_where_the_objective_says_so(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, sign=-1.0)
    for trial, value in enumerate([0.5, 0.6, 0.25]):
        sweep.end(trial, value)
    assert sweep.best == 2
    assert sweep.keeper.bars.best == (1, -0.25, -2.0)


def test_a_completed_trial_is_better_than_any_stopped_one(sweep: Sweep) -> None:
    sweep.end(0, 0.9, "STOPPED")
    assert sweep.best == 0
    sweep.end(1, 0.3)
    assert sweep.best == 1
    sweep.end(2, 0.99, "STOPPED")
    assert sweep.best == 1


def test_among_equals_the_lower_number_takes_the_place_of_the_best(sweep: Sweep) -> None:
    bests = []
    for trial in (4, 1, 7):
        sweep.end(trial, 0.5)
        bests.append(sweep.best)
    assert bests == [4, 1, 1]


def test_of_a_study_of_before_the_first_of_equals_stays(sweep: Sweep) -> None:
    sweep.keeper = BestKeeper(LocalStore(sweep.folder), Ranking(1.0, ties="end"), ["cat", "dog"])
    for trial in (4, 1, 7):
        sweep.end(trial, 0.5)
    assert sweep.best == 4


def test_a_failed_trial_leaves_nothing(sweep: Sweep) -> None:
    sweep.end(0, None, "FAILED")
    assert list((sweep.folder / "checkpoints").iterdir()) == []
    assert not (sweep.folder / "best").exists()
    assert not (sweep.folder / "predictions").exists()
    assert sweep.keeper.bars == Bars(None, None)


def test_the_leavings_of_every_ended_trial_are_deleted(sweep: Sweep) -> None:
    for trial, value in enumerate([0.5, 0.4, 0.7]):
        sweep.end(trial, value)
    assert list((sweep.folder / "checkpoints").iterdir()) == []


def test_predictions_of_the_best_ten_are_kept(sweep: Sweep) -> None:
    for trial in range(KEPT_PREDICTIONS):
        assert sweep.keeper.bars.predictions is None
        sweep.end(trial, 0.5 + trial / 100)
    assert sweep.keeper.bars.predictions == (1, 0.5, 0.0)
    sweep.end(10, 0.8)
    assert sweep.predicted == list(range(1, 11))
    sweep.end(11, 0.1)
    assert sweep.predicted == list(range(1, 11))
    assert sweep.keeper.bars.predictions == (1, 0.51, -1.0)
    assert (sweep.folder / "predictions" / "000010.npz").read_text() == "predictions 10"


def test_among_equal_predictions_the_first_are_kept(sweep: Sweep) -> None:
    for trial in range(KEPT_PREDICTIONS + 3):
        sweep.end(trial, 0.5)
    assert sweep.predicted == list(range(KEPT_PREDICTIONS))


@settings(max_examples=25)
@given(data=st.data())
def test_in_whatever_order_equal_trials_end_the_same_models_and_predictions_are_kept(data: st.DataObject) -> None:
    """Each worker was given its bars some time before it ended, and wrote what exceeded these."""
    values = data.draw(st.lists(st.sampled_from([0.5, 0.9]), min_size=KEPT_PREDICTIONS, max_size=KEPT_PREDICTIONS + 3))
    order = data.draw(st.permutations(range(len(values))))
    with tempfile.TemporaryDirectory() as folder:
        sweep = Sweep(Path(folder))
        bars = [sweep.keeper.bars]
        for trial in order:
            given_then = data.draw(st.sampled_from(bars))
            place = Ranking(1.0).place_now(trial, True, values[trial])
            model, predicted = (bar is None or place > bar for bar in (given_then.best, given_then.predictions))
            sweep.end(trial, values[trial], model=model, predictions=predicted)
            bars.append(sweep.keeper.bars)
        ranked = sorted(range(len(values)), key=lambda trial: (-values[trial], trial))
        assert sweep.best == ranked[0]
        assert sweep.predicted == sorted(ranked[:KEPT_PREDICTIONS])


def test_predictions_of_stopped_trials_give_way_to_those_of_completed_ones(sweep: Sweep) -> None:
    for trial in range(KEPT_PREDICTIONS):
        sweep.end(trial, 0.9, "STOPPED")
    sweep.end(10, 0.2)
    assert 10 in sweep.predicted
    assert len(sweep.predicted) == KEPT_PREDICTIONS


def test_a_worker_need_not_write_what_would_not_be_kept(sweep: Sweep) -> None:
    sweep.end(0, 0.9)
    sweep.end(1, 0.5, model=False, predictions=False)
    assert (sweep.best, sweep.predicted) == (0, [0])


def test_a_best_trial_without_weights_ends_the_sweep(sweep: Sweep) -> None:
    with pytest.raises(SweepError, match=r"trial 3 are not in .*checkpoints/3/1: .* where all nodes see it"):
        sweep.end(3, 0.9, model=False)


def test_a_folder_that_cannot_be_written_ends_the_sweep(sweep: Sweep) -> None:
    (sweep.folder / "best").write_text("a file")
    with pytest.raises(SweepError, match=r"cannot write .*/best/metrics\.json: .*/best is no folder"):
        sweep.end(0, 0.5)


@pytest.mark.parametrize(
    "values", [[], [0.5], [0.5, 0.9, 0.2], [0.9, None], [0.1 + 0.05 * trial for trial in range(14)]]
)
def test_after_the_driver_died_it_stands_where_it_stood(sweep: Sweep, values: list[float | None]) -> None:
    for trial, value in enumerate(values):
        sweep.end(trial, value, "FAILED" if value is None else "COMPLETED")
    before = {path: path.read_text() for path in sweep.folder.rglob("*") if path.is_file()}
    other = BestKeeper(LocalStore(sweep.folder), Ranking(1.0), ["cat", "dog"])
    other.recover(sweep.records)
    assert other.bars == sweep.keeper.bars
    assert {path: path.read_text() for path in sweep.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("done", ["nothing", "predictions", "descriptions"])
def test_what_the_driver_did_not_live_to_do_is_done(sweep: Sweep, done: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its trial's line was written, and it died while it moved what the worker had left."""
    sweep.end(0, 0.5)
    steps = {"nothing": 0, "predictions": 1, "descriptions": 1}
    moves: list[str] = []
    move = LocalStore.move

    def dying(store: LocalStore, source: str, target: str) -> None:
        if len(moves) >= steps[done]:
            raise KeyboardInterrupt
        moves.append(source)
        move(store, source, target)

    monkeypatch.setattr(LocalStore, "move", dying)
    if done == "predictions":
        monkeypatch.setattr(LocalStore, "write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        sweep.end(1, 0.9)
    monkeypatch.undo()
    assert sweep.best == 0
    other = BestKeeper(LocalStore(sweep.folder), Ranking(1.0), ["cat", "dog"])
    other.recover(sweep.records)
    assert (sweep.best, sweep.predicted) == (1, [0, 1])
    assert json.loads((sweep.folder / "best" / "metrics.json").read_text())["trial"] == 1
    assert other.bars.best == (1, 0.9, -1.0)
    assert list((sweep.folder / "checkpoints").iterdir()) == []


def test_a_winner_that_was_named_stays(sweep: Sweep) -> None:
    """Whatever a search that goes on finds: fresh seeds name the winner."""
    store = LocalStore(sweep.folder)
    store.write("best/model.keras", "weights of the winner")
    sweep.keeper = BestKeeper(store, Ranking(1.0), ["cat", "dog"], named=True)
    sweep.end(0, 0.99)
    assert (sweep.folder / "best" / "model.keras").read_text() == "weights of the winner"
    assert not (sweep.folder / "best" / "metrics.json").exists()
    assert (sweep.keeper.bars.best or (0, 0.0, 0.0)) > (1, 1e9, 0.0), "no worker writes a model for nothing"
    assert sweep.predicted == [0]
    other = BestKeeper(store, Ranking(1.0), ["cat", "dog"], named=True)
    other.recover([*sweep.records, replace(sweep.records[0], trial=1)])
    assert other.bars == replace(sweep.keeper.bars, predictions=None)


def test_what_an_earlier_attempt_leaves_later_does_no_harm(sweep: Sweep) -> None:
    store = LocalStore(sweep.folder)
    store.write(f"{left_by(4, 1)}/model.keras", "weights of an orphan")
    store.write(f"{left_by(4, 2)}/model.keras", "weights 4")
    record = ended(4, 0.5, attempts=2)
    sweep.keeper.check(record)
    sweep.keeper.settle(record)
    assert sweep.best == 4
    assert not (sweep.folder / "checkpoints" / "4").exists()
