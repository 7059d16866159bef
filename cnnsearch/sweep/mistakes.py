"""Pictures of the best model's worst mistakes."""

from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
from PIL import Image

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.study import Study
from cnnsearch.study.folder import slug_of

__all__ = ["save_mistakes"]

MOST = 16
_SMALLEST_SIDE, _LARGEST_SIDE = 64, 128


def save_mistakes(study: Study, dataset: Dataset, split: Split) -> None:
    """Write the validation pictures on which the best trial was most wrong into ``best/mistakes/``.

    Files are named by rank and what the task calls the mistake: ``01-cat-as-dog.png``; ``mistakes.json`` lists them
    with the names of picture files as they are, and what the task says of each. What lay there before goes.
    """
    best = study.best
    predictions = study.predictions(best.trial, best.run) if best else None
    if best is None or predictions is None:
        return
    found = predictions.mistakes(MOST, dataset.targets.names)
    folder = "best/mistakes"
    study.store.delete(folder)
    listed = []
    for rank, mistake in enumerate(found.worst, 1):
        index = split.validation[mistake.position]
        picture = dataset.pictures.read(np.array([index]), None if dataset.pictures.shape else (128, 128))
        file = f"{rank:02d}-{'-'.join(map(slug_of, mistake.name))}.png"
        stream = io.BytesIO()
        _viewable(picture[0]).save(stream, "png")
        study.store.write(f"{folder}/{file}", stream.getvalue())
        listed.append({"file": file, "picture": _name(dataset, int(index)), **mistake.told})
    whose = {"trial": best.trial, "run": best.run}
    study.store.write_json(f"{folder}/mistakes.json", {**whose, "wrong": found.wrong, "mistakes": listed})


def _name(dataset: Dataset, index: int) -> str:
    """The folder and name of a picture file, or which picture of the data set it is."""
    paths = getattr(dataset.pictures, "paths", None)
    return f"picture {index}" if paths is None else "/".join(PurePath(paths[index]).parts[-2:])


def _viewable(picture: np.ndarray) -> Image.Image:
    """An 8-bit picture, tiny ones enlarged without smoothing, large ones made smaller."""
    if picture.dtype != np.uint8:
        low, high = float(picture.min()), float(picture.max())
        picture = ((picture - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    if picture.shape[2] not in (1, 3):
        picture = picture[:, :, :1]
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
    if max(image.size) > _LARGEST_SIDE:
        image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
        return image
    factor = -(-_SMALLEST_SIDE // min(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
