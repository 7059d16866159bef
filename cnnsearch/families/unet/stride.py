"""Where the way up of a U-Net ends: at the size of the picture, or at a half or quarter of its sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["PARAMETER", "last_level", "refused"]

PARAMETER = "decoder_output_stride"
"""As DeepLab calls it (Chen et al. 2018)."""


def last_level(config: Mapping[str, Any]) -> int:
    """Of the way up: how often the picture is halved there."""
    stride: int = config[PARAMETER]
    return stride.bit_length() - 1


def refused(config: Mapping[str, Any]) -> str | None:
    """Why no way up is left; ``None`` where there is one."""
    level, depth = last_level(config), config["depth"]
    if level < depth:
        return None
    return f"{PARAMETER} {config[PARAMETER]} needs a depth of at least {level + 1}, and depth is {depth}"
