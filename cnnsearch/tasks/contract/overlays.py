"""What is laid over a picture to see where its targets lie."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Overlay"]


@dataclass(frozen=True)
class Overlay:
    """Over one picture.

    Attributes:
        source: of an image with the sides of the picture, clear but where targets lie, with the image itself.
        classes: words on each class that it shows, and the colour in which it does, as CSS has it.
    """

    source: str
    classes: tuple[tuple[str, str], ...]
