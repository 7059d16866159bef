"""What is sent to a cluster: a folder from which the sweep runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from cnnsearch.data.dataset import load_dataset
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.cluster.packing import EXPERIMENT, Packed, pack

PLENTY = 2**30
SPACE = {"learning_rate": {"float": [1e-3, 1e-2]}}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a user, with data in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    return tmp_path


def packed(here: Path, shared: list[Path] | None = None, most: int = PLENTY, **keys: Any) -> tuple[Packed, Path]:
    folder = here / "package"
    folder.mkdir()
    made = Experiment(**{"name": "a", "space": SPACE, **keys})
    return pack(made, folder, shared or [], here / "results", most), folder


def test_the_code_runs_from_the_folder(here: Path) -> None:
    found, folder = packed(here)
    assert found.files == ("cnnsearch",)
    assert Experiment.from_yaml(folder / EXPERIMENT).space.to_dict() == SPACE
    where = "import cnnsearch; print(cnnsearch.__file__)"
    told = subprocess.run([sys.executable, "-B", "-c", where], cwd=folder, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(folder / "cnnsearch" / "__init__.py")
    assert not list(folder.rglob("__pycache__"))


@pytest.mark.parametrize("source", ["directory", "csv"])
def test_pictures_are_found_in_the_folder(here: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    (here / "table.csv").write_text("path,label\npictures/cats/1.png,cat\npictures/dogs/2.png,dog\n")
    path = "pictures" if source == "directory" else "table.csv"
    found, folder = packed(here, dataset={"source": source, "path": path})
    assert found.files[1] == f"data {path} ({4 if source == 'directory' else 3} files)"
    assert found.bytes > 10_000
    assert found.count == sum(file.is_file() for file in folder.rglob("*"))
    assert found.left_out == ()
    monkeypatch.chdir(folder)
    read = Experiment.from_yaml(EXPERIMENT).dataset
    assert read.path == f"data/{path}"  # type: ignore[union-attr]
    assert len(load_dataset(read, None, 0).pictures) == (4 if source == "directory" else 2)


@pytest.mark.parametrize("source", ["archive", "parquet"])
def test_files_with_pictures_in_them_are_sent_whole(here: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    if source == "archive":
        shutil.make_archive("set", "zip", here / "pictures")
        path, count = "set.zip", 1
    else:
        names = ["../pictures/cats/1.png", "../pictures/dogs/1.png"]
        (here / "tables").mkdir()
        (here / "tables" / "read.me").touch()
        pyarrow.parquet.write_table(pyarrow.table({"image": names, "label": ["a", "b"]}), here / "tables" / "a.parquet")
        path, count = "tables", 3
    found, folder = packed(here, dataset={"source": source, "path": path})
    assert found.files[1] == f"data {path} ({count} file{'s' * (count > 1)})"
    monkeypatch.chdir(folder)
    read = Experiment.from_yaml(EXPERIMENT).dataset
    assert len(load_dataset(read, None, 0).pictures) == (4 if source == "archive" else 2)


def test_a_name_that_ray_cannot_send_is_told(here: Path) -> None:
    picture = here / "pictures" / "cats" / "1.png"
    picture.rename(picture.with_name(os.fsdecode(b"caf\xe9.png")))
    rule = r"a file whose name is no UTF-8, which Ray cannot send: put the data on storage .*cats/caf\\xe9\.png'\)$"
    with pytest.raises(InputError, match=rule):
        packed(here, dataset={"source": "directory", "path": "pictures"})


def test_what_is_shared_or_not_here_keeps_its_path(here: Path) -> None:
    found, folder = packed(here, [here / "pictures"], dataset={"source": "directory", "path": "pictures"})
    assert found.files == ("cnnsearch",)
    assert Experiment.from_yaml(folder / EXPERIMENT).dataset.path == str(here / "pictures")  # type: ignore[union-attr]
    assert not (folder / "data").exists()


def test_a_path_of_the_cluster_stays(here: Path) -> None:
    _, folder = packed(here, dataset={"source": "npz", "path": "/shared/there.npz"})
    assert Experiment.from_yaml(folder / EXPERIMENT).dataset.path == "/shared/there.npz"  # type: ignore[union-attr]


def test_a_table_that_names_pictures_elsewhere(here: Path) -> None:
    (here / "tables").mkdir()
    (here / "tables" / "t.csv").write_text("path,label\n../pictures/cats/1.png,cat\n../pictures/dogs/1.png,dog\n")
    dataset = {"source": "csv", "path": "tables/t.csv"}
    with pytest.raises(InputError, match="is not packed: name that folder by --shared"):
        packed(here, dataset=dataset)


def test_what_ray_does_not_take_is_told_before_it_is_copied(here: Path) -> None:
    with pytest.raises(InputError, match="0 MB are to be sent, and Ray takes 0: put the data on storage"):
        packed(here, most=100, dataset={"source": "directory", "path": "pictures"})
    assert not (here / "package" / "data").exists()


def test_a_family_of_ones_own_with_what_it_imports(here: Path) -> None:
    (here / "net_of_mine.py").write_text("import keras\nimport parts_of_mine.layers\n\ndef build(c, s, n): ...\n")
    (here / "parts_of_mine").mkdir()
    (here / "parts_of_mine" / "__init__.py").touch()
    (here / "parts_of_mine" / "layers.py").write_text("from numbers_of_mine import UNITS\n")
    (here / "numbers_of_mine.py").write_text("UNITS = 3\n")
    (here / "unrelated.py").touch()
    for name in (".env", "old.py", "table.csv"):
        (here / "parts_of_mine" / name).touch()
    found, folder = packed(here, model="net_of_mine:build")
    assert found.files == ("cnnsearch", "module net_of_mine", "module numbers_of_mine", "module parts_of_mine")
    names = {path.name for path in folder.iterdir()}
    assert names == {EXPERIMENT, "cnnsearch", "net_of_mine.py", "parts_of_mine", "numbers_of_mine.py"}
    assert {path.name for path in (folder / "parts_of_mine").iterdir()} == {"__init__.py", "layers.py"}
    beside = "files of packages that no import in the family's code names: 3"
    assert list(map(str, found.left_out)) == [
        f"{beside} (parts_of_mine/.env, parts_of_mine/old.py, parts_of_mine/table.csv)"
    ]


def test_a_metric_of_ones_own(here: Path) -> None:
    (here / "cost_of_mine.py").write_text("def cost(targets, predictions): ...\n")
    found, folder = packed(here, objective={"metric": "cost_of_mine:cost", "mode": "min"})
    assert found.files == ("cnnsearch", "module cost_of_mine")
    assert (folder / "cost_of_mine.py").is_file()


def test_weights_of_files_and_studies(here: Path) -> None:
    study = here / "results" / "first"
    (study / "best").mkdir(parents=True)
    (study / "best" / "model.keras").write_bytes(b"of a study")
    (study / "trials.jsonl").touch()
    (study / "experiment.yaml").write_text(Experiment(name="first", space={"filters": 8}).to_yaml())
    (here / "net.keras").write_bytes(b"of a file")
    space = {**SPACE, "backbone": "saved", "weights": {"choice": ["net.keras", "study:first"]}}
    found, folder = packed(here, model="transfer", space=space)
    assert len(found.files) == 3
    values = Experiment.from_yaml(folder / EXPERIMENT).space.to_dict()["weights"]["choice"]
    assert values == ["weights/0.keras", "weights/1.keras"]
    assert [(folder / value).read_bytes() for value in values] == [b"of a file", b"of a study"]


def sent(folder: Path) -> set[str]:
    return {str(path.relative_to(folder / "data")) for path in (folder / "data").rglob("*") if path.is_file()}


@pytest.fixture
def secrets(here: Path) -> Path:
    """What must never leave the machine, in and beside the data."""
    (here / "key").write_text("a key")
    for name in (".env", ".git/config", "cats/.hidden.png", "notes.txt"):
        path = here / "pictures" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("a token")
    return here


def test_of_a_folder_only_its_pictures_are_sent(secrets: Path) -> None:
    found, folder = packed(secrets, dataset={"source": "directory", "path": "pictures"})
    assert sent(folder) == {f"pictures/{name}" for name in ("cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png")}
    assert list(map(str, found.left_out)) == [
        "hidden files: 3 (.env, .git/config, cats/.hidden.png)",
        "files that are no pictures of a class: 1 (notes.txt)",
    ]


@pytest.mark.parametrize("source", ["directory", "csv"])
@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("../../key", "cats/3.png')"),
        ("../.env", "is or leads to the hidden '.env', which is not sent: give it another name"),
        ("../.git/config", "is or leads to the hidden '.git', which is not sent"),
    ],
)
def test_links_to_what_must_not_be_sent_are_refused(secrets: Path, source: str, target: str, said: str) -> None:
    (secrets / "pictures" / "cats" / "3.png").symlink_to(target)
    (secrets / "pictures" / "t.csv").write_text("path,label\ncats/1.png,cat\ndogs/1.png,dog\ncats/3.png,cat\n")
    with pytest.raises(InputError) as caught:
        packed(secrets, dataset={"source": source, "path": "pictures" if source == "directory" else "pictures/t.csv"})
    assert said in str(caught.value)
    if target == "../../key":
        assert str(caught.value) == (
            f"dataset.path: is a link that leads out of the folder, to {secrets / 'key'}, which is not sent: put the "
            f"file itself there, or put all on storage that every node sees, named by --shared (got 'cats/3.png')"
        )
    assert not (secrets / "package" / "data").exists()


def test_a_folder_reached_by_a_link_leads_out_too(secrets: Path) -> None:
    (secrets / "elsewhere").mkdir()
    (secrets / "pictures" / "cats" / "1.png").rename(secrets / "elsewhere" / "1.png")
    (secrets / "pictures" / "birds").symlink_to(secrets / "elsewhere")
    with pytest.raises(InputError, match=r"a link that leads out of the folder, to .*elsewhere/1\.png"):
        packed(secrets, dataset={"source": "directory", "path": "pictures"})


def test_links_within_the_data_are_resolved(secrets: Path) -> None:
    cats = secrets / "pictures" / "cats"
    (cats / "3.png").symlink_to("1.png")
    (cats / "4.png").symlink_to("../notes.txt")
    (cats / "5.png").symlink_to("gone.png")
    found, folder = packed(secrets, dataset={"source": "directory", "path": "pictures"})
    assert sent(folder) >= {"pictures/cats/3.png"}
    assert not (folder / "data" / "pictures" / "cats" / "3.png").is_symlink()
    told = set(map(str, found.left_out))
    assert told >= {
        "files that are no pictures: 1 (cats/4.png)",
        "files that are not there, or cannot be sent: 1 (cats/5.png)",
    }


def test_a_table_sends_no_file_that_is_no_picture(secrets: Path) -> None:
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(secrets / "pictures" / "cats" / "of any name", "PNG")
    rows = "cats/1.png,cat\nnotes.txt,cat\ncats/of any name,cat\ngone.png,dog\n"
    (secrets / "pictures" / "t.csv").write_text(f"path,label\n{rows}")
    found, folder = packed(secrets, dataset={"source": "csv", "path": "pictures/t.csv"})
    assert sent(folder) == {"t.csv", "cats/1.png", "cats/of any name"}
    assert set(map(str, found.left_out)) == {
        "files that are no pictures: 1 (notes.txt)",
        "files that are not there, or cannot be sent: 1 (gone.png)",
    }


def test_what_is_named_as_data_or_weights_must_be_such(secrets: Path) -> None:
    with pytest.raises(InputError, match=r"dataset\.path: is no \.npz file, and nothing else is sent"):
        packed(secrets, dataset={"source": "npz", "path": "key"})
    (secrets / "package").rmdir()
    (secrets / "net.keras").symlink_to("key")
    with pytest.raises(InputError, match=r"space\.weights: must be .* a file whose name ends in \.h5 or \.keras"):
        packed(secrets, model="transfer", space={**SPACE, "backbone": "saved", "weights": "net.keras"})


def test_a_module_that_is_a_link_to_another_file(secrets: Path) -> None:
    (secrets / "net_that_imports.py").write_text("import linked_module\n\ndef build(c, s, n): ...\n")
    (secrets / "linked_module.py").symlink_to("key")
    with pytest.raises(InputError, match=r"imports linked_module\.py, a link that leads to .*key, which is not sent"):
        packed(secrets, model="net_that_imports:build")


def test_texts_are_not_taken_for_a_list_of_pictures(here: Path) -> None:
    (here / "texts.csv").write_text("text,label\na dull film,bad\n")
    with pytest.raises(InputError, match=r"dataset\.path: texts are not sent: .*--shared"):
        packed(here, model="text_cnn", dataset={"source": "csv", "path": "texts.csv"})


def test_files_of_boxes_are_not_sent(here: Path) -> None:
    (here / "boxes.json").write_text("{}")
    with pytest.raises(InputError, match=r"dataset\.path: files of boxes are not sent: .*--shared"):
        packed(here, model="detector", task="detection", dataset={"source": "coco", "path": "boxes.json"})
