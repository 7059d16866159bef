"""scikit-learn's digits."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.spec import SklearnSource
from cnnsearch.inputs.pictures.pictures import ArrayPictures, Size

__all__ = ["load_digits"]


def load_digits(
    source: SklearnSource,  # noqa: ARG001 - a Loader
    image_size: Size | None,  # noqa: ARG001
    seed: int,  # noqa: ARG001
    read: Read,
) -> Collected:
    """1,797 pictures ``(8, 8, 1)``; their 17 grey levels are spread over 0..255."""
    from sklearn import datasets

    bunch = datasets.load_digits()
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    return Collected.of(ArrayPictures(pixels[..., np.newaxis]), RawLabels((("digits", bunch.target),)), read)
