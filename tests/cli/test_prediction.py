"""``predict`` and ``evaluate`` as commands: what is printed where, and exit codes; the model is a stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import refuse
from synthetic import digits_experiment, environment, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.errors import InputError, Problem
from cnnsearch.serving import prediction
from cnnsearch.serving.prediction import Prediction
from cnnsearch.tasks.classification.answers import ClassAnswer


class StandIn:
    """Knows every file that has 'good' in its name."""

    def __init__(self, study: Any, ask: Any) -> None:
        del study, ask

    def predict_all(self, paths: list[Path]) -> list[Prediction | Problem]:
        return [
            Prediction(str(path), ClassAnswer((("cat", 0.75), ("dog", 0.25))))
            if "good" in path.name
            else Problem(str(path), "odd")
            for path in paths
        ]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(prediction, "Predictor", StandIn)
    return str(write_study(tmp_path / "one").path)


def test_the_others_are_labelled_and_the_bad_one_named_by_its_whole_path(study: str) -> None:
    result = CliRunner().invoke(app, ["predict", study, "a/good.png", "b/1.png", "c/good.png"])
    assert result.exit_code == 1
    assert result.stdout.count("cat") == 2
    assert "not labelled: b/1.png: odd" in result.stderr


def test_json_has_an_entry_for_every_file(study: str) -> None:
    result = CliRunner().invoke(app, ["predict", study, "a/good.png", "b/1.png", "--json"])
    assert result.exit_code == 1
    good, bad = json.loads(result.stdout)
    assert (good["picture"], good["label"]) == ("a/good.png", "cat")
    assert bad == {"picture": "b/1.png", "error": "odd"}


def test_all_good_is_fine_and_all_bad_is_bad_input(
    study: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert CliRunner().invoke(app, ["predict", study, "good.png"]).exit_code == 0
    assert "b/1.png: odd" in refuse(monkeypatch, capsys, "predict", study, "b/1.png")


class TestMovedData:
    def test_its_new_place_goes_with_the_test_split_only(
        self, study: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert "--data: is where the study's own data lies, for --test" in refuse(
            monkeypatch, capsys, "evaluate", study, "new.npz", "--data", "there"
        )

    def test_it_is_read_from_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from cnnsearch.serving import held_out
        from cnnsearch.sweep import data

        read = []
        dataset = {"source": "directory", "path": str(tmp_path / "here")}
        study = write_study(tmp_path / "two", digits_experiment(dataset=dataset), described=environment())
        (tmp_path / "there").mkdir()
        monkeypatch.setattr(data, "load_data", lambda experiment: (read.append(experiment.dataset.path), None))

        def seen(*_: Any, **__: Any) -> Any:
            raise InputError(Problem("dataset", "was read"))

        monkeypatch.setattr(held_out, "read_test", seen)
        for arguments, said in (([], "is not there any more"), (["--data", str(tmp_path / "there")], "was read")):
            result = CliRunner().invoke(app, ["evaluate", str(study.path), "--test", *arguments])
            assert said in str(result.exception)
        assert read == [str(tmp_path / "there")]
