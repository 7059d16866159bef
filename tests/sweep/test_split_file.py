from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call
from synthetic import SyntheticTrial, environment, write_study

import cnnsearch
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.stages import pixels
from cnnsearch.data.stages import test_pictures as of_test
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.study import Study
from cnnsearch.sweep.data import load_data, with_arrays
from cnnsearch.training.divided_texts import check_division, divided_otherwise

Small = Callable[..., Experiment]
Patch = pytest.MonkeyPatch

CONFIG = {"filters": 4, "learning_rate": 0.01}


def written(folder: Path, experiment: Experiment, fingerprint: str | None = None) -> Study:
    """A study of the experiment with one trial."""
    dataset, split = load_data(experiment)
    described = dataset.describe(split) | ({"fingerprint": fingerprint} if fingerprint else {})
    trial = SyntheticTrial("COMPLETED", [0.5], CONFIG)
    return write_study(folder, experiment, [trial], {**environment(), "dataset": described}, predictions=0)


def test_it_holds_the_pictures_of_every_split(small: Callable[..., Experiment], tmp_path: Path) -> None:
    study = written(tmp_path / "study", small())
    told = call("split", study.path, "-o", tmp_path / "split.npz")
    assert told.startswith(f"{tmp_path / 'split.npz'}: ")
    dataset, split = load_data(study.experiment)
    expected = pixels(dataset, split, None)
    with np.load(tmp_path / "split.npz") as found:
        for name in ("x_train", "y_train", "x_validation", "y_validation"):
            assert np.array_equal(found[name], getattr(expected, name)), name
            assert found[name].dtype == getattr(expected, name).dtype
        assert np.array_equal(found["y_test"], dataset.targets.values[split.test])
        assert found["x_test"].shape == (60, 8, 8, 1)
        assert np.array_equal(found["test"], split.test)
        assert found["names"].tolist() == [str(digit) for digit in range(10)]
        assert "weights" not in found


def boxes() -> np.ndarray:
    """One box in each picture but the last, in the upper left or the lower right."""
    found = np.full((40, 2, 5), -1.0)
    found[:-1, 0] = [[1, 1, 5, 4, 0] if number % 2 else [3, 2, 12, 8, 1] for number in range(39)]
    return found


EVEN = np.arange(40) % 2
TARGETS: dict[str, dict[str, Any]] = {
    "classification": {"y": np.arange(40) % 3 + 1},  # numbers that are not their places
    "binary": {"y": EVEN + 1},
    "multilabel": {"y": np.stack([EVEN, 1 - EVEN], axis=1)},
    "regression": {"y": np.linspace(0, 1, 40)},
    "segmentation": {"y": np.kron(np.stack([EVEN, 1 - EVEN], axis=1)[:, None, :], np.ones((8, 6), int)) * 7},
    "detection": {"y": boxes()},
}
MODELS = {"segmentation": "unet", "detection": "detector"}


