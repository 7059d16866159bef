"""Which networks of the ``vit`` family can be: how tokens, heads and widths go into each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["refused", "tokens_of"]


def refused(config: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of what a config says by itself: the parameter that cannot be so, and the rule; ``None``: nothing."""
    width, heads, size = config["width"], config["heads"], config["patch_size"]
    if width % heads:
        return "heads", f"heads must divide width, and {heads} does not divide {width}"
    if config["positions"] == "sine" and width % 4:
        return "width", f"positions 'sine' need a width that 4 divides, and {width} is none"
    if config["stem"] == "convolutions" and (size < 2 or size & (size - 1)):
        return "patch_size", f"stem 'convolutions' needs a patch_size of 2, 4, 8, 16, 32 or 64, and {size} is none"
    return None


def tokens_of(config: Mapping[str, Any], size: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of tokens of a picture of height and width ``size``.

    Raises:
        ValueError: there can be no such network; says why.
    """
    wrong = refused(config)
    if wrong is not None:
        raise ValueError(wrong[1])
    height, width, step = size[0], size[1], config["patch_size"]
    if max(height, width) <= step:
        raise ValueError(
            f"patch_size {step} leaves one token of pictures of {height}x{width}, which has no other to attend to: "
            "use a smaller one, or another image_size"
        )
    if config["stem"] == "convolutions":
        return -(-height // step), -(-width // step)
    if height % step or width % step:
        raise ValueError(
            f"patch_size {step} does not divide pictures of {height}x{width}: use one that does, another image_size, "
            "or stem 'convolutions'"
        )
    return height // step, width // step
