"""``predict`` and ``evaluate`` as commands: what is printed where, and exit codes; the model is a stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import refuse
from synthetic import digits_experiment, environment, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.cli.models.prediction import _entry
from cnnsearch.errors import InputError, Problem
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.serving import prediction
from cnnsearch.serving.prediction import Prediction, evaluation
from cnnsearch.tasks.classification.answers import ClassAnswer
from cnnsearch.tasks.classification.spec import CLASSIFICATION


class StandIn:
    """Knows every file that has 'good' in its name."""

    def __init__(self, study: Any, ask: Any) -> None:
        del study, ask

    def predict_all(self, paths: list[Path]) -> list[Prediction | Problem]:
        return [
            Prediction(str(path), ClassAnswer((("cat", 0.75), ("dog", 0.25))), (8, 8))
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


def test_a_text_is_called_one(study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Prediction("a.txt", ClassAnswer((("cat", 0.75), ("dog", 0.25))), (1, 8), 0.5)
    monkeypatch.setattr(StandIn, "predict_all", lambda *_: [text])
    result = CliRunner().invoke(app, ["predict", study, "a.txt", "--json"])
    (told,) = json.loads(result.stdout)
    assert (told["text"], told["unknown_tokens"]) == ("a.txt", 0.5)
    assert "picture" not in told
    assert "a.txt: 50% of the tokens that are read are not in the model's vocabulary" in result.stderr
    empty = Prediction("c.txt", text.answer, (1, 8), 0.0, tokens=0)
    monkeypatch.setattr(StandIn, "predict_all", lambda *_: [empty])
    told = CliRunner().invoke(app, ["predict", study, "c.txt"]).stderr
    assert "c.txt: no token is read from it, so the answer is that of an empty text" in told
    assert _entry(Problem("b.txt", "odd"), "text") == {"text": "b.txt", "error": "odd"}


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


class TestMetrics:
    """``evaluate`` tells every metric with its interval."""

    LABELS = np.arange(40) % 10

    @pytest.fixture
    def evaluated(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
        """Runs ``evaluate`` with a model that takes fours for fives."""

        def run(objective: Any, *options: str, labels: np.ndarray = self.LABELS, **changed: Any) -> Any:
            study = write_study(tmp_path / "one", digits_experiment(objective=objective, **changed), trials=1)
            guesses = np.where(labels == 4, 5, labels)
            outputs = np.float32(np.eye(10)[guesses])
            names = tuple("0123456789")

            def evaluate(*_: Any) -> Any:
                return evaluation(CLASSIFICATION, CLASSIFICATION.answers(names), labels, outputs, (), aim)

            aim = study.experiment.objective.metric
            model = type("Model", (), {"__init__": lambda *_: None, "evaluate": evaluate})
            monkeypatch.setattr(prediction, "Predictor", model)
            return CliRunner().invoke(app, ["evaluate", str(study.path), "new", *options])

        return run

    def test_in_json_under_a_key_of_their_own(self, evaluated: Callable[..., Any]) -> None:
        told = json.loads(evaluated("val_recall[4]", "--json").stdout)
        before = [
            "model",
            "count",
            "accuracy",
            "loss",
            "precision",
            "recall",
            "f1",
            "recall[4]",
            "confusion",
            "unreadable",
        ]
        assert list(told) == [*before, "metrics"]
        assert list(told["metrics"]) == [*(metric.name for metric in CLASSIFICATION.metrics), "recall[4]"]
        share, interval = told["metrics"]["accuracy"], wilson(0.9, 40)
        assert share == {"value": 0.9, "low": interval.low, "high": interval.high, "interval": "Wilson"}
        assert told["metrics"]["recall[4]"]["high"] == wilson(0.0, 4).high
        assert told["metrics"]["kappa"]["interval"] == "bootstrap"

    def test_in_a_table(self, evaluated: Callable[..., Any]) -> None:
        lines = evaluated({"metric": "own_metrics:cost", "mode": "min"}).stdout.splitlines()
        (accuracy,) = (line for line in lines if line.startswith("accuracy"))
        assert accuracy.split() == ["accuracy", "0.90", "0.77", "to", "0.96"]
        (own,) = (line for line in lines if line.startswith("own_metrics:cost"))
        assert own.split()[1] == "0.50", "four times five of forty"

    def test_texts_are_called_so(self, evaluated: Callable[..., Any]) -> None:
        few = np.array([1, 2, 3, 4, 5])
        of_texts = {"model": "text_cnn", "dataset": "sentences", "space": {"filters": 4}, "labels": few}
        told = evaluated("val_recall[7]", **of_texts).stdout
        assert told.startswith("5 texts: accuracy 0.80")
        assert "recall is not defined for a class without texts" in " ".join(told.split())
        assert "picture" not in told

    def test_what_the_pictures_do_not_define_says_so(self, evaluated: Callable[..., Any]) -> None:
        few = np.array([1, 2, 3, 4, 5])
        told = json.loads(evaluated("val_recall[7]", "--json", labels=few).stdout)
        assert told["recall[7]"] is None
        assert told["metrics"]["recall[7]"]["why"] == "recall is not defined for a class without pictures"
        assert told["metrics"]["auc"]["value"] is None
