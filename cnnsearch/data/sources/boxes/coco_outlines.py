"""Outlines of objects in the JSON of COCO: polygons and run lengths, of which masks are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.raw_outlines import Outline, PictureOutlines
from cnnsearch.data.sources.boxes.box_files import told_apart
from cnnsearch.data.sources.boxes.coco_file import Annotated, CocoFile, coco_files
from cnnsearch.data.sources.files import Listing
from cnnsearch.errors import InputError, Problem

__all__ = ["list_coco_outlines"]


def list_coco_outlines(path: str, images: str, where: str) -> Listing:
    """The pictures that a file, or those of a folder, name, with the outlines of what they show.

    Args:
        path: of the file, or a folder with one, or with folders of splits that have one each.
        images: the folder of the pictures, relative to that of the file.
        where: what messages call it.

    Raises:
        InputError: a file is not there or is no such file, an annotation has no outline, or a picture no size.
    """
    left = Leftovers()
    found: list[Annotated] = []
    given: list[str] = []
    names: dict[str, None] = {}
    for split, path_of in coco_files(Path(path), where, left).items():
        file = CocoFile(path_of, images, where, split)
        found += (pictures := list(file.pictures(_wrong)))
        given += [split] * len(pictures)
        names |= dict.fromkeys(file.names)
    if not found:
        raise InputError(Problem(where, "names no pictures"))
    used = {each.name for picture in found for each in picture.annotations}
    left.add("classes that no outline is of", [name for name in names if name not in used], expected=True)
    labels = RawLabels(
        ((where, np.arange(len(found))),),
        known=tuple(name for name in names if name in used),
        outlines=tuple(_outlines(picture, where) for picture in found),
    )
    files = told_apart([picture.file for picture in found])
    return Listing(files, labels, tuple(given) if any(given) else None, left.by_kind())


def _outlines(picture: Annotated, where: str) -> PictureOutlines:
    """Crowds too, as a pixel of a crowd is of its class."""
    if picture.size is None:
        rule = f"the picture '{picture.file.name}' must have height and width among 'images', as its mask has them"
        raise InputError(Problem(where, rule))
    outlines = (Outline(each.name, each.entry["segmentation"], each.mark) for each in picture.annotations)
    return PictureOutlines(picture.size, tuple(outlines))


def _wrong(entry: Mapping[str, Any]) -> str | None:
    if entry.get("segmentation"):
        return None
    return "it has no segmentation, which masks are made of: boxes alone are for task: detection"
