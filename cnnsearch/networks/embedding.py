"""The layer that makes vectors of the numbers of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.networks.layers import HEAD, Layer

__all__ = ["EMBEDDED", "EMBEDDING", "embedding"]

EMBEDDING = "embedding"
"""Its name: by it a trial finds the layer that begins with vectors of a file."""

EMBEDDED = "embedded"
"""Name of the layer behind it, if there is one, which gives the vectors to whatever reads them."""


def embedding(config: Mapping[str, Any], block: int = HEAD, takes: tuple[str, ...] = ()) -> Layer:
    """``(length,)`` numbers -> ``(length, embedding_size)``; with a file of vectors that is not tuned it stays."""
    is_frozen = config["tokens"] == "words" and config["word_vectors"] != "none" and not config["tune_vectors"]
    sizes = (config["vocabulary_size"], config["embedding_size"])
    return Layer("Embedding", EMBEDDING, sizes, {"trainable": False} if is_frozen else {}, block=block, takes=takes)
