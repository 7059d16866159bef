"""Texts before preprocessing, in the place that pictures have in a data set."""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from cnnsearch.cache.cache import Cache, current_cache
from cnnsearch.cache.rows import Rows
from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.stored import StoredTokens, digest_of, found_tokens, stored_tokens, tokens_key
from cnnsearch.inputs.texts.tokenizer import NUMBERS, UNKNOWN, Tokenizer
from cnnsearch.inputs.texts.vectors import NONE, read_vectors

__all__ = ["SHOWN", "Texts", "is_unicode", "unknown_share"]

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
        cache: of this machine, where tokens are kept; ``None`` for nowhere.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    learnt_from: tuple[str, ...] | None = None
    cache: Cache | None = field(default_factory=current_cache)

    shape = None
    at_hand = None
    channels = 0
    dtype = NUMBERS
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
        return digest_of(self.texts)

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
        found = self._found(form)
        return _trained(self.learnt_from, form._replace(vectors=NONE)) if found is None else found.tokenizer

    def is_found(self, form: TextForm) -> bool:
        """Whether the cache has their tokens."""
        return self._found(form) is not None

    def vectors(self, form: TextForm) -> np.ndarray | None:
        """Of each token ``(tokens, size)``, NaN where the file has none; ``None`` where none is asked for.

        Raises:
            InputError: the file cannot be used.
        """
        return None if form.vectors == NONE else read_vectors(form.vectors, self.tokenizer(form).vocabulary)

    def read(self, indices: np.ndarray, size: Any = None) -> np.ndarray:
        """``(n, length)`` int32 numbers of tokens; ``size`` is a :class:`~cnnsearch.inputs.texts.form.TextForm`."""
        return self.tokenizer(size).numbers([self.texts[row] for row in indices.tolist()])

    def at_rest(self, indices: np.ndarray, size: Any = None) -> np.ndarray | Rows:
        """The same, mapped from the cache where it has them, or has room for those of all texts."""
        found = self._found(size) or self._stored(size)
        return self.read(indices, size) if found is None else Rows(found.numbers, indices)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_tokens"}

    @functools.cached_property
    def _tokens(self) -> dict[str, StoredTokens | None]:
        """Those that were found or kept, by their keys; ``None`` where that was of no avail."""
        return {}

    @functools.cached_property
    def _learnt_digest(self) -> str:
        return digest_of(self.learnt_from or ())

    def _key(self, form: TextForm) -> str:
        return tokens_key(form, self.fingerprint, self._learnt_digest)

    def _found(self, form: TextForm) -> StoredTokens | None:
        if self.cache is None:
            return None
        key = self._key(form)
        if key not in self._tokens and (found := found_tokens(self.cache, key)) is not None:
            self._tokens[key] = found
        return self._tokens.get(key)

    def _stored(self, form: TextForm) -> StoredTokens | None:
        if self.cache is None:
            return None
        key = self._key(form)
        if key not in self._tokens:
            self._tokens[key] = stored_tokens(self.cache, key, form, self.tokenizer(form), self.texts)
        return self._tokens[key]

    def values(self, indices: np.ndarray) -> ValueRange:  # noqa: ARG002 - those of pictures follow from the pixels
        return ValueRange(str(NUMBERS), None, None, None)

    @property
    def resizing(self) -> Resizing:
        """None: they have no sides."""
        return "stretch"

    def kept_traits(self) -> None:
        return None

    def described(self) -> dict[str, Any]:
        """What the record says of them: characters of a text, by percentiles, and how they become tokens."""
        lengths = self.sizes[:, 1]
        told = {str(part): float(np.percentile(lengths, part)) for part in _PERCENTILES}
        return {"inputs": "texts", "characters": told, "division": Tokenizer.division()}


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
