"""Texts of tables, folders and arrays, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from cnnsearch.data.checks.other_scripts import script_of
from cnnsearch.data.sources.sentences import made_sentences
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.serving.texts import labelled_texts
from cnnsearch.sweep.checks.word_vectors_check import check_word_vectors
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


def lines_of(folder: Path, lines: list[Any] | bytes, **keys: Any) -> Any:
    path = folder / "texts.jsonl"
    content = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines) if lines else ""
    path.write_bytes(lines if isinstance(lines, bytes) else content.encode())
    return {"source": "jsonl", "path": str(path), **keys}


def columnar(folder: Path, name: str = "texts.parquet", **columns: list[Any]) -> Any:
    (folder / "rows").mkdir(exist_ok=True)
    parquet.write_table(pyarrow.table(columns), folder / "rows" / name)
    return {"source": "parquet", "path": str(folder / "rows")}


def folder_of(folder: Path, files: dict[str, bytes]) -> Any:
    for name, content in files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {"source": "directory", "path": str(folder / "data")}


def test_new_texts_tell_their_groups_as_those_of_the_training_did(tmp_path: Path, caplog: Any) -> None:
    lines = [f"{row},{'ann' if index % 3 else 'ben'}" for index, row in enumerate(rows())]
    made = table(tmp_path, lines, "text,label,author", group_column="author")
    *_, groups = labelled_texts(made["path"], ("no", "yes"), searched(made))
    assert groups is not None
    assert groups.tolist() == [0 if index % 3 else 1 for index in range(20)]
    assert not caplog.messages
    table(tmp_path, rows())
    *_, groups = labelled_texts(made["path"], ("no", "yes"), searched(made))
    assert groups is None
    assert caplog.messages == ["intervals take each text as one by itself: the data has no column 'author' of groups"]


def test_a_table(tmp_path: Path) -> None:
    dataset, split = load_data(searched(table(tmp_path, rows(), header="text,label")))
    assert dataset.targets.names == ("no", "yes")
    assert len(dataset.pictures) == 20
    assert dataset.pictures.name(0) == "line 2"
    described = dataset.describe(split)
    assert described["inputs"] == "texts"
    assert "channels" not in described
    assert dataset.notes == ()
    (note,) = load_data(searched(table(tmp_path, [f"{row} " if "6" in row else row for row in rows()])))[0].notes
    assert note.startswith("2 labels stand in the column 'label' with blanks around and without, as 'no'")


def test_a_table_with_splits_and_a_long_cell(tmp_path: Path) -> None:
    long = "very " * 60_000
    lines = [f"{row},{'test' if index < 6 else 'train'}" for index, row in enumerate([f"{long},no", *rows()])]
    dataset, split = load_data(searched(table(tmp_path, lines, header="text,label,split")))
    assert len(split.test) == 6
    assert max(dataset.pictures.sizes[:, 1]) == len(long)
    assert any(finding.check == "odd_size" for finding in dataset.findings)


def test_json_lines(tmp_path: Path) -> None:
    made = [{"id": index, "text": f"one\u2028text {index}", "label": bool(index % 2)} for index in range(20)]
    dataset, _ = load_data(searched(lines_of(tmp_path, [*made, ""])))
    assert dataset.targets.names == ("false", "true")
    assert dataset.pictures.texts[0] == "one\u2028text 0"
    assert [str(left) for left in dataset.left_out] == ["columns that are not read: 1 (id)"]
    texts, labels, *_ = labelled_texts(str(tmp_path / "texts.jsonl"), ("false", "true"), searched("sentences"))
    assert (len(texts), labels[:3].tolist()) == (20, [0, 1, 0])


def test_parquet_files_named_after_splits(tmp_path: Path) -> None:
    for split, count in (("train", 12), ("test", 4)):
        made = columnar(
            tmp_path,
            f"{split}-0.parquet",
            text=[f"{split} text {index}" for index in range(count)],
            label=[index % 2 for index in range(count)],
            extra=[[1]] * count,
        )
    dataset, split = load_data(searched({**made, "validation": 0.3}))
    assert len(split.test) == 4
    assert dataset.pictures.name(int(split.test[0])) == "test-0.parquet: row 1"
    assert dataset.pictures.texts[int(split.test[0])] == "test text 0"
    texts, *_ = labelled_texts(str(tmp_path / "rows"), ("0", "1"), searched("sentences"))
    assert len(texts) == 4


def test_a_row_without_a_label_is_left_out_where_that_is_asked_for(tmp_path: Path) -> None:
    made = [{"text": f"text {index}", "label": f"{index % 2}"} for index in range(20)]
    dataset, _ = load_data(searched(lines_of(tmp_path, [*made, {"text": "more"}]), checks={"missing": "drop"}))
    assert len(dataset.pictures) == 20


@pytest.mark.parametrize("header", ["review,stars", "text,label", "review,stars,part"])
def test_new_texts_have_the_columns_of_the_data_or_the_usual_ones(header: str, tmp_path: Path) -> None:
    named = {"text_column": "review", "label_column": "stars", "split_column": "part"}
    has_splits = header.endswith("part")
    lines = [f"{row},{'train' if at else 'test'}" if has_splits else row for at, row in enumerate(rows(4))]
    made = table(tmp_path, lines, header=header, **named)
    texts, labels, *_ = labelled_texts(made["path"], ("no", "yes"), searched(made))
    assert labels.tolist() == ([0] if has_splits else [0, 1, 0, 1])
    assert texts[0] == "word0 number 0"


def test_a_folder(tmp_path: Path) -> None:
    files = {f"{label}/{index}.txt": f"{label} text {index}".encode() for label in "ab" for index in range(8)}
    dataset, _ = load_data(searched(folder_of(tmp_path, {**files, "a/.hidden.txt": b"no", "a/note.md": b"no"})))
    assert dataset.targets.names == ("a", "b")
    assert len(dataset.pictures) == 16
    assert [*map(str, dataset.left_out)] == ["files that end in .md, which are not read: 1 (a/note.md)"]


def test_a_folder_of_splits_with_a_file_that_is_no_text(tmp_path: Path) -> None:
    parts = ("train", "val", "test")
    files = {
        f"{part}/{label}/{index}.txt": f"{part} {label} {index}".encode()
        for part in parts
        for label in "ab"
        for index in range(4)
    }
    dataset, split = load_data(
        searched(folder_of(tmp_path, {**files, "train/a/z.txt": b"\xff\xfa\x80", "val/c.txt": b"x"}))
    )
    assert dataset.unreadable == ("train/a/z.txt: is not UTF-8 text",)
    assert [*map(str, dataset.left_out)] == ["texts beside the folders of the classes: 1 (val/c.txt)"]
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


def unknown(texts: list[str], **keys: Any) -> list[tuple[str, bool]]:
    dataset, _ = load_data(searched((texts, ["a", "b"] * (len(texts) // 2)), **keys))
    return [(found.text, found.doubtful) for found in dataset.findings if found.check == "unknown_words"]


def test_words_that_no_text_for_training_has_are_told_of_and_many_are_doubtful() -> None:
    few = unknown([f"{'a ' * (index % 8)}{'b ' * (index // 8)}c" for index in range(40)])
    assert few[0] == ("All words of the validation texts are in texts for training.", False)
    (some, _) = unknown([f"{'a ' * 30}{index}" for index in range(40)])
    rule = "Of the words of the validation texts 3.2% are in no training text, so that no vocabulary has them."
    assert some == (rule, False)
    (validation, test) = unknown([f"word{index}" for index in range(40)])
    assert validation[0].startswith("Of the words of the validation texts 100.0% are in no training text")
    assert test[0].startswith("Of the words of the test texts 100.0%")
    assert validation[1]
    assert test[1]


def test_of_folds_the_test_split_alone_is_told_of() -> None:
    texts = [f"word{index}" for index in range(40)]
    assert [text[:24] for text, _ in unknown(texts, evaluation={"folds": 2})] == ["Of the words of the test"]
    error = {"checks": {"unknown_words": "error"}}
    with pytest.raises(InputError, match=r"checks\.unknown_words"):
        unknown(texts, **error)
    assert unknown([f"{'a ' * (index % 8)}{'b ' * (index // 8)}c" for index in range(40)], **error)  # all are known


def test_made_sentences_are_the_same_each_time() -> None:
    one, labels = made_sentences(300)
    assert (one, labels.tolist()) == (made_sentences(300)[0], made_sentences(300)[1].tolist())
    assert len(set(one)) == 300
    assert len(set(labels)) == 4


def test_arrays_are_no_new_texts(tmp_path: Path) -> None:
    np.savez(tmp_path / "split.npz", x_test=np.zeros((3, 9), np.int32))
    with pytest.raises(InputError, match=r"DATA: is a file of arrays, and new texts are read from tables and folders"):
        labelled_texts(str(tmp_path / "split.npz"), ("a", "b"), searched("sentences"))


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
    "a folder with texts beside splits": (
        lambda at: folder_of(at, {"train/a/1.txt": b"x", "test/a/1.txt": b"y", "more/a/1.txt": b"z"}),
        {},
        "has the folder 'more' with texts beside that of a split, 'test'",
    ),
    "two folders of a split": (
        lambda at: folder_of(at, {"train/a/1.txt": b"x", "val/a/1.txt": b"y", "dev/a/1.txt": b"z"}),
        {},
        "'dev' and 'val' are both a folder for validation",
    ),
    "splits without classes": (
        lambda at: folder_of(at, {"train/1.txt": b"x", "test/1.txt": b"y"}),
        {},
        "needs one of .txt files for each class",
    ),
    "no classes": (lambda at: folder_of(at, {"1.txt": b"x"}), {}, "needs one of .txt files for each class"),
    "too many that are no text": (
        lambda at: folder_of(at, {"a/1.txt": b"\xff\x80", "b/1.txt": b"x"}),
        {},
        "1 of 2 files cannot be read",
    ),
    "a line that is no JSON": (lambda at: lines_of(at, ['{"text": "a"}', "{text"]), {}, "line 2 is no JSON"),
    "a list of all": (
        lambda at: lines_of(at, ["[", "{}", "]"]),
        {},
        "one object a line is needed, not one list of all",
    ),
    "a line that is no object": (lambda at: lines_of(at, [["a", "b"]]), {}, "line 1 must be an object"),
    "a key twice": (lambda at: lines_of(at, ['{"text": "a", "text": "b"}']), {}, "a key is there twice"),
    "a text that is a number": (
        lambda at: lines_of(at, [{"text": 3, "label": "a"}]),
        {},
        "line 1: 'text' must be a string, and is a int",
    ),
    "a label that is a list": (
        lambda at: lines_of(at, [{"text": "a", "label": ["a"]}]),
        {},
        "line 1: 'label' must be a word or number, and is a list",
    ),
    "no lines": (lambda at: lines_of(at, [""]), {}, "has no lines"),
    "no such key": (lambda at: lines_of(at, [{"body": "a", "label": "b"}]), {}, "has no column 'text'"),
    "lines without UTF-8": (lambda at: lines_of(at, b'{"text": "\xff"}'), {}, "is not UTF-8 text"),
    "half a character": (
        lambda at: lines_of(at, ['{"text": "a \\ud800", "label": "b"}']),
        {},
        "line 1 has half of a character",
    ),
    "half a character in memory": (lambda _: (["\ud800", "b"], ["a", "b"]), {}, "x[0]: has half of a character"),
    "nesting without end": (lambda at: lines_of(at, ["[" * 200_000]), {}, "line 1 is no JSON"),
    "Parquet without texts": (
        lambda at: columnar(at, text=[1, 2], label=["a", "b"]),
        {},
        "holds int64, and must hold texts",
    ),
    "Parquet of pictures": (
        lambda at: {**columnar(at, text=["a"], label=["a"]), "image_column": "photo"},
        {},
        "dataset.image_column: is of pictures",
    ),
    "Parquet with an empty text": (
        lambda at: columnar(at, text=["a", None], label=["a", "b"]),
        {},
        "row 2 has no text",
    ),
    "no Parquet": (
        lambda at: folder_of(at, {"a.parquet": b"x"}) | {"source": "parquet"},
        {},
        "cannot be read as Parquet",
    ),
    "JSON lines for pictures": (
        lambda at: lines_of(at, [{}]),
        {"model": "cnn", "space": {"filters": 8}},
        "has texts, and model 'cnn' takes pictures",
    ),
    "numbers": (lambda _: ([1, 2, 3], ["a", "b", "a"]), {}, "x[0]: must be a string"),
    "labels of another length": (lambda _: (["one", "two"], ["a"]), {}, "needs one label for each text"),
    "a source of pictures": (lambda _: "digits", {}, "has no texts, which model 'text_cnn' takes"),
    "texts for pictures": (lambda _: "sentences", {"model": "cnn", "space": {"filters": 8}}, "model 'cnn' takes"),
    "a key of pictures": (lambda at: table(at, rows(), color="grey"), {}, "dataset.color: is of pictures"),
    "an image size": (lambda _: "sentences", {"preprocessing": {"image_size": 8}}, "preprocessing: is of pictures"),
    "augmentation": (lambda _: "sentences", {"space": {"mixup": 0.2}}, "not a parameter of model 'text_cnn'"),
    "a vocabulary of one": (lambda _: "sentences", {"space": {"vocabulary_size": 1}}, "from 100 to 200000"),
    "heads that do not divide the width": (
        lambda _: "sentences",
        {"model": "text_transformer", "space": {"width": 10, "heads": {"choice": [2, 4]}}},
        "space.heads: heads must divide width, and 4 does not divide 10",
    ),
    "sines of an odd width": (
        lambda _: "sentences",
        {"model": "text_transformer", "space": {"width": 9, "heads": 3, "positions": "sine"}},
        "space.width: positions 'sine' need an even width",
    ),
    "more attention than memory": (
        lambda _: "sentences",
        {"model": "text_transformer", "space": {"text_length": 4096, "depth": 48, "batch_size": 512}},
        "space.text_length: to train batches of 512 texts of 4,096 tokens takes at least",
    ),
    "the size of an embedding that a file says": (
        lambda _: "sentences",
        {"space": {"word_vectors": "a.vec", "embedding_size": 32}},
        "space.embedding_size",
    ),
    "vectors of subwords": (
        lambda _: "sentences",
        {"space": {"word_vectors": "a.vec", "tokens": "subwords"}},
        "space.word_vectors",
    ),
    "tuned vectors without any": (lambda _: "sentences", {"space": {"tune_vectors": False}}, "space.tune_vectors"),
    "numbers as a task": (lambda _: "sentences", {"task": "regression"}, "where model 'text_cnn' reads texts"),
    "an ensemble": (lambda _: "sentences", {"final": "ensemble", "finalists": {}}, "is not made of models of texts"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    made, keys, message = WRONG[name]
    with pytest.raises(InputError) as told:
        load_data(searched(made(tmp_path), **keys))
    assert message in str(told.value)


def test_a_vocabulary_that_shows_to_be_small_is_not_refused_as_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsearch.families.text_transformer.problems.free_bytes", lambda: 2**30)
    space = {"vocabulary_size": 200_000, "embedding_size": 2048}
    load_data(searched("sentences", model="text_transformer", space=space))


def test_a_file_of_vectors_must_be_there_for_a_search_and_not_for_who_reads_its_data() -> None:
    given = searched("sentences", space={"word_vectors": "/none.vec"})
    loaded = load_data(given)
    with pytest.raises(InputError, match=r"space.word_vectors: cannot be read: No such file"):
        check_word_vectors(given, *loaded)


SCRIPTS = {
    "latin": "Grüße, naïve ﬁle Ｗｉｄｅ",
    "cyrillic": "Привет, world и мир",
    "arabic": "مرحبا بالعالم 123",
    "hebrew": "שלום עולם",
    "han": "你好世界",
    "kana": "日本語のテキスト",
    "hangul": "안녕하세요",
    "devanagari": "नमस्ते दुनिया",
    "": "123 !? 😀 ーー",
}


def test_the_script_of_a_text_is_that_of_most_of_its_letters() -> None:
    assert {script: script_of(text) for script, text in SCRIPTS.items()} == {script: script for script in SCRIPTS}


def test_short_japanese_texts_without_kana_are_no_others() -> None:
    japanese = [f"これは本{number}です" for number in range(30)] + ["東京都"] * 2
    dataset, _ = load_data(searched((japanese, ["no", "yes"] * 16)))
    assert not [found for found in dataset.findings if found.check == "other_scripts"]
    chinese = [f"你好世界{number}" for number in range(31)] + ["カタカナ"]
    dataset, _ = load_data(searched((chinese, ["no", "yes"] * 16)))
    (finding,) = [found for found in dataset.findings if found.check == "other_scripts"]
    assert "Han 31, Kana 1" in finding.text


def test_texts_in_another_script_are_told_and_may_be_left_out() -> None:
    texts = [f"word {number} here" for number in range(30)] + ["Привет, мир"] * 1 + ["123"]
    labels = ["no", "yes"] * 16
    dataset, _ = load_data(searched((texts, labels)))
    (finding,) = [found for found in dataset.findings if found.check == "other_scripts"]
    assert finding.doubtful
    assert finding.text == (
        "1 of 32 texts is mainly in another script than most are, as x[30] (texts by script: Latin 30, Cyrillic 1): "
        "of a language with few texts little is learnt."
    )
    left, _ = load_data(searched((texts, labels), checks={"other_scripts": "drop"}))
    assert len(left.pictures) == 31
