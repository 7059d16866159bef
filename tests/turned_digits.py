"""Real pictures with numbers that are known of them: handwritten digits, turned by an angle, and the ink on them.

    python tests/turned_digits.py FOLDER [PICTURES]

writes ``turned.npz`` (``x``, and ``y`` of two numbers), and ``turned.csv`` beside a folder of pictures, with the
columns ``picture``, ``angle`` (degrees, counted against the clock) and ``ink`` (share of the picture, 0 to 1).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

NAMES = ("angle", "ink")

_LARGEST = 60.0
_SIDE = 24


def turned_digits(count: int, seed: int = 0, side: int = _SIDE) -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``(count, side, side, 1)`` uint8, and ``(count, 2)`` float64: angle and ink of each."""
    rng = np.random.default_rng(seed)
    drawn = load_digits().images[rng.permutation(1797)[:count]] / 16 * 255
    angles = rng.uniform(-_LARGEST, _LARGEST, len(drawn))
    pictures = np.stack([_turned(*pair, side) for pair in zip(drawn.astype(np.uint8), angles, strict=True)])
    ink = pictures.mean(axis=(1, 2)) / 255
    return pictures[..., np.newaxis], np.stack([angles, ink], axis=1)


def _turned(picture: np.ndarray, angle: float, side: int) -> np.ndarray:
    image = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image.rotate(angle, Image.Resampling.BICUBIC))


def write(folder: Path, count: int = 1797, seed: int = 0) -> None:
    """The files that this module tells of."""
    pictures, numbers = turned_digits(count, seed)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "turned.npz", x=pictures, y=numbers)
    with (folder / "turned.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("picture", *NAMES))
        for index, (picture, row) in enumerate(zip(pictures[..., 0], numbers.tolist(), strict=True)):
            name = f"pictures/{index:04d}.png"
            Image.fromarray(picture).save(folder / name)
            rows.writerow((name, *map(repr, row)))


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
