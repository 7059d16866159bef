"""Pictures of the best model's worst mistakes."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cnnsearch.data import Dataset, Split
from cnnsearch.study import Study
from cnnsearch.study.folder import slug_of

__all__ = ["save_mistakes"]

MOST = 16
_SMALLEST_SIDE = 64


def save_mistakes(study: Study, dataset: Dataset, split: Split) -> None:
    """Write the validation pictures on which the best trial was most surely wrong into ``best/mistakes/``.

    Files are named by rank, true and predicted class: ``01-cat-as-dog.png``.
    """
    best = study.best
    predictions = study.predictions(best.trial) if best else None
    if predictions is None:
        return
    labels, probabilities = predictions
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    surest = wrong[np.argsort(-probabilities[wrong, predicted[wrong]].astype(float), kind="stable")][:MOST]
    folder = study.path / "best" / "mistakes"
    folder.mkdir(exist_ok=True)
    for rank, position in enumerate(surest, 1):
        picture = dataset.pictures.read(split.validation[[position]], None if dataset.pictures.shape else (128, 128))
        true, guess = (slug_of(dataset.classes[index]) for index in (labels[position], predicted[position]))
        _viewable(picture[0]).save(folder / f"{rank:02d}-{true}-as-{guess}.png")


def _viewable(picture: np.ndarray) -> Image.Image:
    """An 8-bit picture, tiny ones enlarged without smoothing."""
    if picture.dtype != np.uint8:
        low, high = float(picture.min()), float(picture.max())
        picture = ((picture - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    if picture.shape[2] not in (1, 3):
        picture = picture[:, :, :1]
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
    factor = -(-_SMALLEST_SIDE // min(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
