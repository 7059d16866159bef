"""Pictures of what the checks of the data found."""

from __future__ import annotations

import logging

from cnnsearch.data.dataset import Dataset
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.thumbnails import thumbnail
from cnnsearch.study.store import Store

__all__ = ["save_found"]

_LOG = logging.getLogger("cnnsearch")


def save_found(dataset: Dataset, store: Store) -> None:
    """Write the examples of every finding into ``checks/``, small, as ``environment.json`` names them."""
    for finding in dataset.findings:
        for file, (pictures, index) in finding.pictures().items():
            try:
                store.write(file, thumbnail(pictures, index))
            except InputError as error:  # it was read a moment ago
                _LOG.warning("%s: the picture is not kept (%s)", file, error)
