"""Photographs in numbers: made from a few, each another file."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

__all__ = ["SIZE", "make"]

SIZE = (500, 375)
"""Width and height."""

_QUALITY = 90


def make(source: Path, folder: Path, count: int) -> None:
    """Write ``count`` JPEG files into a folder a class.

    Args:
        source: a class directory of photographs.
        folder: where they are written.
        count: of them, over all classes.
    """
    files = sorted(path for path in source.rglob("*.jpg"))
    for number in range(count):
        path = files[number % len(files)]
        target = folder / path.parent.name / f"{number:06d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        shift = number // len(files)  # another part of the photograph, so that no two are one picture
        with Image.open(path) as image:
            picture = image.convert("RGB")
        box = (shift % 16, shift // 16 % 16, picture.width, picture.height)
        picture.crop(box).resize(SIZE, Image.Resampling.BICUBIC).save(target, quality=_QUALITY)
