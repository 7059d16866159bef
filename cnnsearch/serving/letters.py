"""Letters in one form, by TensorFlow's own operations, which know no normal forms of Unicode."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["SameLetters", "apart"]

_PLANES = 0x30000
"""Characters behind these have no other form."""

_SURROGATES = range(0xD800, 0xE000)


def apart(text: str) -> str:
    """A text with the marks of its letters behind these, in the one order that Unicode has for them (NFD)."""
    return unicodedata.normalize("NFD", text)


class SameLetters:
    """In lower case, with marks behind their letters, inside a graph.

    What the tokenizer takes for the same word, which puts letters and marks together (NFC), becomes the same here too:
    Unicode defines the one as equivalent to the other.
    """

    def __init__(self) -> None:
        import tensorflow as tf

        letters, marks = _letters(), _marks()
        forms = tf.lookup.KeyValueTensorInitializer([*letters], [*letters.values()], tf.string, tf.string)
        places = tf.lookup.KeyValueTensorInitializer([*marks], [*marks.values()], tf.string, tf.int64)
        self._forms, self._places = tf.lookup.StaticHashTable(forms, ""), tf.lookup.StaticHashTable(places, 0)
        self.tables = (self._forms, self._places)

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """``(n,)`` strings of UTF-8 -> as many."""
        import tensorflow as tf

        given = tf.strings.unicode_split(texts, "UTF-8")
        found = self._forms.lookup(given.flat_values)
        plain = given.with_flat_values(tf.where(tf.equal(found, ""), given.flat_values, found))
        parts = tf.strings.unicode_split(tf.strings.reduce_join(plain, axis=-1), "UTF-8")
        places = self._places.lookup(parts.flat_values)
        # A letter and its marks are a group, in which the letter has place 0; no group goes beyond its text.
        groups = tf.cumsum(tf.cast(tf.equal(places, 0), tf.int64)) + tf.cast(parts.value_rowids(), tf.int64)
        order = tf.argsort(groups * 256 + places, stable=True)
        same = tf.strings.reduce_join(parts.with_flat_values(tf.gather(parts.flat_values, order)), axis=-1)
        spaced: tf.Tensor = tf.strings.regex_replace(same, _signs(), " ")
        return spaced


@functools.cache
def _letters() -> dict[str, str]:
    """Character -> its other form, of those that have one; as the tokenizer, which knows no final sigma."""
    found = {}
    for number in range(_PLANES):
        if number not in _SURROGATES:
            char = chr(number)
            low = "".join(each.lower() for each in unicodedata.normalize("NFC", char)).replace("ς", "σ")
            if (form := apart(low)) != char:
                found[char] = form
    return found


@functools.cache
def _marks() -> dict[str, int]:
    """Mark -> its place behind a letter: those of a lower place come first, others keep their order."""
    chars = (chr(number) for number in range(_PLANES) if number not in _SURROGATES)
    return {char: place for char in chars if (place := unicodedata.combining(char))}


@functools.cache
def _signs() -> str:
    """A regular expression of signs with a mark, as of what is not equal: together they are no part of a word."""
    signs = (char for char, form in _letters().items() if len(form) > 1 and unicodedata.category(char)[0] not in "LMN")
    return "|".join(sorted(re.escape(apart(char)) for char in signs if unicodedata.normalize("NFC", char) == char))
