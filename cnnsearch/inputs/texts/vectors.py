"""Word vectors of files: GloVe text, word2vec text and binary, fastText ``.vec``; of them the rows of a vocabulary."""

from __future__ import annotations

import mmap
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnsearch.errors import InputError, Problem

__all__ = ["NONE", "check_vectors", "read_vectors"]

NONE = "none"
"""Stands for no file."""

_WHERE = "space.word_vectors"
_MOST = 4096
"""Numbers a vector, as of an embedding."""

_FOUR = np.dtype("<f4")
"""Of the binary form."""


def read_vectors(path: str, words: Sequence[str]) -> np.ndarray:
    """The vectors of some words, ``(words, size)`` float32; NaN where the file has none.

    A word is found as it is written, else by the first of the file that is the same but for upper case and the form of
    accented letters.

    Args:
        path: of the file, whatever its size: it is gone through once.
        words: as a vocabulary has them, in lower case.

    Raises:
        InputError: it is no such file, is cut off, or has a vector of another size or with what is no number.
    """
    places = {word: place for place, word in enumerate(words)}
    found: np.ndarray | None = None
    exact: set[int] = set()
    for word, vector in _vectors(path, places):
        place = places[_folded(word)]
        if found is None:
            found = np.full((len(words), len(vector)), np.nan, np.float32)
        is_exact = word == words[place]
        if np.isnan(found[place, 0]) or (is_exact and place not in exact):
            found[place] = vector
            exact |= {place} if is_exact else set()
    if found is None:
        raise _refused(path, "has a vector for none of the words of the texts for training")
    return found


def check_vectors(path: str) -> None:
    """Whether a file begins as one of word vectors does.

    Raises:
        InputError: it does not, or is not there.
    """
    next(_vectors(path, None), None)


def _vectors(path: str, places: dict[str, int] | None) -> Iterator[tuple[str, np.ndarray]]:
    """Words and their vectors, of those that ``places`` has; ``None``: of all."""
    try:
        with Path(path).open("rb") as file:
            first = file.readline(2**20)
            told = first.split()
            if len(told) == 2 and all(each.isdigit() for each in told):
                count, size = map(int, told)
            else:
                count, size = 0, len(first.split()) - 1
                file.seek(0)
            if not (count or told) or not 0 < size <= _MOST:
                raise _refused(path, "is no file of word vectors: a line must be a word and its numbers")
            begin = file.tell()
            if count and not _is_text(file.readline(2**20), size):
                yield from _of_binary(path, file, begin, (count, size), places)
                return
            file.seek(begin)
            yield from _of_lines(path, file, size, places, 1 + bool(count))
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}") from None


def _of_lines(
    path: str, file: BinaryIO, size: int, places: dict[str, int] | None, first: int
) -> Iterator[tuple[str, np.ndarray]]:
    for number, line in enumerate(file, first):
        word = _word(line.split(b" ", 1)[0])
        if places is not None and _folded(word) not in places:
            continue
        fields = line.rstrip().rsplit(b" ", size)
        if len(fields) <= size:
            raise _refused(path, f"line {number} has {len(fields) - 1} numbers, and others have {size}")
        if b" " in fields[0]:
            continue  # several words, as some files have them
        yield word, _numbers(path, f"line {number}", fields[1:])


def _of_binary(
    path: str, file: BinaryIO, at: int, sizes: tuple[int, int], places: dict[str, int] | None
) -> Iterator[tuple[str, np.ndarray]]:
    """As word2vec writes it: a word, a space, and the numbers as they are in memory."""
    count, size = sizes
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for number in range(count):
            end = content.find(b" ", at)
            at, begin = end + 1 + _FOUR.itemsize * size, at
            if end < 0 or at > len(content):
                raise _refused(path, f"ends after {number:,} of {count:,} vectors")
            word = _word(content[begin:end].lstrip(b"\n"))
            if places is None or _folded(word) in places:
                vector = np.frombuffer(content[end + 1 : at], _FOUR).astype(np.float32)
                if not np.isfinite(vector).all():
                    raise _refused(path, f"the vector of '{word}' has what is no number")
                yield word, vector


def _is_text(line: bytes, size: int) -> bool:
    fields = line.rstrip().rsplit(b" ", size)
    try:
        return len(fields) == size + 1 and all(map(float, fields[1:])) is not None
    except ValueError:
        return False


def _numbers(path: str, where: str, fields: Sequence[bytes]) -> np.ndarray:
    try:
        vector = np.array(fields).astype(np.float32)
    except ValueError:
        raise _refused(path, f"{where} is no word with its numbers") from None
    if not np.isfinite(vector).all():
        raise _refused(path, f"{where} has what is no number")
    return vector


def _word(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _folded(word: str) -> str:
    """As the tokenizer makes words of texts."""
    return word.lower() if word.isascii() else unicodedata.normalize("NFC", word).lower().replace("ς", "σ")


def _refused(path: str, rule: str) -> InputError:
    packed = "; unpack it first" if path.endswith((".gz", ".zip", ".bz2", ".xz")) else ""
    return InputError(Problem(_WHERE, f"{rule}{packed}", path))
