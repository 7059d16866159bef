"""The JSON of COCO: pictures, categories, and what is annotated of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.boxes.box_files import SHOWN, split_folders
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile

__all__ = ["Annotated", "Annotation", "CocoFile", "coco_files", "is_number"]


def coco_files(path: Path, where: str, left: Leftovers) -> dict[str, Path]:
    """Split, or nothing, -> its file.

    Args:
        path: of the file, or a folder with one, or with folders of splits that have one each.
        where: what messages call it.
        left: gets folders whose names are no splits.

    Raises:
        InputError: there is no such file, or several in one folder.
    """
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


@dataclass(frozen=True)
class Annotation:
    """One entry of a picture.

    Attributes:
        entry: as the file has it.
        name: of its category.
        mark: where it stands, for messages.
    """

    entry: Mapping[str, Any]
    name: str
    mark: str


@dataclass(frozen=True)
class Annotated:
    """A picture with all that is annotated of it.

    Attributes:
        file: of the picture.
        size: height and width, as the file has them; ``None``: it has not.
        annotations: in the order of the file.
    """

    file: PictureFile
    size: tuple[int, int] | None
    annotations: tuple[Annotation, ...]


class CocoFile:
    """One file.

    Args:
        path: of it.
        images: the folder of the pictures, relative to that of the file.
        where: what messages call it.
        split: that it is of, where each has a file, which may all be called the same; else empty.

    Attributes:
        name: of the file, with its folder where it is one of several.

    Raises:
        InputError: it cannot be read, or has not the lists of COCO.
    """

    def __init__(self, path: Path, images: str, where: str, split: str = "") -> None:
        self.name = f"{path.parent.name}/{path.name}" if split else path.name
        self._path, self._where = path, where
        self._folder = path.parent / images
        content = self._content()
        self._images = self._list(content, "images")
        self._annotations = self._list(content, "annotations")
        self._categories = self._list(content, "categories")

    def pictures(self, wrong: Callable[[Mapping[str, Any]], str | None]) -> Iterator[Annotated]:
        """All of them, in their order.

        Args:
            wrong: what is wrong with what an annotation says, in words; ``None``: nothing.

        Raises:
            InputError: an entry has not what it needs, or names what is not there.
        """
        names, pictures = self._names(), self._pictures()
        of: dict[Any, list[Annotation]] = {number: [] for number in pictures}
        problems = []
        for at, entry in enumerate(self._annotations):
            mark = f"{self.name}, annotation {entry.get('id', f'number {at}')}"
            rule = _wrong(entry, pictures, names) or wrong(entry)
            if rule is None:
                of[entry["image_id"]].append(Annotation(entry, names[entry["category_id"]], mark))
            else:
                problems.append(Problem(self._where, f"{mark}: {rule}"))
        if problems:
            raise InputError(problems[:SHOWN])
        paths = {number: _placed(self._folder, entry["file_name"]) for number, entry in pictures.items()}
        if paths and not any(path.is_file() for path in paths.values()):
            hint = "; dataset.images names their folder, relative to that of the file" * self._where.startswith(
                "dataset."
            )
            rule = f"{self.name}: none of its {len(paths):,} pictures is there, as {next(iter(paths.values()))}{hint}"
            raise InputError(Problem(self._where, rule))
        for number, entry in pictures.items():
            yield Annotated(PictureFile(paths[number], entry["file_name"]), _size(entry), tuple(of[number]))

    @property
    def names(self) -> list[str]:
        """Of the categories, by their ids."""
        names = self._names()
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
                rule = f"{self.name}: each of 'categories' must have an id and a name of its own"
                raise InputError(Problem(self._where, rule, f"{number}: {name}"))
            names[number] = name
        return names

    def _pictures(self) -> dict[Any, dict[str, Any]]:
        pictures: dict[Any, dict[str, Any]] = {}
        for entry in self._images:
            number, name = entry.get("id"), entry.get("file_name")
            if not _is_id(number) or not isinstance(name, str) or not name or number in pictures:
                rule = f"{self.name}: each of 'images' must have an id of its own and a file_name"
                raise InputError(Problem(self._where, rule, f"{number}: {name}"))
            pictures[number] = entry
        return pictures


def _placed(folder: Path, name: str) -> Path:
    """Backslashes are those of Windows where there is no file that has them in its name."""
    path = folder / name
    return folder / name.replace("\\", "/") if "\\" in name and not path.exists() else path


def _is_id(number: Any) -> bool:
    return isinstance(number, (int, str)) and not isinstance(number, bool)


def _mixed(names: Mapping[Any, str]) -> bool:
    return len({type(number) for number in names}) > 1


def _wrong(entry: Mapping[str, Any], pictures: Mapping[Any, Any], names: Mapping[Any, str]) -> str | None:
    picture, category = entry.get("image_id"), entry.get("category_id")
    if not _is_id(picture) or picture not in pictures:
        return f"its image_id {picture!r} is none of the file's images"
    if not _is_id(category) or category not in names:
        return f"its category_id {category!r} is none of the file's categories"
    return None


def is_number(value: Any) -> bool:
    """Whether JSON has a number there."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _size(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    height, width = entry.get("height"), entry.get("width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) and height and width else None
