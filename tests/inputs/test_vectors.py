"""Word vectors of files in every form, and what is wrong with such files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.inputs.texts.vectors import check_vectors, read_vectors

VECTORS = {"The": (1.0, 2.0, 3.0), "good": (0.5, -1.0, 0.25), "the": (4.0, 5.0, 6.0), "ОДИН": (7.0, 8.0, 9.0)}
WORDS = ["[PAD]", "[UNK]", "the", "good", "один", "missing"]


def lines() -> str:
    return "".join(f"{word} {' '.join(map(str, vector))}\n" for word, vector in VECTORS.items())


def binary(vectors: dict[str, tuple[float, ...]] = VECTORS, end: bytes = b"") -> bytes:
    rows = b"".join(f"{word} ".encode() + np.array(vector, "<f4").tobytes() + end for word, vector in vectors.items())
    return f"{len(vectors)} 3\n".encode() + rows


FORMS = {
    "GloVe": lines().encode(),
    "word2vec text, fastText": f"4 3\n{lines()}".encode(),
    "with a space behind some lines, as fastText writes": f"4 3\n{lines()}".replace(".0\n", ".0 \n").encode(),
    "word2vec binary": binary(),
    "word2vec binary with ends of lines": binary(end=b"\n"),
    "several words in one entry": f"{lines()}the end 1 1 1\n".encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_rows_of_the_vocabulary_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(FORMS[name])
    check_vectors(str(path))
    found = read_vectors(str(path), WORDS)
    assert found.shape == (6, 3)
    assert found[2:5].tolist() == [list(VECTORS["the"]), list(VECTORS["good"]), list(VECTORS["ОДИН"])]
    assert np.isnan(found[[0, 1, 5]]).all()


WRONG = {
    "nothing": (b"", "is no file of word vectors"),
    "one word": (b"word\n", "is no file of word vectors"),
    "words alone": (b"the quick brown fox\n", "line 1 is no word with its numbers"),
    "another size": (b"a 1 2 3\nthe 1 2\n", "line 2 has 2 numbers, and others have 3"),
    "no number": (b"a 1 2 3\nthe 1 x 3\n", "line 2 is no word with its numbers"),
    "infinity": (b"a 1 2 3\nthe 1 inf 3\n", "line 2 has what is no number"),
    "cut off": (binary()[:-3], "ends after 3 of 4 vectors"),
    "binary without a number": (binary({"the": (1.0, np.nan, 0.0)}), "the vector of 'the' has what is no number"),
    "of another language": (b"eins 1 2\nzwei 3 4\n", "has a vector for none of the words"),
    "zeros": (b"\0" * 50, "is no file of word vectors"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_file_is_said(name: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(WRONG[name][0])
    with pytest.raises(InputError) as told:
        read_vectors(str(path), WORDS)
    assert str(told.value).startswith("space.word_vectors: ")
    assert WRONG[name][1] in str(told.value)


def test_a_packed_file_is_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(InputError, match="unpack it first"):
        check_vectors(str(tmp_path / "a.gz"))
    with pytest.raises(InputError, match="No such file"):
        check_vectors(str(tmp_path / "b.gz"))


def test_subwords_have_none(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(FORMS["GloVe"])
    config = {"vocabulary_size": 100, "text_length": 4, "word_vectors": str(path)}
    texts = Texts(("the good",), ("a",)).learnt(np.arange(1))
    words, subwords = (TextForm.of({**config, "tokens": tokens}) for tokens in ("words", "subwords"))
    assert words is not None
    assert subwords is not None
    assert texts.vectors(subwords) is None
    found = texts.vectors(words)
    assert found is not None
    assert np.isnan(found[:, 0]).tolist() == [True, True, False, False]
    assert str(words).endswith("100 known, vectors")
