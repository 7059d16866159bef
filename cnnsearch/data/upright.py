"""Pictures that are turned upright when they are read, beside targets that have places in them."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.inputs.pictures.excerpts import Excerpt
from cnnsearch.inputs.pictures.opened import is_turned
from cnnsearch.inputs.pictures.pictures import FilePictures, Pictures
from cnnsearch.inputs.pictures.threads import in_threads
from cnnsearch.tasks.contract.targets import Placed, Targets

__all__ = ["turned_notes"]


def turned_notes(targets: Targets, pictures: Pictures) -> Iterator[str]:
    """What must be known of them: of a square, mirrored or upside-down one no size tells that its mask is wrong."""
    if not isinstance(targets, Placed) or not isinstance(pictures, FilePictures):
        return
    # What is cut out of a file stands upright, and its mask is cut out of one that may not.
    files = [path.file if isinstance(path, Excerpt) else path for path in pictures.paths]
    turned = [index for index, is_one in enumerate(in_threads(is_turned, files)) if is_one]
    if turned:
        are = "is turned upright by its" if len(turned) == 1 else "are turned upright by their"
        yield (
            f"{len(turned):,} of {len(pictures):,} pictures {are} EXIF data, as {pictures.name(turned[0])}: masks and "
            "boxes must be of the upright pictures, as nothing turns them but EXIF data of a mask's own"
        )
