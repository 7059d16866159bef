"""Parameters of texts: what their tokens are, and how many of them a network knows and reads."""

from __future__ import annotations

from cnnsearch.space.specs import Parameters, ParameterSpec, choices

__all__ = ["INPUTS", "PREPROCESSING"]

INPUTS = "texts"
"""What a family says that takes them."""

PREPROCESSING = Parameters(
    ParameterSpec(
        "tokens",
        "choice",
        "words",
        "words: in lower case, without punctuation; subwords: pieces of words (BPE), and punctuation",
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
)
"""Valid in ``space``."""
