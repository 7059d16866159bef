"""What a study that goes on is looked at for, before anything is started."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded import report
from sessions import begin_session
from synthetic import SyntheticTrial, digits_experiment, write_finalists, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.study import Study
from cnnsearch.study.hold import hold_study
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.record.lines import Worker
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import Kept, write_best
from cnnsearch.sweep.data import Tell, warn
from cnnsearch.sweep.resumption import Resumption, resume

Small = Callable[..., Experiment]


def study_of(folder: Path, experiment: Experiment, ended: int, began: float | None = None) -> Study:
    """A study of which so many trials have ended, and one more runs if the budget has it."""
    store = LocalStore(folder)
    store.write("experiment.yaml", experiment.to_yaml())
    began = time.time() if began is None else began
    startup = {"began": began, "ray_seconds": 0.0, "data_seconds": 0.0}
    dataset = {"fingerprint": "f", "classes": ["a", "b"], "unreadable": []}
    store.write_json("environment.json", {"startup": startup, "dataset": dataset})
    ledger = Ledger(store, experiment, ["a", "b"], 1)
    for trial in range(ended):
        ledger.propose()
        store.write(f"checkpoints/{trial}/1/model.keras", "")
        told = report(trial, {1: 0.5}, worker=Worker(node="n", pid=1), started=time.time())
        told = replace(told, epochs=tuple(replace(line, time=time.time()) for line in told.epochs))
        ledger.report(trial, told, asked=False)
        ledger.end(trial, True)
    ledger.propose()
    return Study.load(folder)


def test_a_study_is_done_when_nothing_of_its_budget_is_left(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 2}), ended=2)
    study.store.write("report.html", "")
    assert not Resumption.of(study).is_done, "no driver said so"
    study = resume(study)
    assert Resumption.of(study).is_done
    assert not Resumption.of(study).within(3, None, None).is_done
    assert resume(study) is study


GRID = {"space": {"filters": {"int": [1, 9]}}, "sampler": {"name": "grid", "points": 3}}
"""Three points."""


@pytest.mark.parametrize("budget", [{"trials": 11}, {"minutes": 5}], ids=str)
def test_a_grid_is_done_when_its_points_were_tried(tmp_path: Path, small: Small, budget: dict[str, Any]) -> None:
    study = study_of(tmp_path, small(**GRID, budget=budget), ended=3)
    study = resume(study)
    found = Resumption.of(study)
    assert found.is_done
    assert Follower(study).read().trials == 3
    told = CliRunner().invoke(app, ["resume", str(tmp_path)])
    assert told.stdout.splitlines()[0] == "Nothing is left to do: all 3 configs have been tried."
    assert "All 3 points of the grid were tried." in told.stdout
    # Another five points of a finer grid: two of the three are among them.
    finer = study.experiment.updated({"sampler.points": 5})
    assert not Resumption.of(study, finer).is_done


def test_a_winners_model_that_is_lost_is_left_to_do(tmp_path: Path) -> None:
    """Finalists have all ended, and ``best/`` holds another model than theirs: resume trains that run again."""
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8)]
    experiment = digits_experiment(finalists={"top": 2, "seeds": 2}, budget={"trials": 2})
    write_study(tmp_path, experiment, trials)
    events = itertools.count()
    for path in (tmp_path / "curves.jsonl", tmp_path / "trials.jsonl"):
        lines = [json.dumps({**json.loads(line), "event": next(events)}) for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")
    study = write_finalists(tmp_path, {0: [0.7, 0.7], 1: [0.8, 0.8]}, "none", test=0.9)
    study.store.write("left", "weights")
    write_best(study.store, "left", Kept(study.finals.chosen, {}), ["a"])  # type: ignore[union-attr, arg-type]
    assert resume(study.path).unfinished == []
    assert Resumption.of(study.path).is_done
    study.store.write("left", "weights of the search")
    write_best(study.store, "left", Kept.of(study.records[0]), ["a"])
    assert not Resumption.of(study.path).is_done


def test_a_trial_in_flight_is_left_to_do(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    study.store.write("report.html", "")
    assert study.in_flight == {2}
    assert not Resumption.of(study).is_done


def test_minutes_are_those_of_all_drivers_together(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"minutes": 10}), ended=1, began=time.time() - 300)
    found = Resumption.of(study).within(None, None, None)
    assert 300 <= found.spent < 360
    assert found.experiment.budget.minutes == 10
    more = Resumption.of(study).within(None, 20.0, None)
    assert 25 <= (more.experiment.budget.minutes or 0) < 26


def test_minutes_that_are_used_up_are_told(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 9, "minutes": 10}), ended=1, began=time.time() - 700)
    study = resume(study)  # writes the report, and trains nothing
    assert study.store.exists("report.html")
    assert not study.store.exists("completed.json")
    with pytest.raises(InputError, match="has used up the 10 minutes of its budget; --minutes N gives it N more"):
        Resumption.of(study).within(None, None, None)
    assert not Resumption.of(study).within(None, 1.0, None).is_done


def test_compressing_that_failed_needs_no_minutes(tmp_path: Path, small: Small) -> None:
    asked = small(budget={"trials": 9, "minutes": 10}, compression=[{"quantize": "int8"}])
    study = study_of(tmp_path, asked, ended=1, began=time.time() - 700)
    (told,) = resume(study).unfinished
    assert told.startswith("the best model could not be compressed (dataset: is no longer what the study was run on")
    assert not Resumption.of(tmp_path).within(None, None, None).is_done


def test_what_makes_earlier_trials_invalid_is_refused(tmp_path: Path, small: Small) -> None:
    experiment = small(budget={"trials": 3})
    study = study_of(tmp_path, experiment, ended=2)
    with pytest.raises(InputError, match="epochs: cannot change from 3 in a study that goes on"):
        Resumption.of(study, experiment.updated({"epochs": 9}))
    wider = experiment.updated({"space.filters": {"choice": [2, 4, 8]}, "budget.trials": 5})
    assert Resumption.of(study, wider).experiment.budget.trials == 5


def begin(study: Study, experiment: Experiment | None = None, tell: Tell = warn, **environment: Any) -> dict[str, Any]:
    """What the driver found, and what stands in the study after it agreed to go on."""
    begin_session(study, experiment or study.experiment, environment or {"dataset": {"fingerprint": "f"}}, tell)
    found: dict[str, Any] = json.loads(study.store.read("environment.json"))
    return found


def test_data_that_changed_are_refused_and_the_study_stays_as_it_was(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(InputError, match=r"dataset: has changed since the study began, .* fingerprint f then, g now"):
        begin(study, dataset={"fingerprint": "g"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert "resumed" in begin(study, dataset={"fingerprint": "f"})


def test_texts_that_are_divided_otherwise_are_refused(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    begun = {"fingerprint": "f", "inputs": "texts"}
    assert begin(study, dataset={**begun, "division": "a"})["dataset"]["division"] == "a", "no model tells otherwise"
    with pytest.raises(InputError, match=r"dataset: has texts that would become other tokens .* could not be compared"):
        begin(Study.load(tmp_path), dataset={**begun, "division": "b"})


def test_an_epoch_stays_as_long_as_it_was(tmp_path: Path, small: Small) -> None:
    """Ten training pictures, of which 200 passes see two thousand."""
    study = study_of(tmp_path, small(budget={"trials": 3}, passes=200), ended=2)
    assert "resumed" in begin(study, study.experiment.updated({"passes": "auto"}))
    with pytest.raises(InputError, match=r"passes: cannot change from 200 in a study that goes on: .* other epochs"):
        begin(study, study.experiment.updated({"passes": 2}))


def test_what_the_data_tells_is_told_again_and_kept(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    told: list[Any] = []
    data = {"fingerprint": "f", "copies": []}
    begin(study, tell=lambda _, described: told.append(described), dataset=data)
    assert told == [data]
    assert Study.load(tmp_path).environment["dataset"] == {**study.environment["dataset"], "copies": []}


def test_weights_that_changed_are_refused(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    environment = {**study.environment, "weights": {"a.h5": "1"}}
    study.store.write_json("environment.json", environment)
    for inputs, key in (("pictures", "weights"), ("texts", "word_vectors")):
        with pytest.raises(InputError, match=rf"space.{key}: have changed since the study began \(got 'a.h5'\)"):
            begin(Study.load(tmp_path), dataset={"fingerprint": "f", "inputs": inputs}, weights={"a.h5": "2"})


def test_code_of_ones_own_that_changed_is_refused_by_its_files(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    dataset = {"fingerprint": "f"}
    assert "resumed" in begin(study, dataset=dataset, code={"nets.py": "1"}), "a study of a version that did not tell"
    code = {"nets.py": "1", "parts/blocks.py": "2", "old.py": "3"}
    study.store.write_json("environment.json", {**study.environment, "code": code})
    again = Study.load(tmp_path)
    assert begin(again, dataset=dataset, code=code)["code"] == code
    with pytest.raises(InputError) as error:
        begin(again, dataset=dataset, code={"nets.py": "1", "parts/blocks.py": "9", "new.py": "4"})
    assert [problem.where for problem in error.value.problems] == ["model"] * 3 + [""]
    told = str(error.value)
    assert "parts/blocks.py has changed since the study began" in told
    assert "old.py is not imported any more" in told
    assert "new.py is imported too" in told
    assert f"as it was, the code lies in {tmp_path / 'source'}" in told
    assert "a new study may: cnnsearch run" in told
    assert "nets.py" not in told


def test_other_versions_are_said(tmp_path: Path, small: Small, caplog: pytest.LogCaptureFixture) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    study.store.write_json("environment.json", {**study.environment, "packages": {"keras": "3.0.0", "ray": "1.0"}})
    begin(Study.load(tmp_path), dataset={"fingerprint": "f"})
    (line,) = caplog.messages
    assert line.startswith("keras was 3.0.0, now it is 3.")
    assert line.endswith("new trials are trained with other code than the study's own")


def test_a_driver_that_died_before_it_described_itself_is_no_obstacle(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(), ended=0)
    study.store.delete("environment.json")
    assert begin(Study.load(tmp_path), dataset={"fingerprint": "g"}) == {"dataset": {"fingerprint": "g"}}


def test_what_was_replaced_is_kept(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=2)
    wider = study.experiment.updated({"space.filters": {"choice": [2, 4, 8]}})
    begin(study, wider)
    again = Study.load(tmp_path)
    assert again.experiment.space["filters"].size == 3
    (session,) = again.environment["resumed"]
    assert session["replaced"] == {"space": study.experiment.space.to_dict()}
    assert session["proposed"] == 3


def test_arrays_in_memory_must_be_given_again(tmp_path: Path, small: Small) -> None:
    x, y = np.zeros((60, 8, 8, 1), np.uint8), np.arange(60) % 2
    study = study_of(tmp_path, small(dataset=(x, y)), ended=1)
    with pytest.raises(InputError, match="arrays in memory: go on from Python"):
        Resumption.of(study)
    assert Resumption.of(study, dataset=(x, y)).experiment.dataset.x is x  # type: ignore[union-attr]


def test_the_command_tells_that_nothing_is_left(tmp_path: Path, small: Small) -> None:
    resume(study_of(tmp_path / "done", small(budget={"trials": 2}), ended=2))
    told = CliRunner().invoke(app, ["resume", "done", "--output", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "Nothing is left to do: all 2 trials" in told.output
    assert "--trials N" in told.output
    as_json = CliRunner().invoke(app, ["resume", "done", "--output", str(tmp_path), "--json"])
    assert json.loads(as_json.output)["trials"]["COMPLETED"] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["other"], "no study folder of that name"),
        (["done", "--trials", "0"], "budget.trials"),
        (["done", "--minutes", "-100000"], "budget.minutes"),
        (["done", "--data", "there"], "--data: the data of this study is 'digits', which no path leads to"),
    ],
    ids=str,
)
def test_bad_arguments_are_told(tmp_path: Path, small: Small, arguments: list[str], told: str) -> None:
    study_of(tmp_path / "done", small(budget={"trials": 3}), ended=2)
    found: Any = CliRunner().invoke(app, ["resume", *arguments, "--output", str(tmp_path)])
    assert isinstance(found.exception, InputError)
    assert told in str(found.exception)


def test_a_study_that_another_driver_runs_is_refused(tmp_path: Path, small: Small) -> None:
    study = study_of(tmp_path, small(budget={"trials": 3}), ended=1)
    with hold_study(LocalStore(tmp_path)), pytest.raises(InputError, match="another driver runs it"):
        resume(study)


class TestMovedData:
    """The folder of pictures of a study lies elsewhere now."""

    @pytest.fixture
    def moved(self, tmp_path: Path, small: Small) -> Study:
        (tmp_path / "there").mkdir()
        dataset = {"source": "directory", "path": str(tmp_path / "here"), "image_size": 8}
        return study_of(tmp_path / "study", small(dataset=dataset, budget={"trials": 3}), ended=1)

    def test_its_new_place_is_asked_for_before_anything_starts(self, moved: Study) -> None:
        with pytest.raises(InputError, match="is not there any more; if it was moved, say where to: --data PATH"):
            resume(moved)

    @pytest.mark.parametrize("how", ["path", "experiment"])
    def test_it_is_taken_and_recorded(self, moved: Study, tmp_path: Path, how: str) -> None:
        there = tmp_path / "there"
        if how == "path":
            found = Resumption.of(moved, dataset=there)
        else:
            found = Resumption.of(moved, moved.experiment.updated({"dataset.path": str(there)}))
        assert found.experiment.dataset.path == str(there)  # type: ignore[union-attr]
        begin(moved, found.experiment)
        assert Study.load(moved.path).experiment.dataset.path == str(there)  # type: ignore[union-attr]

    def test_other_pictures_are_refused(self, moved: Study, tmp_path: Path) -> None:
        there = Resumption.of(moved, dataset=tmp_path / "there").experiment
        with pytest.raises(InputError, match="has changed since the study began"):
            begin(moved, there, dataset={"fingerprint": "other"})
        assert Study.load(moved.path).experiment == moved.experiment
