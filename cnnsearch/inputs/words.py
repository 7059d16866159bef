"""Sentences about pictures, said of texts.

Most of what is told of a search is the same for both, and is written once, of pictures.
"""

from __future__ import annotations

import re

__all__ = ["said_of"]

# What stands in quotes, or is part of a file's name, is of the user's.
_WORD = re.compile(r"(?<![\w/.'\"-])([Pp])icture(s?)(?![\w/'\"-]|\.\w)")
_TEXT = {"p": "text", "P": "Text"}


def said_of(inputs: str, sentence: str) -> str:
    """The sentence, in which pictures are texts where ``inputs`` are ``texts``."""
    if inputs != "texts":
        return sentence
    return _WORD.sub(lambda found: _TEXT[found[1]] + found[2], sentence)
