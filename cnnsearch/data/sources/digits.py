"""scikit-learn's digits."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.inputs.pictures.pictures import ArrayPictures

__all__ = ["levels_and_digits", "load_digits"]

_FILE = "datasets/data/digits.csv.gz"
"""Within scikit-learn: a row a picture, its 64 levels from 0 to 16 and its digit."""


def load_digits() -> tuple[ArrayPictures, RawLabels]:
    """1,797 pictures ``(8, 8, 1)``; their 17 grey levels are spread over 0..255."""
    levels, digits = levels_and_digits()
    pixels = np.rint(levels * (255 / 16)).astype(np.uint8)
    return ArrayPictures(pixels[..., np.newaxis]), RawLabels((("digits", digits),))


def levels_and_digits() -> tuple[np.ndarray, np.ndarray]:
    """``(1797, 8, 8)`` and ``(1797,)``.

    Read by scikit-learn only where its file lies elsewhere: it imports SciPy and pandas, which takes as long as all
    else before Ray's start.
    """
    spec = importlib.util.find_spec("sklearn")
    places = [] if spec is None else [Path(place, _FILE) for place in spec.submodule_search_locations or ()]
    for file in places:
        if file.is_file():
            table = np.loadtxt(file, delimiter=",")
            return table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(int)
    from sklearn import datasets

    bunch = datasets.load_digits()
    return bunch.images, bunch.target
