"""The names that people give to the splits of their data: of folders, of arrays, in a column of a table."""

from __future__ import annotations

import re

__all__ = ["SPLITS", "split_among", "split_named"]

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
    """The split that ``name`` stands for, in any case, as ``Training``, ``val_set``, ``test2017``; else ``None``."""
    word = re.sub(r"[\W_]+", "", name.casefold())
    word = re.sub(r"(19|20)[0-9][0-9]$", "", word)
    for end in _ENDS:
        if word.endswith(end) and word != end:
            word = word.removesuffix(end)
            break
    return _SPLIT.get(word)


def split_among(name: str) -> str | None:
    """The only split that a word of ``name`` stands for, as of ``seg_train``; ``None`` where there is not one."""
    found = {split for word in re.split(r"[\W_]+", name) if (split := split_named(word)) is not None}
    return found.pop() if len(found) == 1 else None
