"""What normalises the convolutions of a ``cnn``, as its config says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["normalization_of"]


def normalization_of(config: Mapping[str, Any]) -> str:
    """``batch``, ``group``, ``layer`` or ``none``; ``batch_normalization`` is an older way to say the first."""
    kind: str = config["normalization"]
    return "batch" if kind == "none" and config["batch_normalization"] else kind
