"""The layers of the ``transfer`` family behind its backbone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.networks.layers import Layer, dense_head

__all__ = ["HEAD_PREFIX", "head_of", "pooling_of"]

HEAD_PREFIX = "head_"
"""Of the names of the head's layers."""

_POOLING = {"average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D", "flatten": "Flatten"}


def pooling_of(config: Mapping[str, Any]) -> Layer:
    """What makes a vector of the last feature map."""
    return Layer(_POOLING[config["pooling"]], "pooled")


def head_of(config: Mapping[str, Any], width: Any) -> Iterator[Layer]:
    """From that vector to the outputs, which are ``width``; scikit-learn's classifiers are linear."""
    count = config["head_layers"] if config["head"] == "dense" else 0
    return dense_head(config, count, config["head_units"], width, HEAD_PREFIX)
