"""Texts of tables, folders and arrays, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.data.sources.sentences import made_sentences
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.data import load_data

Made = Callable[[Path], Any]


def searched(dataset: Any, **keys: Any) -> Experiment:
    space = {"filters": 8, "text_length": 20}
    return Experiment(**{"name": "a", "model": "text_cnn", "space": space, "dataset": dataset, **keys})


def rows(count: int = 20) -> list[str]:
    return [f"word{index % 7} number {index},{'yes' if index % 2 else 'no'}" for index in range(count)]


def table(folder: Path, lines: list[str] | bytes, header: str = "text,label", **keys: Any) -> Any:
    path = folder / "texts.csv"
    path.write_bytes(lines if isinstance(lines, bytes) else "\n".join([header, *lines]).encode())
    return {"source": "csv", "path": str(path), **keys}


def folder_of(folder: Path, files: dict[str, bytes]) -> Any:
    for name, content in files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {"source": "directory", "path": str(folder / "data")}


def test_a_table(tmp_path: Path) -> None:
    dataset, split = load_data(searched(table(tmp_path, rows(), header="text,label")))
    assert dataset.targets.names == ("no", "yes")
    assert len(dataset.pictures) == 20
    assert dataset.pictures.name(0) == "line 2"
    described = dataset.describe(split)
    assert described["inputs"] == "texts"
    assert "channels" not in described


def test_a_table_with_splits_and_a_long_cell(tmp_path: Path) -> None:
    long = "very " * 60_000
    lines = [f"{row},{'test' if index < 6 else 'train'}" for index, row in enumerate([f"{long},no", *rows()])]
    dataset, split = load_data(searched(table(tmp_path, lines, header="text,label,split")))
    assert len(split.test) == 6
    assert max(dataset.pictures.sizes[:, 1]) == len(long)
    assert any(finding.check == "odd_size" for finding in dataset.findings)


def test_a_folder(tmp_path: Path) -> None:
    files = {f"{label}/{index}.txt": f"{label} text {index}".encode() for label in "ab" for index in range(8)}
    dataset, _ = load_data(searched(folder_of(tmp_path, {**files, "a/.hidden.txt": b"no", "a/note.md": b"no"})))
    assert dataset.targets.names == ("a", "b")
    assert len(dataset.pictures) == 16


def test_a_folder_of_splits_with_a_file_that_is_no_text(tmp_path: Path) -> None:
    parts = ("train", "val", "test")
    files = {
        f"{part}/{label}/{index}.txt": f"{part} {label} {index}".encode()
        for part in parts
        for label in "ab"
        for index in range(4)
    }
    dataset, split = load_data(searched(folder_of(tmp_path, {**files, "train/a/z.txt": b"\xff\xfa\x80"})))
    assert dataset.unreadable == ("train/a/z.txt: is not UTF-8 text",)
    assert [len(split.train), len(split.validation), len(split.test)] == [8, 8, 8]


def test_arrays_and_copies_that_stay_together() -> None:
    texts = [f"text {index // 2}" if index % 2 else f"TEXT  {index // 2}" for index in range(40)]
    labels = ["a" if index // 2 % 2 else "b" for index in range(40)]
    dataset, split = load_data(searched((np.array(texts), labels)))
    held = [set(np.array(texts)[part].tolist()) for part in (split.train, split.validation, split.test)]
    lowered = [{" ".join(text.lower().split()) for text in part} for part in held]
    assert not lowered[0] & lowered[1]
    assert not lowered[0] & lowered[2]
    assert dataset.inputs == "texts"


def test_empty_texts_are_told_of() -> None:
    texts = [f"text {index}" for index in range(20)] + ["...", "?!"]
    dataset, _ = load_data(searched((texts, ["a", "b"] * 11)))
    (found,) = (finding for finding in dataset.findings if finding.check == "low_information")
    assert found.text.startswith("2 of 22 texts are without a letter or digit")


def test_made_sentences_are_the_same_each_time() -> None:
    one, labels = made_sentences(300)
    assert (one, labels.tolist()) == (made_sentences(300)[0], made_sentences(300)[1].tolist())
    assert len(set(one)) == 300
    assert len(set(labels)) == 4


WRONG: dict[str, tuple[Made, dict[str, Any], str]] = {
    "a column that is not there": (lambda at: table(at, rows(), text_column="body"), {}, "has no column 'body'"),
    "no label": (lambda at: table(at, ["one,a", "two,"]), {}, "line 3 has no label"),
    "no text": (lambda at: table(at, ["one,a", ",b"]), {}, "line 3 has no text"),
    "an empty file": (lambda at: table(at, b""), {}, "has no column 'text'"),
    "a header alone": (lambda at: table(at, []), {}, "has no rows below its header"),
    "not UTF-8": (lambda at: table(at, b"text,label\n\xff\xfa,a\n"), {}, "is not UTF-8 text"),
    "no such file": (lambda at: {"source": "csv", "path": str(at / "none.csv")}, {}, "there is no such file"),
    "no such folder": (lambda at: {"source": "directory", "path": str(at / "none")}, {}, "there is no such folder"),
    "a class without texts": (
        lambda at: folder_of(at, {"a/1.txt": b"x", "b/1.md": b"x"}),
        {},
        "'b' has no files that end in .txt",
    ),
    "no classes": (lambda at: folder_of(at, {"1.txt": b"x"}), {}, "needs one of .txt files for each class"),
    "too many that are no text": (
        lambda at: folder_of(at, {"a/1.txt": b"\xff\x80", "b/1.txt": b"x"}),
        {},
        "1 of 2 files cannot be read",
    ),
    "numbers": (lambda _: ([1, 2, 3], ["a", "b", "a"]), {}, "x[0]: must be a string"),
    "labels of another length": (lambda _: (["one", "two"], ["a"]), {}, "needs one label for each text"),
    "a source of pictures": (lambda _: "digits", {}, "has no texts, which model 'text_cnn' takes"),
    "texts for pictures": (lambda _: "sentences", {"model": "cnn", "space": {"filters": 8}}, "model 'cnn' takes"),
    "a key of pictures": (lambda at: table(at, rows(), color="grey"), {}, "dataset.color: is of pictures"),
    "an image size": (lambda _: "sentences", {"preprocessing": {"image_size": 8}}, "preprocessing: is of pictures"),
    "augmentation": (lambda _: "sentences", {"space": {"mixup": 0.2}}, "not a parameter of model 'text_cnn'"),
    "a vocabulary of one": (lambda _: "sentences", {"space": {"vocabulary_size": 1}}, "from 100 to 200000"),
    "numbers as a task": (lambda _: "sentences", {"task": "regression"}, "where model 'text_cnn' reads texts"),
    "an ensemble": (lambda _: "sentences", {"final": "ensemble", "finalists": {}}, "is not made of models of texts"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    made, keys, message = WRONG[name]
    with pytest.raises(InputError) as told:
        load_data(searched(made(tmp_path), **keys))
    assert message in str(told.value)
