"""Pictures with their boxes, or with masks where the task reads these, in the JSON of COCO."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.boxes.box_files import Boxed
from cnnsearch.data.sources.boxes.coco_file import CocoFile, coco_files, is_number
from cnnsearch.data.sources.boxes.coco_outlines import list_coco_outlines
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.excerpts import excerpted
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train
from cnnsearch.data.sources.spec import CocoSource
from cnnsearch.inputs.pictures.pictures import Size

__all__ = ["list_coco", "load_coco"]


def load_coco(source: CocoSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """Pictures with the boxes, or the outlines, of a JSON file.

    Raises:
        InputError: the file is not there or is no such file, a box or outline is none, or too many pictures cannot be
            read.
    """
    path = os.path.expanduser(source.path)
    of_masks = read.reads == "masks"
    listing = (list_coco_outlines if of_masks else list_coco)(path, source.images, "dataset.path")
    check_train(listing, path)
    if of_masks:
        listing = excerpted(listing, source.tiles, "dataset.path", source.group is not None)
    return collect_files(listing, source, image_size, seed, read)


def list_coco(path: str, images: str, where: str) -> Listing:
    """The pictures that a file, or those of a folder, name, with their boxes.

    Args:
        path: of the file, or a folder with one, or with folders of splits that have one each.
        images: the folder of the pictures, relative to that of the file.
        where: what messages call it.

    Raises:
        InputError: as of :func:`load_coco`.
    """
    boxed = Boxed(where)
    names: dict[str, None] = {}
    crowds: list[str] = []
    for split, path_of in coco_files(Path(path), where, boxed.left).items():
        file = CocoFile(path_of, images, where, split)
        for picture in file.pictures(_wrong):
            rows = [(_box(each.entry), each.name, each.mark) for each in picture.annotations]
            are_crowds = [bool(each.entry.get("iscrowd")) for each in picture.annotations]
            boxed.add(picture.file, PictureBoxes.of(rows, picture.size, are_crowds), split)
            crowds += [each.mark for each in picture.annotations if each.entry.get("iscrowd")]
        names |= dict.fromkeys(file.names)
    if crowds:
        boxed.notes.append(_told(crowds))
    return boxed.listing(tuple(names))


def _box(entry: Mapping[str, Any]) -> tuple[float, ...]:
    left, top, width, height = map(float, entry["bbox"])
    return left, top, left + width, top + height


def _told(crowds: Sequence[str]) -> str:
    """What is told of them, by where they stand."""
    is_one = len(crowds) == 1
    which = "box is a crowd" if is_one else "boxes are crowds"
    what = f"{len(crowds):,} {which}, which no box has to find, and in which none is wrong"
    return f"{what}: {crowds[0]}{'' if is_one else ', ...'}"


def _wrong(entry: Mapping[str, Any]) -> str | None:
    box = entry.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(map(is_number, box)):
        return f"its bbox must be [left, top, width, height], in pixels, and is {box!r}"
    return None
