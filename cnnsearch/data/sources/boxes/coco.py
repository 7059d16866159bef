"""Boxes in the JSON of COCO."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.boxes.box_files import SHOWN, Boxed, split_folders
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train
from cnnsearch.data.sources.spec import CocoSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_coco", "load_coco"]

_Row = tuple[tuple[float, ...], str, str, bool]


def load_coco(source: CocoSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """Pictures with the boxes of a JSON file.

    Raises:
        InputError: the file is not there or is no such file, a box is none, or too many pictures cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_coco(path, source.images, "dataset.path")
    check_train(listing, path)
    return collect_files(listing, source, image_size, seed, read)


def list_coco(path: str, images: str, where: str) -> Listing:
    """The pictures that a file, or those of a folder, name.

    Args:
        path: of the file, or a folder with one, or with folders of splits that have one each.
        images: the folder of the pictures, relative to that of the file.
        where: what messages call it.

    Raises:
        InputError: as of :func:`load_coco`.
    """
    boxed = Boxed(where)
    names: dict[str, None] = {}
    for split, file in _files(Path(path), where, boxed.left).items():
        names |= dict.fromkeys(_OfFile(file, images, where).add_to(boxed, split))
    return boxed.listing(tuple(names))


def _files(path: Path, where: str, left: Leftovers) -> dict[str, Path]:
    """Split, or nothing, -> its file."""
    if path.is_file():
        return {"": path}
    if not path.is_dir():
        raise InputError(Problem(where, "there is no such file or folder", str(path)))
    splits = {} if any(path.glob("*.json")) else split_folders(path, where, left)
    return {split: _only(folder, where) for split, folder in (splits or {"": path}).items()}


def _only(folder: Path, where: str) -> Path:
    found = sorted(folder.glob("*.json"))
    if len(found) != 1:
        names = ", ".join(file.name for file in found[:SHOWN]) or "none"
        rule = f"must have one .json file in it, and has: {names}; name the file itself where there are several"
        raise InputError(Problem(where, rule, str(folder)))
    return found[0]


class _OfFile:
    """One file.

    Raises:
        InputError: it cannot be read, or has not the lists of COCO.
    """

    def __init__(self, path: Path, images: str, where: str) -> None:
        self._path, self._where = path, where
        self._folder = path.parent / images
        content = self._content()
        self._images = self._list(content, "images")
        self._annotations = self._list(content, "annotations")
        self._categories = self._list(content, "categories")

    def add_to(self, boxed: Boxed, split: str) -> list[str]:
        """Add its pictures, and tell the names of its classes.

        Raises:
            InputError: an entry has not what it needs, or names what is not there.
        """
        names = self._names()
        pictures = self._pictures()
        rows: dict[Any, list[_Row]] = {number: [] for number in pictures}
        problems = []
        for at, entry in enumerate(self._annotations):
            mark = f"{self._path.name}, annotation {entry.get('id', f'number {at}')}"
            rule = _wrong(entry, pictures, names)
            if rule is not None:
                problems.append(Problem(self._where, f"{mark}: {rule}"))
            else:
                left, top, width, height = map(float, entry["bbox"])
                box = (left, top, left + width, top + height)
                is_crowd = bool(entry.get("iscrowd"))
                rows[entry["image_id"]].append((box, names[entry["category_id"]], mark, is_crowd))
        if problems:
            raise InputError(problems[:SHOWN])
        for number, entry in pictures.items():
            file = PictureFile(self._folder / entry["file_name"], entry["file_name"])
            of = rows[number]
            boxes = PictureBoxes.of([row[:3] for row in of], _size(entry), [is_crowd for *_, is_crowd in of])
            boxed.add(file, boxes, split)
        if crowds := [row[2] for of in rows.values() for row in of if row[3]]:
            boxed.notes.append(_crowds(crowds))
        return [names[number] for number in sorted(names, key=str if _mixed(names) else None)]

    def _content(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self._path.read_bytes())
        except OSError as error:
            raise InputError(Problem(self._where, f"cannot be read: {error.strerror}", str(self._path))) from None
        except (ValueError, RecursionError) as error:
            raise InputError(Problem(self._where, f"is no JSON: {error}", str(self._path))) from None
        if not isinstance(found, dict):
            raise InputError(Problem(self._where, "must be COCO's JSON, a mapping with images", str(self._path)))
        return found

    def _list(self, content: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        found = content.get(key)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            rule = f"must have a list of mappings '{key}', as COCO has for object detection"
            raise InputError(Problem(self._where, rule, str(self._path)))
        return found

    def _names(self) -> dict[Any, str]:
        """Of the categories by their ids. One that nothing is of may have the name of another: that of a group."""
        used = {number for entry in self._annotations if _is_id(number := entry.get("category_id"))}
        names: dict[Any, str] = {}
        for entry in self._categories:
            number, name = entry.get("id"), entry.get("name")
            taken = {names[each] for each in used & names.keys()} if number in used else set()
            if not (_is_id(number) and isinstance(name, str)) or number in names or name in taken:
                rule = f"{self._path.name}: each of 'categories' must have an id and a name of its own"
                raise InputError(Problem(self._where, rule, f"{number}: {name}"))
            names[number] = name
        return names

    def _pictures(self) -> dict[Any, dict[str, Any]]:
        pictures: dict[Any, dict[str, Any]] = {}
        for entry in self._images:
            number, name = entry.get("id"), entry.get("file_name")
            if not _is_id(number) or not isinstance(name, str) or not name or number in pictures:
                rule = f"{self._path.name}: each of 'images' must have an id of its own and a file_name"
                raise InputError(Problem(self._where, rule, f"{number}: {name}"))
            pictures[number] = entry
        return pictures


def _crowds(marks: Sequence[str]) -> str:
    """What is told of them, by where they stand."""
    is_one = len(marks) == 1
    told = "box is a crowd" if is_one else "boxes are crowds"
    what = f"{len(marks):,} {told}, which no box has to find, and in which none is wrong"
    return f"{what}: {marks[0]}{'' if is_one else ', ...'}"


def _is_id(number: Any) -> bool:
    return isinstance(number, (int, str)) and not isinstance(number, bool)


def _mixed(names: Mapping[Any, str]) -> bool:
    return len({type(number) for number in names}) > 1


def _wrong(entry: Mapping[str, Any], pictures: Mapping[Any, Any], names: Mapping[Any, str]) -> str | None:
    picture, category, box = entry.get("image_id"), entry.get("category_id"), entry.get("bbox")
    if not _is_id(picture) or picture not in pictures:
        return f"its image_id {picture!r} is none of the file's images"
    if not _is_id(category) or category not in names:
        return f"its category_id {category!r} is none of the file's categories"
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
        return f"its bbox must be [left, top, width, height], in pixels, and is {box!r}"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _size(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    height, width = entry.get("height"), entry.get("width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) and height and width else None
