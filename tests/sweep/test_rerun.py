"""A recorded trial trained again: equal where nothing changed, and told apart where something did."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import call
from synthetic import SyntheticTrial, digits_experiment, environment, write_finalists, write_study

from cnnsearch.cli.sweeps.rerun import _of_best
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.own_code.source import read_code
from cnnsearch.study import Study
from cnnsearch.study.record.lines import EpochLine, Proposal, TrialLine, Worker
from cnnsearch.study.record.record import Record
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.rerun import _changed, compare, rerun
from cnnsearch.training import TrialData, run_trial

NAMES = ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1")
CONFIG = {"filters": 4, "learning_rate": 0.005}


def epoch(number: int, value: float | None, **values: float) -> EpochLine:
    return EpochLine(trial=0, epoch=number, values={**dict.fromkeys(NAMES, value), **values})


class TestCompare:
    def test_the_same_numbers_are_equal(self) -> None:
        curve = [epoch(1, 0.5), epoch(2, None)]
        differences, first = compare(curve, [epoch(1, 0.5), epoch(2, float("nan"))], NAMES)
        assert set(differences.values()) == {0.0}
        assert first is None

    def test_the_largest_difference_and_the_first_epoch_are_told(self) -> None:
        now = [epoch(1, 0.5), epoch(2, 0.75, val_loss=0.5), epoch(3, 0.75, val_loss=0.625)]
        differences, first = compare([epoch(1, 0.5), epoch(2, 0.75), epoch(3, 0.75)], now, NAMES)
        assert first == 2
        assert differences == {"loss": 0.0, "accuracy": 0.0, "val_loss": 0.25, "val_accuracy": 0.0, "val_f1": 0.0}

    def test_an_epoch_that_only_one_has_is_a_difference(self) -> None:
        assert compare([epoch(1, 0.5), epoch(2, 0.5)], [epoch(1, 0.5)], NAMES)[1] == 2
        assert compare([], [epoch(1, 0.5)], NAMES)[1] == 1

    def test_a_number_that_only_one_has_is_a_difference(self) -> None:
        differences, first = compare([epoch(1, None)], [epoch(1, 0.5)], NAMES)
        assert first == 1
        assert set(differences.values()) == {0.0}


@pytest.fixture(scope="module")
def recorded(small: Callable[..., Experiment], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two trials as a worker would have recorded them: one to its end, one stopped after two epochs."""
    experiment = small()
    digits = TrialData(*load_data(experiment))
    described = {**environment(), "dataset": digits.dataset.describe(digits.split), "packages": {}}
    study = write_study(tmp_path_factory.mktemp("recorded"), experiment, [], described)
    record = Record(study.store)
    for number, last in enumerate((3, 2)):
        result = run_trial(experiment, CONFIG, digits, lambda epoch, last=last: epoch.epoch == last, seed=11 + number)
        record.propose(Proposal(trial=number, config=CONFIG, seed=11 + number, told=0, time=1.0))
        record.epochs([epoch.line(number) for epoch in result.epochs])
        end = result.ended(number, 11 + number, Worker(), started=1.0, ended=2.0)
        record.end(TrialLine.of(end, CONFIG, event=0))
    return study.path


@pytest.fixture
def study(recorded: Path, tmp_path: Path) -> Study:
    """The two trials, for one test to do with as it likes."""
    return Study.load(shutil.copytree(recorded, tmp_path / "one"))


def test_the_recorded_seed_gives_the_recorded_curve(study: Study) -> None:
    saved: list[Any] = []
    for trial, state in enumerate(("COMPLETED", "STOPPED")):
        told = rerun(study, trial, keep=saved.append)
        assert told.result.state == state
        assert told.is_equal
        assert told.changed == ()
    assert [model.input_shape for model in saved] == [(None, 8, 8, 1)] * 2


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # NumPy's, of Keras
def test_the_command_tells_so_and_writes_the_model(study: Study, tmp_path: Path) -> None:
    printed = call("rerun", study.path, 0, "--export", tmp_path / "model.keras")
    assert "Equal: every number of every epoch is the same." in printed
    assert (tmp_path / "model.keras").is_file()


def test_what_best_holds_of_the_trial_is_told(study: Study) -> None:
    finalists = study.experiment.updated({"finalists": {"top": 2, "seeds": 2}})
    study.store.write("experiment.yaml", finalists.to_yaml())
    chosen = write_finalists(study.path, {0: [0.9, 0.9], 1: [0.8, 0.8]}).finals.chosen  # type: ignore[union-attr]
    told = SimpleNamespace(trial=0, seed=11)
    seed, lost = _of_best(Study.load(study.path), told)  # type: ignore[arg-type]
    assert seed == (
        f"best/ holds run 0 of this trial as a finalist, with another seed: --seed {chosen.seed}"  # type: ignore[index]
    )
    assert lost.startswith("has no best model: there is none in best/; the record names run 0 of finalist 0")


def test_another_seed_gives_another_curve(study: Study) -> None:
    told = json.loads(call("rerun", study.path, 0, "--seed", 5, "--json"))
    assert (told["equal"], told["seed"], told["recorded_seed"], told["first_difference"]) == (False, 5, 11, 1)
    assert told["differences"]["loss"] > 0
    assert len(told["now"]["curve"]) == 3


def test_other_data_is_told(study: Study) -> None:
    described = {**study.environment, "dataset": {**study.environment["dataset"], "fingerprint": "other"}}
    study.store.write_json("environment.json", {**described, "packages": {"keras": "2.0"}})
    data, keras = rerun(Study.load(study.source), 1).changed
    assert data.startswith("the data is not what the study was run on: its fingerprint was other, now it is ")
    assert keras.startswith("keras was 2.0, now it is 3.")


def test_other_code_of_ones_own_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "rerun_nets.py").write_text("def build(config, shape, classes): ...\n")
    searched = digits_experiment(model="rerun_nets:build", space={"width": 4})
    digests = read_code({"model": "rerun_nets:build"}).digests
    described = {**environment(), "code": digests}
    study = write_study(tmp_path / "one", searched, 1, described, predictions=0)
    same = {"fingerprint": described["dataset"]["fingerprint"]}
    assert not any("code" in change for change in _changed(study, same))
    (tmp_path / "rerun_nets.py").write_text("def build(config, shape, classes): return None\n")
    told = _changed(study, same)[0]
    assert told.startswith("the model's code is not what the study was run with: rerun_nets.py has changed")
    assert str(tmp_path / "one" / "source") in told


def test_trials_that_cannot_be_run_again_are_refused(tmp_path: Path) -> None:
    trials = [SyntheticTrial("COMPLETED", [0.5]), SyntheticTrial("INTERRUPTED", [0.5])]
    study = write_study(tmp_path / "one", trials=trials)
    with pytest.raises(InputError, match="TRIAL: has not ended"):
        rerun(study, 1)
    with pytest.raises(InputError, match="must be the number of a trial of this study; 1 ended"):
        rerun(study, 7)
    with pytest.raises(InputError, match="which no path leads to"):
        rerun(study, 0, dataset=tmp_path)


def test_arrays_in_memory_are_not_in_the_study(tmp_path: Path) -> None:
    import numpy as np

    arrays = digits_experiment(dataset=(np.zeros((20, 8, 8, 1), np.uint8), np.arange(20) % 2))
    study = write_study(tmp_path / "one", arrays, [SyntheticTrial("COMPLETED", [0.5])])
    with pytest.raises(InputError, match="arrays in memory, which are not in the study"):
        rerun(study, 0)
