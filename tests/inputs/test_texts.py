"""Texts as numbers of tokens: whatever the script, and the same for the same training texts."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.inputs.texts import tokenizer as module
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts, unknown_share
from cnnsearch.inputs.texts.tokenizer import UNKNOWN, Tokenizer
from cnnsearch.inputs.words import said_of

TEXTS = ("The film wasn't good, ΟΔΟΣ!", "مرحبا بالعالم", "שלום עולם", "日本語 hello", "नमस्ते दुनिया", "", "می‌خواهم")
KINDS = ("words", "subwords")


def tokenizer(kind: str = "words", vocabulary: int = 200, length: int = 8) -> Tokenizer:
    return Tokenizer.trained(TEXTS, TextForm(kind, vocabulary, length))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_texts_give_the_same_vocabulary(kind: str) -> None:
    assert tokenizer(kind) == tokenizer(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_training_text_is_known(kind: str) -> None:
    numbers = tokenizer(kind, length=40).numbers(TEXTS)
    assert numbers.shape == (len(TEXTS), 40)
    assert unknown_share(numbers) == 0
    assert not numbers[5].any()


def test_words_keep_marks_joiners_and_apostrophes_and_lose_punctuation() -> None:
    told = [[word for _, word in tokenizer().words(text)] for text in TEXTS]
    assert told[0] == ["The", "film", "wasn't", "good", "ΟΔΟΣ"]
    assert [len(each) for each in told[1:]] == [2, 2, 4, 2, 0, 1]


def test_emoji_are_words() -> None:
    made = Tokenizer.trained(["so 😡 bad", "so 😀👍🏽 good ❤️"], TextForm("words", 100, 8))
    told = [word for _, word in made.words("So 😀👍🏽 GOOD ❤️!")]
    assert (told[:2], told[-1].strip("\ufe0f")) == (["So", "😀"], "❤")
    angry, glad = made.numbers(["so 😡", "so 😀"])
    assert UNKNOWN not in (*angry, *glad)
    assert angry[1] != glad[1]


def test_how_texts_are_divided_is_told_by_what_becomes_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    made, before = [Tokenizer.trained(TEXTS, TextForm(kind, 100, 8)) for kind in KINDS], Tokenizer.division()
    assert all(each.divides_as_today for each in made)
    monkeypatch.setattr(module, "_WORD", module._WORD.replace(r"\p{So}", ""))  # emoji are dropped
    Tokenizer.division.cache_clear()
    assert Tokenizer.division() != before
    assert not any(each.divides_as_today for each in made)
    monkeypatch.undo()
    Tokenizer.division.cache_clear()
    assert Tokenizer.division() == before


def test_case_and_the_forms_of_a_letter_make_no_difference() -> None:
    made = Tokenizer.trained(["e\u0301tude ὁδός"], TextForm("words", 100, 2))
    (first, second) = made.numbers(["e\u0301tude ὁδός", "\u00c9TUDE ὉΔΌΣ"])
    assert (first == second).all()
    assert UNKNOWN not in first


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_its_own_tokens_are_words_in_texts(kind: str) -> None:
    made = Tokenizer.trained(["pad [pad] unk [unk]"], TextForm(kind, 100, 12))
    (first, second) = made.numbers(["pad [PAD] unk [UNK]", "pad [pad] unk [unk]"])
    assert (first == second).all()
    assert UNKNOWN not in first


def test_rare_words_and_ends_are_cut() -> None:
    made = Tokenizer.trained(["a a a b b c"], TextForm("words", 4, 3))
    assert made.size == 4
    assert made.numbers(["c b a a a"]).tolist() == [[UNKNOWN, 3, 2]]


@given(st.lists(st.text(), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_any_text_gives_numbers_that_are_known(texts: list[str]) -> None:
    for kind in KINDS:
        made = tokenizer(kind)
        numbers = made.numbers([text.encode("utf-8", "replace").decode() for text in texts])
        assert numbers.min() >= 0
        assert numbers.max() < made.size


def test_what_is_not_known_is_counted_over_whole_texts() -> None:
    made = Tokenizer.trained(["a b"], TextForm("words", 100, 1))
    assert made.unknown_share(["a b c", "d"]) == 0.5
    assert made.unknown_share([""]) == 0
    assert made.length == 1


def test_a_tokenizer_travels() -> None:
    made = tokenizer()
    assert (pickle.loads(pickle.dumps(made)).numbers(TEXTS) == made.numbers(TEXTS)).all()


def test_the_vocabulary_is_of_the_training_split_alone() -> None:
    texts = Texts(("seen here", "never met"), ("0", "1"))
    found = texts.learnt(np.array([0])).read(np.arange(2), TextForm("words", 100, 2))
    assert unknown_share(found[:1]) == 0
    assert unknown_share(found[1:]) == 1


def test_sentences_of_pictures_are_said_of_texts() -> None:
    said = "5 of 10 pictures are of 'picture', as picture.txt: such a picture"
    assert said_of("texts", said) == "5 of 10 texts are of 'picture', as picture.txt: such a text"
    assert said_of("pictures", said) == said


def test_a_text_in_pieces_says_what_its_tokens_are_worth() -> None:
    texts = ("Good,  film\nof  2024!", "x " * 400)
    found = Texts(texts, ("a", "b")).learnt(np.arange(2))
    form = TextForm("words", 100, 3)
    assert found.marked(0, form, [0.5, -0.25, 0.0]) == [
        ("Good", 0.5),
        (", ", None),
        ("film", -0.25),
        (" ", None),
        ("of", 0.0),
        (" 2024!", None),
    ]
    assert found.marked(1, form, [1.0, 1.0, 1.0])[-1][0].endswith("x ...")
    assert len("".join(piece for piece, _ in found.marked(1, form, [1.0, 1.0, 1.0]))) < 320


@pytest.mark.parametrize("text", ["a" * 5000, "." * 5000, "a " + "- " * 5000, "a" * 300 + " b", "İİ İstanbul İİ"])
def test_whatever_a_text_is_made_of_its_pieces_are_its_beginning(text: str) -> None:
    found = Texts((text,), ("a",)).learnt(np.arange(1))
    for tokens in ("words", "subwords"):
        pieces = found.marked(0, TextForm(tokens, 100, 50), [0.5] * 50)
        shown = "".join(piece for piece, _ in pieces).split()
        assert shown == (text if len(text) < 300 else f"{text[:300]} ...").split()


def test_tokens_that_are_shown_begin_within_the_first_characters() -> None:
    made = Texts(("one three fourteen xx",), ("a",)).learnt(np.arange(1)).tokenizer(TextForm("words", 100, 6))
    numbers = made.numbers(["three fourteen one xx", "", "xx none one three fourteen"])
    found = made.beginning(numbers, 6)
    assert found.sum(axis=1).tolist() == [2, 0, 3]
    assert (found[:, :-1] >= found[:, 1:]).all()
