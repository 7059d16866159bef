"""Small pictures with masks: a bright square on noise, whose pixels are of one of two classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["squares", "write"]


def squares(count: int, seed: int = 0, size: tuple[int, int] = (8, 8)) -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``(count, height, width, 1)`` uint8 and masks ``(count, height, width)`` of 0, 1 and 2."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 60, (count, *size, 1), dtype=np.uint8)
    masks = np.zeros((count, *size), np.uint8)
    for number in range(count):
        row, column = rng.integers(0, size[0] - 3), rng.integers(0, size[1] - 3)
        field = np.s_[number, row : row + 3, column : column + 3]
        masks[field] = kind = 1 + number % 2
        x[field] = 100 * kind + rng.integers(0, 50)
    return x, masks


def write(folder: Path, x: np.ndarray, masks: np.ndarray, name: str = "{name}", images: str = "images") -> Path:
    """As picture files: ``images/00.png`` and ``masks/00.png``."""
    for kind in (images, "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for number, (picture, mask) in enumerate(zip(x, masks, strict=True)):
        Image.fromarray(picture[:, :, 0]).save(folder / images / f"{number:02d}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{name.replace('{name}', f'{number:02d}')}.png")
    return folder