@pytest.mark.parametrize("task", TARGETS)
def test_its_test_split_is_read_as_the_study_has_it(task: str, tmp_path: Path) -> None:
    """Of numbers that names of classes are, and of boxes and masks in the size of a network."""
    x = np.random.default_rng(0).integers(0, 255, (40, 8, 12, 3), np.uint8)
    np.savez(tmp_path / "a.npz", x=x, **TARGETS[task])
    size, space = ((8, 8), {"image_size": 8}) if task in MODELS else ((8, 12), {"learning_rate": 0.01})
    source = {"source": "npz", "path": str(tmp_path / "a.npz")}
    experiment = Experiment(name="a", task=task, model=MODELS.get(task, "cnn"), dataset=source, space=space)
    dataset, parts = load_data(experiment)
    described = {**environment(), "dataset": dataset.describe(parts)}
    trial = SyntheticTrial("COMPLETED", [0.5], space)
    study = write_study(tmp_path / "study", experiment, [trial], described, predictions=0)
    path = cnnsearch.split(study, tmp_path / "split.npz")
    expected = of_test(dataset, parts, size if task in MODELS else None)
    given = {"task": experiment.predicted, "resizing": experiment.dataset.resizing or "stretch"}
    found = load_labelled(str(path), study.names, 3, size, source=experiment.dataset, **given)
    for one, other in zip(found[:2], expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (found.unreadable, found.group_of) == ((), None)


def test_which_pictures_belong_together_is_kept_with_them(small: Small, tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Dataset, "group_of", lambda _, members: members // 2)
    study = written(tmp_path / "study", small())
    path = cnnsearch.split(study, tmp_path / "split.npz")
    _, split = load_data(study.experiment)
    found = load_labelled(str(path), study.names, 1, (8, 8))
    assert found.group_of is not None
    assert found.group_of.tolist() == (split.test // 2).tolist()


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    x, y, places = np.zeros((6, 8, 8, 1), np.uint8), np.arange(6, dtype=np.int32), np.arange(6)
    parts = {f"{kind}_{name}": of for name in ("train", "validation", "test") for kind, of in (("x", x), ("y", y))}
    whole = {**parts, "train": places, "validation": places, "test": places, "names": np.array(list("012345"))}
    for changed, message in (
        ({"names": np.array(["a", "b"])}, r"of other outputs: a, b; those of the model are 0, 1, 2, 3, 4, \.\.\."),
        ({"test": places[:0]}, "a study that has no test split"),
        ({"y_test": np.zeros((6, 2), int)}, "was changed since it was written: y_train and y_test do not fit"),
        ({"y_test": y[:3]}, "needs one label for each picture"),
        ({"group_of_test": places[:3]}, "group_of_test and x_test do not fit together"),
    ):
        np.savez(tmp_path / "a.npz", **{**whole, **changed})
        with pytest.raises(InputError, match=message):
            load_labelled(str(tmp_path / "a.npz"), list("012345"), 1, (8, 8))


def test_of_texts_it_holds_numbers_of_tokens_and_what_they_are(tmp_path: Path) -> None:
    config = {"filters": 4, "text_length": 9}
    experiment = Experiment(name="a", dataset={"source": "sentences", "count": 120}, model="text_cnn", space=config)
    dataset, parts = load_data(experiment)
    record = {**environment(), "dataset": dataset.describe(parts)}
    study = write_study(tmp_path / "study", experiment, [SyntheticTrial("COMPLETED", [0.5], config)], record)
    with np.load(cnnsearch.split(study, tmp_path / "split.npz")) as found:
        vocabulary = found["vocabulary"].tolist()
        assert found["x_test"].shape == (len(parts.test), 9)
        said = [vocabulary[number] for number in found["x_train"][0].tolist()]
        text = dataset.pictures.texts[int(parts.train[0])]
        assert said[:3] == text.lower().replace(".", "").split()[:3]


def test_texts_that_another_version_divided_otherwise_are_refused(tmp_path: Path) -> None:
    """By what the study tells, and where that is of before it did, by the tokenizer in its best model."""
    config = {"filters": 4, "text_length": 9}
    experiment = Experiment(name="a", dataset={"source": "sentences", "count": 120}, model="text_cnn", space=config)
    dataset, parts = load_data(experiment)
    told = dataset.describe(parts)
    study = write_study(tmp_path, experiment, [SyntheticTrial("COMPLETED", [0.5], config)], {"dataset": told})
    check_division(study, dataset)
    assert divided_otherwise(study.store, {**told, "division": "other"}, told).startswith("has texts that would become")
    assert divided_otherwise(study.store, {"fingerprint": "f"}, {"fingerprint": "f"}) == "", "pictures"
    before = {key: value for key, value in told.items() if key != "division"}
    assert divided_otherwise(study.store, before, told) == "", "there is no model that new ones would be compared with"
    content = dataset.pictures.learnt(parts.train).tokenizer(TextForm("words", 99, 9)).content
    for text, is_other in ((content, False), (content.replace(r"\\p{So}", ""), True)):
        with zipfile.ZipFile(study.store.folder / "model.keras", "w") as archive:
            archive.writestr("tokenizer.json", text)
        study.store.write("best/model.keras", (study.store.folder / "model.keras").read_bytes())
        assert bool(divided_otherwise(study.store, before, told)) == is_other
    study.store.write_json("environment.json", {"dataset": before})
    with pytest.raises(InputError, match="dataset: has texts that would become other tokens"):
        cnnsearch.split(Study.load(tmp_path), tmp_path / "split.npz")


def test_a_fold_is_validated_by_its_own_pictures(small: Callable[..., Experiment], tmp_path: Path) -> None:
    study = written(tmp_path / "study", small(evaluation={"folds": 3}, final="refit"))
    _, split = load_data(study.experiment)
    assert split.folds is not None
    with np.load(cnnsearch.split(study, tmp_path / "one.npz", fold=1)) as found:
        one = split.folds.of_trials[1]
        assert np.array_equal(found["validation"], split.train[one.validation])
        assert np.array_equal(found["train"], split.train[one.train])
    with pytest.raises(InputError, match=r"--fold: must be from 0 to 2"):
        cnnsearch.split(study, tmp_path / "one.npz", fold=3)


def test_arrays_in_memory_are_given_again(small: Callable[..., Experiment], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 255, (60, 8, 8), np.uint8), np.arange(60) % 3
    study = written(tmp_path / "study", small(dataset=(x, y)))
    again = Study.load(study.path)
    with pytest.raises(InputError, match="are arrays in memory"):
        cnnsearch.split(again, tmp_path / "split.npz")
    with np.load(cnnsearch.split(again, tmp_path / "split.npz", dataset=(x, y))) as found:
        assert np.array_equal(found["x_train"][..., 0], x[found["train"]])


def test_arrays_that_are_given_again_are_divided_as_they_were(small: Callable[..., Experiment], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 255, (60, 8, 8), np.uint8), np.arange(60) % 3
    shares = {"validation": 0.3, "test": 0.1}
    searched = small(dataset={"source": "arrays", "x": x, "y": y, **shares})
    again = Study.load(written(tmp_path / "study", searched).path)
    _, split = load_data(searched)
    with np.load(cnnsearch.split(again, tmp_path / "split.npz", dataset=(x, y))) as found:
        assert np.array_equal(found["validation"], split.validation)
        assert np.array_equal(found["test"], split.test)
    assert with_arrays(again.experiment, (x, y)) == searched  # as `resume` takes it


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path": "split.zip"}, "-o: must be a file that ends in .npz"),
        ({"trial": 7}, "--trial: the study has no such trial"),
        ({"fold": 1}, "--fold: must be left out"),
        ({"path": "nowhere/split.npz"}, "-o: cannot be written"),
    ],
)
def test_what_is_refused(small: Callable[..., Experiment], tmp_path: Path, given: dict[str, Any], message: str) -> None:
    study = written(tmp_path / "study", small())
    options = {"path": "split.npz", **given}
    path = tmp_path / options.pop("path")
    with pytest.raises(InputError, match=message):
        cnnsearch.split(study, path, **options)
    assert not path.exists()


def test_other_data_are_refused(small: Callable[..., Experiment], tmp_path: Path) -> None:
    study = written(tmp_path / "study", small(), fingerprint="0" * 64)
    with pytest.raises(InputError, match="is no longer what the study was run on"):
        cnnsearch.split(study, tmp_path / "split.npz")


class TestScript:
    """What it does before it trains; that it trains is tested in training/test_keras_code.py."""

    def ends(self, study: Study, folder: Path, patch: pytest.MonkeyPatch, *arguments: str) -> str:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["script.py", *arguments])
        main = study.code(0).partition('if __name__ == "__main__":\n')[2].partition("    data = np.load")[0]
        with pytest.raises(SystemExit) as caught:
            exec("import os, sys\nif True:\n" + main, {})
        return str(caught.value)

    def test_without_its_file_it_says_how_that_is_made(
        self, small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        study = written(tmp_path / "study", small())
        told = "split.npz is not there; it is written by: cnnsearch split study -o split.npz"
        assert self.ends(study, tmp_path, monkeypatch) == told
        assert self.ends(study, tmp_path, monkeypatch, "-f", "kernel.json") == told  # as in a notebook
        assert self.ends(study, tmp_path, monkeypatch, "other.npz").startswith("other.npz is not there")
