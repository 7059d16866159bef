"""Pictures that are turned upright when they are read, beside targets that have places in them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cnnsearch.inputs.pictures.opened import UnreadableError, is_turned, read_file
from cnnsearch.inputs.pictures.pictures import FilePictures, Pictures
from cnnsearch.inputs.pictures.threads import in_threads
from cnnsearch.tasks.task import Placed, Targets

__all__ = ["turned_notes"]


def turned_notes(targets: Targets, pictures: Pictures) -> Iterator[str]:
    """What must be known of these: where one is mirrored, square, or upside down no size tells that a mask is not."""
    if not isinstance(targets, Placed) or not isinstance(pictures, FilePictures):
        return
    turned = [index for index, is_one in enumerate(in_threads(_is_turned, pictures.paths)) if is_one]
    if turned:
        are = "is turned upright by its" if len(turned) == 1 else "are turned upright by their"
        yield (
            f"{len(turned):,} of {len(pictures):,} pictures {are} EXIF data, as {pictures.name(turned[0])}: masks must "
            "be upright too, as none is turned but by EXIF data of its own"
        )


def _is_turned(path: os.PathLike[str]) -> bool:
    try:
        return is_turned(read_file(path))
    except UnreadableError:  # not any more: whatever reads it next says so
        return False
