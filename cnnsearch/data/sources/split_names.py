"""The names that people give to the splits of their data: of folders, of arrays, in a column of a table."""

from __future__ import annotations

import re

__all__ = ["SPLITS", "split_named"]

SPLITS = ("train", "validation", "test")

_WORDS = {
    "train": ("train", "training", "trn"),
    "validation": ("validation", "validate", "valid", "val", "dev", "development", "eval", "evaluation"),
    "test": ("test", "testing", "tst"),
}
_SPLIT = {word: split for split, words in _WORDS.items() for word in words}
_ENDS = ("dataset", "set", "data", "split", "images")
"""As in ``train_set``."""


def split_named(name: str) -> str | None:
    """The split that ``name`` stands for, in any case, as ``Training`` or ``val_set``; ``None`` for other names."""
    word = re.sub(r"[\W_]+", "", name.casefold())
    for end in _ENDS:
        if word.endswith(end) and word != end:
            word = word.removesuffix(end)
            break
    return _SPLIT.get(word)
