"""Which networks of the ``text_transformer`` family can be: how heads and widths go into each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["refused"]


def refused(config: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of a config the parameter that cannot be so, and the rule; ``None``: nothing."""
    width, heads = config["width"], config["heads"]
    if width % heads:
        return "heads", f"heads must divide width, and {heads} does not divide {width}"
    if config["positions"] == "sine" and width % 2:
        return "width", f"positions 'sine' need an even width, and {width} is none"
    return None
