"""The weights of a transfer experiment, found before a sweep starts; without Ray and TensorFlow."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, write_study

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.families.transfer.assets import absolute, check_values
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange
from cnnsearch.study.winner.best import Kept, write_best
from cnnsearch.sweep.weights import find_weights


def transfer(**space: Any) -> Experiment:
    space = {"learning_rate": {"float": [1e-3, 1e-2]}, **space}
    return Experiment(name="a", model="transfer", space=space)


def study(results: Path, name: str = "first") -> Path:
    """The folder of a study with a best model."""
    folder = results / name
    (folder / "best").mkdir(parents=True)
    (folder / "experiment.yaml").write_text(transfer().to_yaml())
    (folder / "best" / "model.keras").write_bytes(b"network")
    return folder


def weights_of(experiment: Experiment) -> list[Any]:
    return list(experiment.space["weights"].values())


class TestPaths:
    def test_they_are_told_as_every_worker_finds_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        made = transfer(weights={"choice": ["mine.h5", "imagenet", "none"]})
        assert weights_of(absolute(made, tmp_path)) == [str(tmp_path / "mine.h5"), "imagenet", "none"]
        assert weights_of(absolute(transfer(weights="mine.h5"), tmp_path)) == [str(tmp_path / "mine.h5")]

    def test_a_study_by_its_name_or_its_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = study(tmp_path / "results")
        monkeypatch.chdir(tmp_path)
        for named in ("study:first", "study:results/first", f"study:{folder}"):
            found = absolute(transfer(backbone="saved", weights=named), tmp_path / "results")
            assert weights_of(found) == [f"study:{folder}"]

    def test_a_study_that_is_not_there(self, tmp_path: Path) -> None:
        study(tmp_path)
        with pytest.raises(InputError, match="first") as caught:
            absolute(transfer(backbone="saved", weights="study:fist"), tmp_path)
        (problem,) = caught.value.problems
        assert problem.where == "space.weights"

    def test_nothing_to_do(self, tmp_path: Path) -> None:
        for experiment in (transfer(), Experiment(name="a", space={"filters": {"choice": [8, 16]}})):
            assert absolute(experiment, tmp_path) is experiment


def refuse(name: str, alpha: float) -> None:
    pytest.fail(f"{name} {alpha} would be downloaded")


class TestFiles:
    def test_they_are_told_with_their_digest(self, tmp_path: Path) -> None:
        folder = study(tmp_path)
        (tmp_path / "mine.h5").write_bytes(b"weights")
        chosen = [str(tmp_path / "mine.h5"), f"study:{folder}", "none"]
        found = find_weights(transfer(weights={"choice": chosen}), refuse)
        assert found == {
            str(tmp_path / "mine.h5"): hashlib.sha256(b"weights").hexdigest(),
            str(folder / "best" / "model.keras"): hashlib.sha256(b"network").hexdigest(),
        }
        assert find_weights(Experiment(name="a", space={"filters": {"choice": [8, 16]}}), refuse) == {}

    def test_a_study_whose_best_is_another_model_than_its_record_names(self, tmp_path: Path) -> None:
        made = write_study(tmp_path / "first", trials=[SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8)])
        made.store.write("left", b"network")
        write_best(made.store, "left", Kept.of(made.records[1]), ["a"])
        with pytest.raises(InputError) as caught:
            find_weights(transfer(weights=f"study:{made.path}"), refuse)
        (problem,) = caught.value.problems
        assert problem.where == "space.weights"
        assert problem.rule.startswith("best/ holds the model of trial 1 in the search; the record names trial 0")

    @pytest.mark.parametrize(("named", "rule"), [("{}/no.h5", "no such file"), ("study:{}", "has no best model")])
    def test_one_that_is_missing(self, named: str, rule: str, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            find_weights(transfer(weights=named.format(tmp_path)), refuse)
        (problem,) = caught.value.problems
        assert problem.where == "space.weights"
        assert problem.rule == f"must name weights that are there: {rule}"

    def test_those_of_imagenet_are_downloaded_once_each(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        (tmp_path / "models").mkdir()
        there = tmp_path / "models" / "mobilenet_5_0_224_tf_no_top.h5"
        there.write_bytes(b"weights")
        asked = []

        def download(name: str, alpha: float) -> None:
            asked.append((name, alpha))
            (tmp_path / "models" / f"mobilenet_{2.5 if alpha == 0.25 else 7.5}".replace(".", "_")).touch()
            path = tmp_path / "models" / f"mobilenet_{str(10 * alpha).replace('.', '_')}_224_tf_no_top.h5"
            path.write_bytes(b"downloaded")

        searched = transfer(backbone="mobilenet", backbone_alpha={"choice": [0.25, 0.5, 0.75]})
        found = find_weights(searched, download)
        assert sorted(asked) == [("mobilenet", 0.25), ("mobilenet", 0.75)]
        assert len(found) == 3
        assert found[str(there)] == hashlib.sha256(b"weights").hexdigest()


class TestValues:
    """A network of somebody's own scales by itself: it must get what it was trained on."""

    FLOATS = ValueRange("float32", 0.0, 1.0, (0.0, 1.0))

    def test_other_values_than_a_study_was_trained_on_are_refused(self, tmp_path: Path) -> None:
        folder = study(tmp_path)
        (folder / "best" / "values.json").write_text(json.dumps(self.FLOATS.to_dict()))
        experiment = transfer(backbone="saved", weights=f"study:{folder}")
        check_values(experiment, self.FLOATS)
        with pytest.raises(
            InputError, match="trained on float32 from 0 to 1, and the pictures are uint8 from 0 to 255"
        ):
            check_values(experiment, FILE_VALUES)
        check_values(transfer(backbone="mobilenet_v2", weights=f"study:{folder}"), FILE_VALUES)

    def test_so_are_those_of_an_exported_file(self, tmp_path: Path) -> None:
        experiment = transfer(backbone="saved", weights=str(tmp_path / "mine.keras"))
        check_values(experiment, FILE_VALUES)  # nothing is known of it
        (tmp_path / "mine.values.json").write_text(json.dumps(self.FLOATS.to_dict()))
        with pytest.raises(InputError, match=r"space\.weights: is a network that was trained on float32"):
            check_values(experiment, FILE_VALUES)
