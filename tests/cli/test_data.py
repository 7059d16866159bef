"""What commands tell of the data: pictures of each class and split, and what took no part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import call
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.cli.data import teller
from cnnsearch.cli.sweeps.overrides import naming
from cnnsearch.data.counted import counted
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.report.views.provenance.info import provenance_info
from cnnsearch.sweep.data import load_data, warn
from cnnsearch.sweep.estimates.estimate import Estimate

LEFT = {"kind": "files that end in .heic, which are not read", "count": 7, "names": ["a.heic"], "expected": False}
COPIES = {"kind": "across", "count": 2, "total": 5, "names": ["v/0 = t/0"], "held": "validation", "seen": "train"}
COUNTS = {"train": {"cat": 1200, "dog": 9}, "validation": {"cat": 4, "dog": 5}, "test": {"cat": 0, "dog": 0}}


def described(**keys: Any) -> dict[str, Any]:
    told = {"counts": COUNTS, "left_out": [LEFT], "copies": [COPIES], "notes": [], "given": ["train", "validation"]}
    return environment(classes=("cat", "dog"), **{**told, **keys})


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_show_tells_pictures_and_what_took_no_part(tmp_path: Path) -> None:
    write_study(tmp_path / "one", trials=[SyntheticTrial("COMPLETED", (0.9,))], described=described(), predictions=0)
    printed = call("show", tmp_path / "one")
    assert ["pictures", "train", "validation", "test"] in lines(printed)
    assert ["cat", "1,200", "4", "0"] in lines(printed)
    assert ["all", "1,209", "9", "0"] in lines(printed)
    assert "data: 2 of 5 validation pictures are exact copies of training pictures" in printed
    assert "  files that end in .heic, which are not read: 7 (a.heic, ...)" in printed
    assert "data: There is no test split" in printed
    shown = json.loads(call("show", tmp_path / "one", "--json"))["data"]
    assert (shown["counts"], shown["left_out"], shown["copies"]) == (COUNTS, [LEFT], [COPIES])


def test_groups_of_each_split_are_told(tmp_path: Path) -> None:
    groups = {"train": 410, "validation": 3, "test": 0}
    alone = [SyntheticTrial("COMPLETED", (0.9,))]
    study = write_study(tmp_path / "one", trials=alone, described=described(groups=groups), predictions=0)
    assert ["groups", "of", "these", "410", "3", "0"] in lines(call("show", study.path))
    assert json.loads(call("show", study.path, "--json"))["data"]["groups"] == groups
    assert provenance_info(study).groups == (410, 3, 0)
    folds = {"folds": 5, "repeats": 1}
    assert counted({**study.environment["dataset"], "folds": folds}).groups == (410, 0), "in which all are judged"


def test_show_says_texts_where_they_are(tmp_path: Path) -> None:
    told = described(inputs="texts")
    write_study(tmp_path / "one", trials=[SyntheticTrial("COMPLETED", (0.9,))], described=told, predictions=0)
    printed = call("show", tmp_path / "one")
    assert ["texts", "train", "validation", "test"] in lines(printed)
    assert "data: 2 of 5 validation texts are exact copies of training texts" in printed


def test_a_study_of_an_earlier_version_tells_what_it_has(tmp_path: Path) -> None:
    write_study(tmp_path / "one", trials=[SyntheticTrial("COMPLETED", (0.9,))])
    assert ["0", "108", "36", "36"] in lines(call("show", tmp_path / "one"))
    assert "data:" not in call("show", tmp_path / "one")


def test_many_classes_are_summed_up(tmp_path: Path) -> None:
    many = environment(classes=[f"c{number}" for number in range(100)], validation=200)
    write_study(tmp_path / "one", trials=[SyntheticTrial("COMPLETED", (0.9,))], described=many, predictions=0)
    printed = call("show", tmp_path / "one")
    assert ["c18", "6", "2", "2"] in lines(printed)
    assert ["81", "more", "classes", "486", "162", "162"] in lines(printed)


def test_a_sweep_tells_before_its_first_trial(capsys: pytest.CaptureFixture[str]) -> None:
    experiment = Experiment(name="x", space={"units": 16})
    teller(quiet=False)(experiment, described()["dataset"])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ["dog", "9", "5", "0"] in lines(captured.err)
    teller(quiet=True)(experiment, described()["dataset"])
    quiet = capsys.readouterr().err
    assert "1,200" not in quiet
    assert "exact copies" in quiet


def test_a_dry_run_tells_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Estimate(8, False, 3, 1, 100, 0.1, 1.0, 0.0, 0, 1, 1.0, 2.0, described()["dataset"])
    monkeypatch.setattr("cnnsearch.sweep.estimates.estimate.estimate", lambda *_: found)
    (tmp_path / "file.yaml").write_text("name: x\nspace: {units: 16}\n")
    printed = call("run", tmp_path / "file.yaml", "--dry-run")
    assert ["dog", "9", "5", "0"] in lines(printed)
    assert "exact copies" in printed
    told = json.loads(call("run", tmp_path / "file.yaml", "--dry-run", "--json"))
    assert (told["data"]["left_out"], told["trials"], "experiment" in told) == ([LEFT], 3, False)


def test_what_the_data_show_is_told_with_the_file(tmp_path: Path) -> None:
    table, file = tmp_path / "t.csv", tmp_path / "file.yaml"
    table.write_text("path;label\na.png;1,5\n")
    file.write_text(f"name: x\ntask: regression\ndataset: {{source: csv, path: {table}}}\nspace: {{filters: 8}}\n")
    with pytest.raises(InputError) as caught, naming(file):
        load_data(Experiment.from_yaml(file))
    assert str(caught.value).startswith(f"{file}: dataset.path: ")
    with pytest.raises(InputError) as of_option, naming(file):
        raise InputError(Problem("--output", "is no folder"))
    assert str(of_option.value) == "--output: is no folder"
    with pytest.raises(InputError) as of_machine, naming(file):
        raise InputError(Problem("", "Ray does not start on this machine"))
    assert str(of_machine.value) == "Ray does not start on this machine"


def test_a_dry_run_tells_what_would_be_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the experiment with what its names stand for, not as the file has it."""
    known = Experiment(name="x", space={"units": {"choice": [8, 16], "prior": 8}})
    found = Estimate(8, False, 3, 1, 1, 0.1, 1.0, 0.0, 0, 1, 1.0, 2.0, described()["dataset"], experiment=known)
    monkeypatch.setattr("cnnsearch.sweep.estimates.estimate.estimate", lambda *_: found)
    (tmp_path / "file.yaml").write_text("name: x\nspace: {units: {choice: [8, 16]}}\n")
    assert "priors: units 8 (medium)" in call("run", tmp_path / "file.yaml", "--dry-run")


def test_from_python_doubts_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    warn(Experiment(name="x", space={"units": 16}), described()["dataset"])
    assert [record.message.split("\n")[0] for record in caplog.records] == [
        "data: 2 of 5 validation pictures are exact copies of training pictures: what the models are chosen by is too "
        "good.",
        "data: There is no test split: the data brings a validation split of its own and none for the test, so that "
        "the share 0.2 of dataset.test is not drawn.",
        "data: Some of what lies in the data took no part.",
    ]
    caplog.clear()
    warn(Experiment(name="x", space={"units": 16}), environment()["dataset"])
    assert not caplog.records
