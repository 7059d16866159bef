"""The vocabulary of a trial of texts: what is told of it, and the vectors with which its embedding begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels
from cnnsearch.inputs.texts.texts import unknown_share
from cnnsearch.inputs.texts.tokenizer import PADDING, UNKNOWN
from cnnsearch.networks.embedding import EMBEDDING

if TYPE_CHECKING:
    import keras

__all__ = ["Vocabulary", "begin_with_vectors"]

_MUCH = 0.1
"""Share of unknown tokens from which on a network misses what texts say."""

_CUT = 0.5
"""Share of texts without an end from which on a network reads beginnings."""

_FEW = 0.5
"""Share of words with a vector below which most of them begin at random."""


@dataclass(frozen=True)
class Vocabulary:
    """What is told of one.

    Attributes:
        tokens: how many it has, with those for padding and for all others.
        unknown: share of the tokens of the validation texts that it does not know.
        length: tokens that are read of a text.
        full: share of the validation texts that have as many tokens, or more, whose ends are not read then.
        with_vectors: share of its words that a file has vectors of; ``None``: none is asked for.
        vector_size: numbers of each of these vectors.
    """

    tokens: int
    unknown: float
    length: int = 0
    full: float = 0.0
    with_vectors: float | None = None
    vector_size: int = 0

    @classmethod
    def of(cls, pixels: Pixels, fold: Fold | None) -> Vocabulary | None:
        """That of a trial's data; ``None`` of pictures."""
        if pixels.tokenizer is None:
            return None
        judged = pixels.x_validation if fold is None else pixels.x_train[fold.validation]
        numbers = in_memory(judged)
        full = float((numbers[:, -1] != PADDING).mean()) if len(numbers) else 0.0
        told = cls(pixels.tokenizer.size, unknown_share(numbers), numbers.shape[1], full)
        if pixels.vectors is None:
            return told
        return replace(told, with_vectors=_share(pixels.vectors), vector_size=pixels.vectors.shape[1])

    @property
    def cost(self) -> dict[str, float]:
        """As a trial's line records it."""
        told = {"tokens": float(self.tokens), "unknown_tokens": self.unknown}
        if self.with_vectors is None:
            return told
        return {**told, "with_vectors": self.with_vectors, "vector_size": float(self.vector_size)}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should be told."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if self.unknown >= _MUCH:  # in steps of ten per cent, so that trials of like vocabularies are told together
            yield (
                f"{int(10 * self.unknown) * 10}% or more of the tokens of the validation texts are not in its "
                "vocabulary: a larger vocabulary_size, or subwords (tokens), know more of them"
            )
        if self.full >= _CUT:
            yield (
                f"half of the validation texts or more have {self.length} token{'s' * (self.length > 1)} or more, and "
                "nothing behind these is read: a larger text_length reads on"
            )
        if self.with_vectors is not None and self.with_vectors < _FEW:
            yield "the file of word_vectors has fewer than half of the words of its vocabulary: is it of this language?"


def begin_with_vectors(model: keras.Model, vectors: np.ndarray | None) -> None:
    """Let an embedding begin with the vectors that are known; of other tokens it stays as it was drawn."""
    if vectors is None:
        return
    embeddings = model.get_layer(EMBEDDING).embeddings
    embeddings.assign(np.where(np.isnan(vectors), np.asarray(embeddings), vectors))


def _share(vectors: np.ndarray) -> float:
    words = vectors[UNKNOWN + 1 :, 0]
    return float(1 - np.isnan(words).mean()) if len(words) else 0.0
