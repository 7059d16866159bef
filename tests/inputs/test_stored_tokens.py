"""Tokens on disk: the second who asks makes none, and has the same; what differs is another entry."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.cache import told
from cnnsearch.cache.cache import Cache, cached_in
from cnnsearch.cache.entries import Draft, open_entry
from cnnsearch.cache.rows import Rows
from cnnsearch.inputs.texts import stored, texts
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.inputs.texts.tokenizer import Tokenizer

WRITTEN = ("The film wasn't good", "ΟΔΟΣ!", "مرحبا بالعالم", "日本語 hello", "", "never met \ud800", "more of the film")
WORDS = TextForm("words", 200, 4)
TRAIN, ALL = np.array([0, 1, 2, 4, 6]), np.arange(len(WRITTEN))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr(told, "_TOLD", set())
    monkeypatch.setattr(texts, "_trained", Tokenizer.trained)  # another process has trained none
    return Cache(tmp_path / "cache", 10**8)


def made(cache: Cache | None, written: tuple[str, ...] = WRITTEN, train: np.ndarray = TRAIN) -> Texts:
    with cached_in(cache):
        return Texts(tuple(map(_whole, written)), tuple(map(str, range(len(written))))).learnt(train)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def refuses(*_: Any) -> Any:
    raise AssertionError("nothing is to be made")


@pytest.mark.parametrize("form", [WORDS, TextForm("subwords", 100, 6)])
def test_tokens_that_were_kept_are_those_that_would_be_made(
    form: TextForm, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.array([5, 0, 3])
    expected, tokenizer = made(None).read(rows, form), made(None).tokenizer(form)
    first = made(cache)
    assert not first.is_found(form)
    kept = first.at_rest(rows, form)
    assert isinstance(kept, Rows)
    assert (kept.dtype, kept.shape) == (expected.dtype, expected.shape)
    monkeypatch.setattr(Tokenizer, "pieces", refuses)
    monkeypatch.setattr(texts, "_trained", refuses)
    second = pickle.loads(pickle.dumps(made(cache)))
    assert second.is_found(form)
    assert second.tokenizer(form) == tokenizer
    for found in (first, second, pickle.loads(pickle.dumps(second))):
        assert (found.at_rest(rows, form)[:] == expected).all()


def test_vectors_make_no_difference_and_everything_else_does(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    made(cache).at_rest(ALL, WORDS)
    assert made(cache).is_found(WORDS._replace(vectors="a.vec"))
    others = [WORDS._replace(tokens="subwords"), WORDS._replace(vocabulary_size=199), WORDS._replace(length=5)]
    assert not any(made(cache).is_found(other) for other in others)
    assert not made(cache, train=TRAIN[::-1]).is_found(WORDS)
    assert not made(cache, train=TRAIN[:-1]).is_found(WORDS)
    assert not made(cache, (*WRITTEN, "one more")).is_found(WORDS)
    assert not made(cache, WRITTEN[::-1], len(WRITTEN) - 1 - TRAIN).is_found(WORDS)
    for name, value in (("version", lambda _: "0.0"), ("Tokenizer", _OtherLetters)):
        with monkeypatch.context() as changed:
            changed.setattr(stored, name, value)
            assert not made(cache).is_found(WORDS)
    assert made(cache).is_found(WORDS)


class _OtherLetters(Tokenizer):
    """As one that divides texts in another way."""

    @classmethod
    def recipe(cls, form: TextForm) -> str:
        return super().recipe(form).replace("NFC", "NFKC")


def test_an_entry_says_what_it_is(cache: Cache) -> None:
    made(cache).at_rest(ALL, WORDS)
    (kept,) = cache.entries("tokens")
    entry = open_entry(cache, kept.folder)
    assert entry is not None
    assert entry.about["name"] == "7 texts, 4 words, 200 known"


def _torn(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Cache:  # noqa: ARG001
    made(cache).at_rest(ALL, WORDS)
    (kept,) = cache.entries("tokens")
    with open(kept.folder / "tokenizer.npy", "r+b") as file:
        file.seek(-20, os.SEEK_END)
        file.write(b"x")
    return cache


def _full(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Cache:  # noqa: ARG001
    return Cache(cache.root, 100)


def _ends_while_it_is_written(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Cache:
    def write(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Draft, "write", write)
    return cache


def _not_to_be_written(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Cache:  # noqa: ARG001
    cache.root.mkdir()
    (cache.root / "tokens").write_text("a file")
    return cache


@pytest.mark.parametrize(
    ("breaks", "trouble", "is_kept"),
    [
        (_torn, "an entry was damaged, and is made again", True),
        (_full, "the bound is 0.0 MB (resources.cache_gb)", False),
        (_ends_while_it_is_written, "cannot be written (no space left on device)", False),
        (_not_to_be_written, "cannot be written (", False),
    ],
)
def test_a_cache_that_is_of_no_use_costs_time_only(
    breaks: Callable[[Cache, pytest.MonkeyPatch], Cache],
    trouble: str,
    is_kept: bool,
    cache: Cache,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = breaks(cache, monkeypatch)
    with caplog.at_level(logging.WARNING):
        found = made(broken)
        parts = [found.at_rest(part, WORDS) for part in (TRAIN, ALL)]
    for part, rows in zip(parts, (TRAIN, ALL), strict=True):
        assert isinstance(part, Rows) == is_kept
        assert (part[:] == made(None).read(rows, WORDS)).all()
    (told_of,) = [record.message for record in caplog.records]
    assert trouble in told_of
    assert told_of.endswith("this costs time, and changes no result")
