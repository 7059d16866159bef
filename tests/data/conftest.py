"""Pictures and folders of pictures for the tests of the data package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Folder = Callable[..., Path]


def write_picture(path: Path, seed: int, size: tuple[int, int] = (6, 5), mode: str = "RGB") -> Path:
    """A picture of noise, ``size`` being (height, width)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


@pytest.fixture
def picture() -> Callable[..., Path]:
    return write_picture


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Makes ``root/class/number.png``, or with ``splits`` ``root/split/class/number.png``."""

    def make(classes: tuple[str, ...] = ("cat", "dog"), each: int = 6, splits: tuple[str, ...] = ()) -> Path:
        root = tmp_path / "pictures"
        seed = 0
        for parent in [root / split for split in splits] or [root]:
            for name in classes:
                for number in range(each):
                    write_picture(parent / name / f"{number}.png", seed := seed + 1)
        return root

    return make
