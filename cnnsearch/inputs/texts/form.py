"""TextForm: how texts become rows of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from cnnsearch.inputs.texts.vectors import NONE

__all__ = ["TextForm"]

_NAMES = ("tokens", "vocabulary_size", "text_length", "word_vectors")
"""Parameters of which it is made."""


class TextForm(NamedTuple):
    """What a config asks of texts, as it asks a size of pictures.

    Attributes:
        tokens: ``words`` or ``subwords``.
        vocabulary_size: most tokens that are known, with those for padding and for all that is not known.
        length: tokens of each text.
        vectors: file of vectors of words, or ``none``.
    """

    tokens: str
    vocabulary_size: int
    length: int
    vectors: str = NONE

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> TextForm | None:
        """Of a filled config; ``None``: it is one of pictures."""
        if not all(name in config for name in _NAMES):
            return None
        form = cls(*(config[name] for name in _NAMES))
        return form if form.tokens == "words" else form._replace(vectors=NONE)

    def __str__(self) -> str:
        vectors = "" if self.vectors == NONE else f", {PurePath(self.vectors).name}"
        return f"{self.length} {self.tokens}, {self.vocabulary_size:,} known{vectors}"
