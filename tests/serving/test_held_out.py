"""Reading a study's test split again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.errors import InputError
from cnnsearch.serving import held_out
from cnnsearch.serving.held_out import read_test
from cnnsearch.serving.prediction import evaluation
from cnnsearch.study import Study
from cnnsearch.tasks.classification.spec import CLASSIFICATION


@pytest.fixture
def data() -> tuple[Any, Split]:
    experiment = digits_experiment(dataset={"source": "digits", "limit": 300})
    dataset = load_dataset(experiment.dataset)
    return dataset, split_dataset(dataset, 0.2, 0.2, 0)


@pytest.fixture
def study(tmp_path: Path, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch) -> Study:
    """Its model takes every picture for its true class, but for the first one."""

    def evaluate(path: Path, x: np.ndarray, y: np.ndarray, *_: object) -> Any:
        assert path.read_text() == "a model"
        assert x.shape == (60, 8, 8, 1)
        probabilities = np.eye(10)[y]
        probabilities[0] = np.roll(probabilities[0], 1)
        return evaluation(CLASSIFICATION, CLASSIFICATION.answers(()), y, probabilities)

    monkeypatch.setattr(held_out, "evaluate_file", evaluate)
    described = environment(fingerprint=data[0].fingerprint)
    made = write_study(tmp_path / "study", trials=[SyntheticTrial("COMPLETED", (0.9,))], described=described)
    made.store.write("best/model.keras", "a model")
    return made


def test_a_reading_is_recorded(study: Study, data: tuple[Any, Split]) -> None:
    found = read_test(study, *data, by="somebody")
    assert (found.count, found.scores["accuracy"]) == (60, pytest.approx(59 / 60))
    read_test(study, *data, by="somebody else")
    first, second = Study.load(study.path).test_reads
    assert (first.trial, first.run, first.by, first.count) == (0, None, "somebody", 60)
    assert first.metrics["accuracy"] == found.scores["accuracy"]
    assert second.by == "somebody else"


def test_groups_are_those_of_the_data_also_where_the_record_tells_of_none(
    study: Study, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "group_of" not in study.environment["dataset"]
    monkeypatch.setattr(Dataset, "group_of", lambda _, members: members // 2)
    found = read_test(study, *data, by="somebody")
    assert found.group_of is not None
    assert found.group_of.tolist() == (data[1].test // 2).tolist()


def test_other_data_than_the_studys_are_refused(study: Study, data: tuple[Any, Split]) -> None:
    study.environment = environment()
    with pytest.raises(InputError, match="no longer what the study was run on"):
        read_test(study, *data, by="x")
    assert Study.load(study.path).test_reads == []


def test_no_test_split(study: Study, data: tuple[Any, Split]) -> None:
    dataset, split = data
    bare = Split(split.train, split.validation, split.test[:0])
    with pytest.raises(InputError, match="the study has no test split"):
        read_test(study, dataset, bare, by="x")


def test_no_model(tmp_path: Path, data: tuple[Any, Split]) -> None:
    bare = write_study(tmp_path / "bare", trials=[SyntheticTrial("FAILED")])
    with pytest.raises(InputError, match="has no best model"):
        read_test(bare, *data, by="x")
