"""A model of texts that takes strings: words are found and numbered by TensorFlow's own operations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.inputs.texts.tokenizer import LETTERS, PADDING, SINGLE, UNKNOWN, Tokenizer
from cnnsearch.serving.letters import SameLetters, apart

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

__all__ = ["WordNumbers", "export_of_strings"]

# Control characters, of which texts have none once they are spaces: around a letter that is a token, around any token.
_ALONE, _EDGE = "\x02", "\x01"

# As in the tokenizer, in the regular expressions of RE2, which know no intersection of sets.
_ONE = rf"([{SINGLE}]\p{{M}}*)"
_WORD = rf"({_ALONE}[^{_ALONE}]*{_ALONE}|[{LETTERS}]+(?:['’][{LETTERS}]+)*)"


class WordNumbers:
    """From strings to numbers of words, inside a graph.

    Args:
        tokenizer: one of words.

    Attributes:
        tables: that whoever exports the graph must track.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        import tensorflow as tf

        self._length = tokenizer.length
        words: dict[str, int] = {}
        for number, word in enumerate(tokenizer.vocabulary[UNKNOWN + 1 :], UNKNOWN + 1):
            words.setdefault(apart(word), number)
        numbers = tf.lookup.KeyValueTensorInitializer([*words], [*words.values()], tf.string, tf.int32)
        self._numbers, self._same = tf.lookup.StaticHashTable(numbers, UNKNOWN), SameLetters()
        self.tables = (self._numbers, *self._same.tables)

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """``(n,)`` strings of UTF-8 -> ``(n, length)`` int32."""
        import tensorflow as tf

        plain = tf.strings.regex_replace(texts, f"[{_EDGE}{_ALONE}]", " ")
        single = tf.strings.regex_replace(self._same(plain), _ONE, rf" {_ALONE}\1{_ALONE} ")
        edged = tf.strings.regex_replace(single, _WORD, rf"{_EDGE}\1{_EDGE}")
        pieces = tf.strings.split(edged, _EDGE)  # a word, and what stands before and behind it, in turns
        words = tf.strings.regex_replace(pieces.flat_values, _ALONE, "")
        found = pieces.with_flat_values(self._numbers.lookup(words))[:, 1::2]
        numbers: tf.Tensor = found[:, : self._length].to_tensor(PADDING, shape=(None, self._length))
        return numbers


def export_of_strings(model: keras.Model, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a SavedModel whose signature ``serving_default`` takes strings, and ``numbers`` numbers of tokens.

    Args:
        model: that takes numbers of tokens, ``(n, length)``.
        tokenizer: of words.
        folder: where to.
    """
    import keras
    import tensorflow as tf

    numbered = WordNumbers(tokenizer)
    archive = keras.export.ExportArchive()
    archive.track(model)
    for table in numbered.tables:
        archive.track(table)
    texts = tf.TensorSpec((None,), tf.string, "texts")
    archive.add_endpoint("serve", lambda texts: model(numbered(texts), training=False), [texts])
    numbers = tf.TensorSpec((None, tokenizer.length), tf.int32, "numbers")
    archive.add_endpoint("numbers", lambda numbers: model(numbers, training=False), [numbers])
    archive.write_out(str(folder), verbose=False)
