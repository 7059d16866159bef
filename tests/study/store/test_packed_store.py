"""What is read of a packed study may be read again and again, and nothing can be written to it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import write_study

import cnnsearch
from cnnsearch.errors import InputError
from cnnsearch.serving.held_out import read_test
from cnnsearch.study import Study
from cnnsearch.study.folder.packed import pack
from cnnsearch.study.hold import hold_study, life_of
from cnnsearch.study.store import PackedStore, Store

READS = {
    "location", "source", "name", "folder", "at", "read", "appended", "close", "entries", "entry", "folders", "as_file",
    "strangers", "clear_leftovers", "exists", "size", "read_json", "is_study",
}  # fmt: skip

WRITES: dict[str, Callable[[Any], object]] = {
    "write": lambda store: store.write("a", "x"),
    "append": lambda store: store.append("trials.jsonl", ["{}"]),
    "move": lambda store: store.move("trials.jsonl", "a"),
    "delete": lambda store: store.delete(""),
    "new_file": lambda store: store.new_file("a").__enter__(),
    "appendable": lambda store: store.appendable("optuna.journal"),
    "write_json": lambda store: store.write_json("a", {}),
    "remake": lambda store: store.remake("a", ""),
    "remake_json": lambda store: store.remake_json("a", {}),
    "check_writable": lambda store: store.check_writable(),
}

REFUSED = r"is packed into one file, which can only be read: unpack it \(python -m zipfile -e .*a\.zip \.\)"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("packed")
    return Study.load(pack(write_study(folder / "a", trials=3).store, folder / "a.zip"))


def test_every_method_of_a_store_reads_or_writes() -> None:
    methods = {name for name, _ in inspect.getmembers(Store) if not name.startswith("_")} - {"fence"}
    assert methods == READS | set(WRITES)


@pytest.mark.parametrize("method", WRITES)
def test_what_writes_is_refused(packed: Study, method: str) -> None:
    before = {path: path.read_bytes() for path in packed.path.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=REFUSED):
        WRITES[method](packed.store)
    assert {path: path.read_bytes() for path in packed.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "use",
    [
        lambda study: cnnsearch.resume(study),
        lambda study: cnnsearch.resume(study.source, trials=99),
        lambda study: cnnsearch.resume(study.store, dataset=(1, 2)),
        lambda study: read_test(study, None, None, by="me"),
        lambda study: hold_study(study.store),
    ],
)
def test_functions_refuse_it_before_any_work(packed: Study, use: Callable[[Study], object]) -> None:
    with pytest.raises(InputError, match=REFUSED):
        use(packed)


def test_it_can_be_loaded_again_from_its_store(packed: Study) -> None:
    again = Study.load(packed.store)
    assert isinstance(again.store, PackedStore)
    assert (again.source, again.is_packed, again.records) == (packed.source, True, packed.records)
    assert life_of(again.store).state == "none"
    assert Path(again.report_path).name == "a.html"
