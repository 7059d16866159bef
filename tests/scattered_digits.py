"""Pictures with several labels, made of scikit-learn's digits: up to four of them on a field of 16 by 16, or none.

Run by itself, ``python tests/scattered_digits.py FOLDER COUNT``, it writes them as picture files with a table that has
a column a label (``columns.csv``), one that has all labels in a cell (``cells.csv``), and as arrays (``digits.npz``).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

__all__ = ["NAMES", "scattered", "write"]

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_PLACES = ((0, 0), (0, 8), (8, 0), (8, 8))


def scattered(count: int, seed: int = 0, labels: int = len(NAMES)) -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``(count, 16, 16, 1)`` uint8, and which of the first ``labels`` digits are on each, of 0 and 1.

    The digits are not equally frequent: each is about three quarters as frequent as the one before it.
    """
    rng, digits = np.random.default_rng(seed), load_digits()
    x = rng.integers(0, 40, (count, 16, 16, 1), dtype=np.uint8)  # noise, so that no two empty fields are the same
    y = np.zeros((count, labels), np.uint8)
    shares = 0.75 ** np.arange(labels)
    of = [np.flatnonzero(digits.target == digit) for digit in range(labels)]
    for picture in range(count):
        number = rng.integers(0, len(_PLACES) + 1)
        for place in rng.permutation(len(_PLACES))[:number].tolist():
            digit = int(rng.choice(labels, p=shares / shares.sum()))
            row, column = _PLACES[place]
            drawn = digits.images[rng.choice(of[digit])] * (255 / 16)
            field = x[picture, row : row + 8, column : column + 8, 0]
            np.maximum(field, drawn.astype(np.uint8), out=field)
            y[picture, digit] = 1
    return x, y


def write(folder: Path, count: int, seed: int = 0) -> None:
    """All three kinds of files, into a folder that is made."""
    x, y = scattered(count, seed)
    (folder / "pictures").mkdir(parents=True)
    np.savez(folder / "digits.npz", x=x, y=y)
    for number, picture in enumerate(x):
        Image.fromarray(picture[:, :, 0]).save(folder / "pictures" / f"{number:05d}.png")
    names = [f"pictures/{number:05d}.png" for number in range(count)]
    with (folder / "columns.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("path", *NAMES), *((name, *row.tolist()) for name, row in zip(names, y, strict=True))]
        )
    with (folder / "cells.csv").open("w", newline="", encoding="utf-8") as file:
        told = [";".join(NAMES[digit] for digit in np.flatnonzero(row)) for row in y]
        csv.writer(file).writerows([("path", "label"), *zip(names, told, strict=True)])


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
