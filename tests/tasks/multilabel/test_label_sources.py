"""Labels from files and arrays to a data set that is split, and what an experiment of several labels may not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scattered_digits import NAMES, scattered, write

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.remarks import remarks
from cnnsearch.data.sources.keys import Columns
from cnnsearch.data.sources.spec import ArraysSource, CsvSource, NpzSource
from cnnsearch.data.split import split_dataset
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.multilabel.spec import MULTILABEL


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("digits") / "made"
    write(root, 200)
    return root


def test_all_kinds_of_files_bring_the_same_labels(digits: Path) -> None:
    columns = CsvSource(source="csv", path=str(digits / "columns.csv"), label_columns=NAMES)
    cells = CsvSource(source="csv", path=str(digits / "cells.csv"), label_separator=";")
    npz = NpzSource(source="npz", path=str(digits / "digits.npz"))
    found = {source.path: load_dataset(source, task=MULTILABEL).targets for source in (columns, cells, npz)}
    by_column, in_cells, in_arrays = found.values()
    assert by_column.names == NAMES
    assert set(in_cells.names) == {*NAMES}, "those that occur"
    order = [in_cells.names.index(name) for name in NAMES]
    assert by_column.values.tolist() == in_cells.values[:, order].tolist() == in_arrays.values.tolist()


def test_new_data_are_read_by_the_names_of_the_model(digits: Path) -> None:
    def labels(file: str, columns: Columns, names: tuple[str, ...] = NAMES) -> list[list[int]]:
        read = load_labelled(str(digits / file), names, 1, (16, 16), tables=(columns,), task=MULTILABEL)
        return read[1].tolist()

    expected = scattered(200)[1].tolist()
    in_cells = Columns(separator=";")
    assert labels("columns.csv", Columns(labels=NAMES)) == expected
    assert labels("columns.csv", Columns()) == expected, "of a model of arrays: a column is called as its label"
    assert labels("columns.csv", in_cells) == expected, "of a model of cells"
    assert labels("cells.csv", in_cells) == expected
    assert labels("digits.npz", Columns()) == expected
    for file, columns, names, rule in (
        (
            "columns.csv",
            Columns(labels=("zero", "ten")),
            ("zero", "ten"),
            "DATA: has no column 'ten'; its columns: path, z",
        ),
        ("cells.csv", Columns(labels=NAMES), NAMES, "DATA: has no column 'zero'; its columns: path, label"),
        ("cells.csv", in_cells, ("zero", "one"), "does not know the labels 'eight', 'five', 'four'"),
        ("digits.npz", Columns(), ("zero", "one"), "must have a column for each of the model's 2 labels: zero, one"),
        ("pictures", Columns(), NAMES, "DATA: "),
    ):
        with pytest.raises(InputError) as caught:
            labels(file, columns, names)
        assert rule in str(caught.value)


def test_every_split_keeps_the_share_of_every_label() -> None:
    x, y = scattered(400)
    dataset = load_dataset(ArraysSource(x=x, y=y), task=MULTILABEL)
    split = split_dataset(dataset, 0.2, 0.2, seed=0)
    labels = dataset.describe(split)["labels"]
    for name, count in zip(dataset.targets.names, y.sum(axis=0).tolist(), strict=True):
        for part in ("validation", "test"):
            assert labels[part][name] >= 1
            assert labels[part][name] == pytest.approx(0.2 * count, abs=max(4.0, 0.06 * count))


def test_a_label_that_a_split_lacks_is_told_before_the_first_trial() -> None:
    x, y = scattered(60, labels=3)
    y = np.column_stack([y, np.arange(60) == 7]).astype(int)
    dataset = load_dataset(ArraysSource(x=x, y=y), task=MULTILABEL)
    told = [each.text for each in remarks(dataset.describe(split_dataset(dataset, 0.2, 0.2, seed=0)), 0.2)]
    assert sum("has the label '3': " in text for text in told) == 2, "of the three splits two lack it"


FOLDER = {"source": "directory", "path": "."}
CSV = {"source": "csv", "path": "a.csv"}


def refused(**keys: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        Experiment(**{"name": "a", "task": "multilabel", "space": {"units": 8}, "dataset": CSV, **keys})
    return [str(problem) for problem in caught.value.problems]


class TestExperiments:
    @pytest.mark.parametrize(
        ("dataset", "where", "rule"),
        [
            (
                FOLDER,
                "dataset.source",
                "folders tell one class a picture, and task 'multilabel' predicts something else",
            ),
            ({"source": "cifar10"}, "dataset.source", "it has one class a picture"),
            (
                {"source": "digits"},
                "dataset.source",
                "it has one class a picture, and task 'multilabel' predicts several",
            ),
            (CSV, "dataset.label_columns", "is missing: task 'multilabel' reads several columns of 0 and 1"),
            ({**CSV, "label_columns": ["a"]}, "dataset.label_columns", "must name at least two columns of 0 and 1"),
            ({**CSV, "label_separator": ""}, "dataset.label_separator", "must"),
            ({**CSV, "label_separator": ";", "classes": ["a", "b"]}, "dataset.classes", "knows no classes"),
            (
                {**CSV, "label_columns": ["a", "b"], "label_separator": ";"},
                "dataset",
                "label_separator is for the labels",
            ),
            ({**CSV, "label_columns": ["a", "a"]}, "dataset", "must name each of its label_columns once"),
        ],
    )
    def test_sources_without_labels_are_refused(self, dataset: Any, where: str, rule: str) -> None:
        (told,) = refused(dataset=dataset)
        assert told.startswith(f"{where}: ")
        assert rule in told

    def test_without_a_source_there_are_digits_which_have_classes(self) -> None:
        with pytest.raises(InputError, match=r"dataset\.source: it has one class a picture"):
            Experiment(name="a", task="multilabel", space={"units": 8})

    def test_heads_that_scikit_learn_fits_are_refused(self) -> None:
        told = refused(dataset={**CSV, "label_separator": ";"}, model="transfer", space={"head": "logistic_regression"})
        assert any("space.head: must be dense for task 'multilabel'" in each for each in told)

    def test_a_threshold_is_between_0_and_1_and_no_aim(self) -> None:
        separated = {**CSV, "label_separator": ";"}
        assert refused(dataset=separated, space={"threshold": 2.0}) == [
            "space.threshold: must be a number from 0 to 1 or null (got 2.0)"
        ]
        assert "unknown metric" in refused(dataset=separated, objective="val_threshold[a]")[0]

    def test_what_suits(self) -> None:
        for dataset in ({**CSV, "label_separator": ";"}, {**CSV, "label_columns": ["a", "b"]}):
            made = Experiment(
                name="a", task="multilabel", space={"threshold": {"choice": [None, 0.5]}}, dataset=dataset
            )
            assert made.objective.metric == "val_average_precision"
            assert Experiment.from_dict(made.to_dict()) == made
        x, y = scattered(20)
        assert Experiment(name="a", task="multilabel", space={"units": 8}, dataset=(x, y)).predicted is MULTILABEL
