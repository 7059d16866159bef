"""How a name that is no UTF-8 reads in the encodings in which such names are mostly written.

Its bytes alone do not tell which one it is: ``f1 ee e1 e0 ea e0`` is a word in cp1251, and letters in cp866, cp1252 and
GB 18030 too; charset-normalizer takes it for Chinese. A person sees at once which of them is a word.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["is_foreign", "readings"]

_ENCODINGS = ("cp1251", "cp1252", "cp866", "shift_jis", "gb18030")
"""Of names from Windows, from archives that it made, and from Japan and China."""

_BESIDE = " _-.,()'"
"""What stands in names beside letters and digits."""


def is_foreign(name: str) -> bool:
    """Whether it has bytes that are no UTF-8, as :func:`os.fsdecode` keeps them."""
    return any("\udc80" <= letter <= "\udcff" for letter in name)


def readings(name: str) -> Mapping[str, str]:
    """Encoding -> how it reads, where all that it reads as are letters, digits and what stands beside them.

    Args:
        name: as :func:`os.fsdecode` gives it; one that is UTF-8 has no readings.
    """
    found: dict[str, str] = {}
    for encoding in _ENCODINGS if is_foreign(name) else ():
        try:
            read = os.fsencode(name).decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(letter.isalnum() or letter in _BESIDE for letter in read) and read not in found.values():
            found[encoding] = read
    return found
