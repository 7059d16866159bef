"""Photographs with faults that are known."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["Planted", "plant"]

_CP1251 = b"\xf1\xee\xe1\xe0\xea\xe0"
"""A class whose name is no UTF-8."""


@dataclass(frozen=True)
class Planted:
    """Where the faults are; names as messages have them, without the folder of the split.

    Attributes:
        exact, near, two_labels: copies.
        blank: pictures of one colour.
        wrong: pictures in the folder of another class.
    """

    exact: tuple[str, ...]
    near: tuple[str, ...]
    two_labels: tuple[str, ...]
    blank: tuple[str, ...]
    wrong: tuple[str, ...]


def plant(source: Path, root: Path) -> Planted:
    """Copy a folder of two classes with known faults, and the second class under a name in cp1251.

    There are 10 exact and 10 near copies, 5 copies under the other label, 8 wrong labels and 3 blank pictures.

    Args:
        source: with a sub-folder of photographs for each of two classes.
        root: that is made.
    """
    first, second = sorted(path for path in source.iterdir() if path.is_dir())
    folders = [root / first.name, Path(os.fsdecode(os.fsencode(root) + b"/" + _CP1251))]
    for old, new in zip((first, second), folders, strict=True):
        shutil.copytree(old, new)
    files = [path for folder in folders for path in sorted(folder.iterdir())]
    drawn = iter(np.random.default_rng(0).permutation(len(files)).tolist())
    exact, near, two, wrong = ([files[next(drawn)] for _ in range(count)] for count in (10, 10, 5, 8))
    for number, path in enumerate(exact):
        shutil.copy(path, path.with_name(f"exact-{number}.jpg"))
    for number, path in enumerate(near):
        _encode_again(path, path.with_name(f"near-{number}.jpg"), number)
    for number, path in enumerate(two):
        shutil.copy(path, _other(path, folders) / f"two-{number}.jpg")
    for number, path in enumerate(wrong):
        path.rename(_other(path, folders) / f"wrong-{number}.jpg")
    for number in range(3):
        Image.new("RGB", (320, 240), (100 * number,) * 3).save(folders[0] / f"blank-{number}.png")
    kinds = {"exact": 10, "near": 10, "two": 5, "blank": 3, "wrong": 8}
    named = [tuple(f"{kind}-{number}" for number in range(count)) for kind, count in kinds.items()]
    return Planted(named[0], named[1], named[2], named[3], named[4])


def _other(path: Path, folders: list[Path]) -> Path:
    return folders[1 - folders.index(path.parent)]


def _encode_again(path: Path, to: Path, number: int) -> None:
    """In 0.4 to 1.3 of its size, and a quality of 30 to 84."""
    with Image.open(path) as image:
        size = [max(32, round(side * (0.4 + 0.1 * number))) for side in image.size]
        image.convert("RGB").resize((size[0], size[1])).save(to, quality=30 + 6 * number)
