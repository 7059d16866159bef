"""Texts before preprocessing, in the place that pictures have in a data set."""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.tokenizer import UNKNOWN, Tokenizer
from cnnsearch.inputs.texts.vectors import NONE, read_vectors

__all__ = ["SHOWN", "Texts", "is_unicode", "unknown_share"]

_NUMBERS: np.dtype[Any] = np.dtype(np.int32)

SHOWN = 300
"""Characters of a text that are shown."""

_PERCENTILES = (50, 95, 100)
"""Of the lengths that are told."""


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts in memory, read as tokens by a vocabulary that is learnt from those of the training split.

    What pictures alone have, as channels and sizes, is empty.

    Args:
        texts: as they were given.
        names: what messages call each.
        learnt_from: the texts of the training split; ``None``: not divided yet.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    learnt_from: tuple[str, ...] | None = None

    shape = None
    at_hand = None
    channels = 0
    dtype = _NUMBERS
    altered: tuple[str, ...] = ()

    @property
    def decoder(self) -> str:
        return f"tokenizers {version('tokenizers')}"

    @property
    def sizes(self) -> np.ndarray:
        """``(n, 2)``: one line, and its characters."""
        return np.array([(1, len(text)) for text in self.texts], np.int64).reshape(-1, 2)

    @functools.cached_property
    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for text in self.texts:
            content = text.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "little") + content)
        return digest.hexdigest()

    @functools.cached_property
    def digests(self) -> tuple[bytes, ...]:
        """Equal where two are the same text but for upper case, spaces, and the form of accented letters."""
        return tuple(hashlib.sha256(_folded(text).encode("utf-8", "surrogatepass")).digest() for text in self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def name(self, index: int) -> str:
        return self.names[index]

    def shortened(self, index: int) -> str:
        """A text as one line, the end of a long one left out."""
        line = " ".join(self.texts[index].split())
        return line if len(line) <= SHOWN else f"{line[:SHOWN]} ..."

    def marked(self, index: int, form: TextForm, values: Sequence[float]) -> list[tuple[str, float | None]]:
        """A text in pieces, as of :meth:`shortened`, with the value of each that is a token of a form.

        Args:
            index: of the text.
            form: by which it was read.
            values: of its tokens, one after the other.
        """
        text, end = self.texts[index], 0
        pieces: list[tuple[str, float | None]] = []
        for (first, last), value in zip(self.tokenizer(form).spans(text), values, strict=False):
            # Of a letter that becomes two, as a capital I with a dot, both tokens stand for the same part.
            pieces += [(text[end:first], None), (text[max(first, end) : last], value)]
            end = max(end, last)
        return _begun([*pieces, (text[end:], None)])

    def take(self, indices: np.ndarray) -> Texts:
        rows = indices.tolist()
        return replace(self, texts=tuple(self.texts[row] for row in rows), names=tuple(self.names[row] for row in rows))

    def learnt(self, train: np.ndarray) -> Texts:
        """The same, with a vocabulary of the texts of ``train`` alone."""
        return replace(self, learnt_from=tuple(self.texts[row] for row in train.tolist()))

    def tokenizer(self, form: TextForm) -> Tokenizer:
        """What makes tokens of them; the last ones are kept."""
        if self.learnt_from is None:
            raise ValueError("a vocabulary is learnt from the training split, and there is none yet")
        return _trained(self.learnt_from, form._replace(vectors=NONE))

    def vectors(self, form: TextForm) -> np.ndarray | None:
        """Of each token ``(tokens, size)``, NaN where the file has none; ``None`` where none is asked for.

        Raises:
            InputError: the file cannot be used.
        """
        return None if form.vectors == NONE else read_vectors(form.vectors, self.tokenizer(form).vocabulary)

    def read(self, indices: np.ndarray, size: Any = None) -> np.ndarray:
        """``(n, length)`` int32 numbers of tokens; ``size`` is a :class:`~cnnsearch.inputs.texts.form.TextForm`."""
        return self.tokenizer(size).numbers([self.texts[row] for row in indices.tolist()])

    def at_rest(self, indices: np.ndarray, size: Any = None) -> np.ndarray:
        return self.read(indices, size)

    def values(self, indices: np.ndarray) -> ValueRange:  # noqa: ARG002 - those of pictures follow from the pixels
        return ValueRange(str(_NUMBERS), None, None, None)

    @property
    def resizing(self) -> Resizing:
        """None: they have no sides."""
        return "stretch"

    def kept_traits(self) -> None:
        return None

    def described(self) -> dict[str, Any]:
        """What the record says of them: characters of a text, by percentiles."""
        lengths = self.sizes[:, 1]
        told = {str(part): float(np.percentile(lengths, part)) for part in _PERCENTILES}
        return {"inputs": "texts", "characters": told}


def unknown_share(numbers: np.ndarray) -> float:
    """Share of the tokens of some texts, ``(n, length)``, that the vocabulary does not know."""
    known = int((numbers > 0).sum())
    return float((numbers == UNKNOWN).sum() / known) if known else 0.0


def is_unicode(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON and Python's strings may hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _begun(pieces: Sequence[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    """As one line, and no more than is shown of a text."""
    found: list[tuple[str, float | None]] = []
    left = SHOWN
    for piece, value in pieces:
        line = " ".join(f"|{piece}|".split())[1:-1]
        if len(line) > left:
            return [*found, (f"{line[:left].rstrip()} ...", value if left else None)]
        found += [(line, value)] if line else []
        left -= len(line)
    return found


@functools.lru_cache(maxsize=4)
def _trained(texts: tuple[str, ...], form: TextForm) -> Tokenizer:
    return Tokenizer.trained(texts, form)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
