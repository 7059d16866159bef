"""Parameters of texts: what their tokens are, and how many of them a network knows and reads."""

from __future__ import annotations

from cnnsearch.inputs.texts.vectors import NONE
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["INPUTS", "PREPROCESSING"]

INPUTS = "texts"
"""What a family says that takes them."""

PREPROCESSING = Parameters(
    ParameterSpec(
        "tokens",
        "choice",
        "words",
        "words: in lower case, emoji too, no punctuation; subwords: pieces of words (BPE), and punctuation",
        options=("words", "subwords"),
        sensible=choices("words", "subwords"),
    ),
    ParameterSpec(
        "vocabulary_size",
        "int",
        10_000,
        "most frequent tokens of the training split that the network knows; all others are one",
        low=100,
        high=200_000,
        sensible=choices(5_000, 10_000, 20_000),
    ),
    ParameterSpec(
        "text_length",
        "int",
        100,
        "tokens that are read of a text; the end of a longer one is cut off",
        low=1,
        high=4096,
        sensible=choices(50, 100, 200),
    ),
    ParameterSpec(
        "word_vectors",
        "text",
        NONE,
        "a file of vectors by which words begin (GloVe, word2vec, fastText .vec), which says embedding_size, or none",
        sensible=choices(NONE, "vectors.txt"),
        read_where=(Switch("tokens", on=("words",)),),
    ),
    ParameterSpec(
        "tune_vectors",
        "bool",
        True,
        "vectors of the file are trained too, as those of other words are; false: all stay as they began",
        predicts=False,
        sensible=choices(True, False),
        read_where=(Switch("word_vectors", off=(NONE,)),),
    ),
)
"""Valid in ``space``."""
