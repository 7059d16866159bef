"""Pictures that a study keeps to be looked at: of what the checks of the data found, and of a model's mistakes."""

from __future__ import annotations

import logging

from cnnsearch.data.dataset import Dataset
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.pictures import Size
from cnnsearch.inputs.pictures.thumbnails import thumbnail
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.study.store import Store

__all__ = ["kept_example", "save_found"]

_LOG = logging.getLogger("cnnsearch")


def save_found(dataset: Dataset, store: Store) -> None:
    """Write the examples of every finding into ``checks/``, small, as ``environment.json`` names them."""
    for finding in dataset.findings:
        for file, (pictures, index) in finding.pictures().items():
            try:
                store.write(file, thumbnail(pictures, index))
            except InputError as error:  # it was read a moment ago
                _LOG.warning("%s: the picture is not kept (%s)", file, error)


def kept_example(
    store: Store, folder: str, stem: str, dataset: Dataset, index: int, size: Size | None = None
) -> dict[str, str]:
    """Write one picture into a folder of the study.

    Args:
        store: of the study.
        folder, stem: of the file, without its suffix.
        dataset: of which it is one.
        index: of it.
        size: in which the network saw it; left out, nobody tells places in it.

    Returns:
        What a list of these says of it: its ``file``; of a text none, and the ``text`` itself.
    """
    if isinstance(dataset.pictures, Texts):
        return {"file": "", "text": dataset.pictures.shortened(index)}
    store.write(f"{folder}/{stem}.png", thumbnail(dataset.pictures, index, size))
    return {"file": f"{stem}.png"}
