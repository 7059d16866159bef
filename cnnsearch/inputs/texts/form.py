"""TextForm: how texts become rows of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnsearch.inputs.texts.spec import PREPROCESSING

__all__ = ["TextForm"]


class TextForm(NamedTuple):
    """What a config asks of texts, as it asks a size of pictures.

    Attributes:
        tokens: ``words`` or ``subwords``.
        vocabulary_size: most tokens that are known, with those for padding and for all that is not known.
        length: tokens of each text.
    """

    tokens: str
    vocabulary_size: int
    length: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> TextForm | None:
        """Of a filled config; ``None``: it is one of pictures."""
        return cls(*(config[name] for name in PREPROCESSING)) if all(name in config for name in PREPROCESSING) else None

    def __str__(self) -> str:
        return f"{self.length} {self.tokens}, {self.vocabulary_size:,} known"
