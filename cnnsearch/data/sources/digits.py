"""scikit-learn's digits."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.labels import label_names, naturally_sorted
from cnnsearch.data.sources.collected import Collected
from cnnsearch.data.sources.spec import SklearnSource
from cnnsearch.inputs.pictures.pictures import ArrayPictures, Size

__all__ = ["load_digits"]


def load_digits(source: SklearnSource, image_size: Size | None, seed: int) -> Collected:  # noqa: ARG001 - a Loader
    """1,797 pictures ``(8, 8, 1)``; their 17 grey levels are spread over 0..255."""
    from sklearn import datasets

    bunch = datasets.load_digits()
    names = label_names(bunch.target, "digits")
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    return Collected(ArrayPictures(pixels[..., np.newaxis]), names, naturally_sorted(names.tolist()))
