"""Tokens in the cache of the machine: those of all texts of a data set, beside the tokenizer that made them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft, Entry, open_entry
from cnnsearch.cache.rows import Mapped
from cnnsearch.cache.told import tell_unwritable
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.tokenizer import NUMBERS, Tokenizer

__all__ = ["StoredTokens", "digest_of", "found_tokens", "stored_tokens", "tokens_key"]

_KIND = "tokens"
_NUMBERS, _TOKENIZER = "tokens", "tokenizer"


@dataclass(frozen=True, eq=False)
class StoredTokens:
    """An entry, held as long as this is.

    Attributes:
        tokenizer: that made the numbers.
        numbers: ``(n, length)`` int32 of all texts.
    """

    tokenizer: Tokenizer
    numbers: Mapped


def digest_of(texts: Iterable[str]) -> str:
    """The sha256 of texts in their order; they may hold halves of characters."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


def tokens_key(form: TextForm, texts: str, learnt_from: str) -> str:
    """The key of everything that tokens depend on.

    Args:
        form: kind, most tokens of the vocabulary, and length; vectors make no difference.
        texts, learnt_from: :func:`digest_of` all texts, and of those that the vocabulary is learnt from.
    """
    library = version("tokenizers"), Tokenizer.recipe(form)
    parts = [*library, form.tokens, form.vocabulary_size, form.length, texts, learnt_from]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def found_tokens(cache: Cache, key: str) -> StoredTokens | None:
    """Those that were kept; ``None`` where there are none."""
    return _opened(open_entry(cache, cache.root / _KIND / key))


def stored_tokens(
    cache: Cache, key: str, form: TextForm, tokenizer: Tokenizer, texts: tuple[str, ...]
) -> StoredTokens | None:
    """Make tokens of all texts and keep them; ``None`` where nothing can be kept, which is told."""
    content = np.frombuffer(tokenizer.content.encode(), np.uint8)[np.newaxis]
    arrays = {_NUMBERS: ((len(texts), form.length), NUMBERS), _TOKENIZER: (content.shape, content.dtype)}
    draft = None
    try:
        draft = Draft.begun(cache, _KIND, arrays)
        if draft is None:
            return None
        draft.write(_TOKENIZER, 0, content)
        for at, numbers in tokenizer.pieces(texts):
            draft.write(_NUMBERS, at, numbers)
        return _opened(draft.keep(key, {"name": f"{len(texts):,} texts, {form}"}))
    except OSError as error:
        if draft is not None:
            draft.drop()
        tell_unwritable(cache.root, error)
        return None


def _opened(entry: Entry | None) -> StoredTokens | None:
    if entry is None or not all(name in entry.arrays and entry.arrays[name].is_here for name in (_NUMBERS, _TOKENIZER)):
        return None
    content = entry.arrays[_TOKENIZER].array.tobytes().decode()
    return StoredTokens(Tokenizer(content), entry.arrays[_NUMBERS])
