"""Boxes in the text files of YOLO: a line a box, in shares of its picture."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.boxes.box_files import SHOWN, Boxed, pictures_below, split_folders
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train
from cnnsearch.data.sources.spec import YoloSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_yolo", "load_yolo"]

_SLACK = 1e-3
"""By which a share may lie beyond 0 and 1, as rounded numbers do."""


def load_yolo(source: YoloSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """Pictures with the boxes of the text files that are called as they are; one without such a file has none.

    Raises:
        InputError: a folder is not there, a line is no box, or too many pictures cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_yolo(path, source, "dataset.path")
    check_train(listing, path)
    return collect_files(listing, source, image_size, seed, read)


def list_yolo(path: str, layout: YoloSource, where: str) -> Listing:
    """The pictures of a folder.

    Args:
        path: of the folder, or of the ``data.yaml`` in it.
        layout: how the folders in it are called.
        where: what messages call it.

    Raises:
        InputError: as of :func:`load_yolo`.
    """
    named = Path(path)
    is_yaml = named.is_file() and named.suffix in (".yaml", ".yml")
    root = named.parent if is_yaml else named
    if not root.is_dir():
        raise InputError(Problem(where, "there is no such folder", path))
    boxed = Boxed(where, "shares")
    names = layout.class_names or (_of_yaml(named, where) if is_yaml else _names(root, where))
    missing: list[str] = []
    count = 0
    for split, (images, labels) in _folders(root, layout, where, boxed.left).items():
        pictures = pictures_below(images, where, boxed.left, ".txt")
        before = len(missing)
        count += len(pictures)
        _add(boxed, pictures, labels, names, split, missing)
        if len(missing) - before == len(pictures):
            rule = f"no picture of '{images.name}' has a text file of boxes in the folder of labels"
            raise InputError(Problem(where, rule, str(labels)))
    if missing:
        boxed.notes.append(
            f"{len(missing):,} of {count:,} pictures have no text file of boxes, and are taken for pictures without any"
        )
    return boxed.listing(names)


def _folders(root: Path, layout: YoloSource, where: str, left: Leftovers) -> dict[str, tuple[Path, Path]]:
    """Split, or nothing, -> the folders of pictures and of text files."""
    images, labels = root / layout.images, root / layout.labels
    if images.is_dir():
        if not labels.is_dir():
            raise InputError(Problem(where, f"has a folder '{layout.images}' and no '{layout.labels}'", str(root)))
        splits = split_folders(images, where, left)
        return {split: (each, labels / each.name) for split, each in splits.items()} or {"": (images, labels)}
    splits = split_folders(root, where, left)
    if not splits:
        rule = f"needs the folders '{layout.images}' and '{layout.labels}', or train, val and test with these"
        raise InputError(Problem(where, rule, str(root)))
    return {split: (each / layout.images, each / layout.labels) for split, each in splits.items()}


def _add(
    boxed: Boxed, pictures: Mapping[str, Path], labels: Path, names: tuple[str, ...], split: str, missing: list[str]
) -> None:
    problems: list[Problem] = []
    used = set()
    for name, path in pictures.items():
        file = labels / PurePosixPath(name).with_suffix(".txt")
        used.add(file)
        if file.is_file():
            boxes = _read(file, names, boxed.where, problems)
        else:
            missing.append(name)
            boxes = PictureBoxes.of([])
        boxed.add(PictureFile(path, name), boxes, split)
        if len(problems) >= SHOWN:
            break
    if problems:
        raise InputError(problems[:SHOWN])
    others = [file.name for file in sorted(labels.rglob("*.txt")) if file not in used and file.name != "classes.txt"]
    boxed.left.add("text files without a picture", others)


def _read(file: Path, names: tuple[str, ...], where: str, problems: list[Problem]) -> PictureBoxes:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        problems.append(Problem(where, f"{file.name} cannot be read: {error}"))
        return PictureBoxes.of([])
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        mark = f"{file.parent.name}/{file.name}, line {number}"
        found = _box(line.split(), names)
        if isinstance(found, str):
            problems.append(Problem(where, f"{mark}: {found}", line.strip()[:80]))
        else:
            rows.append((*found, mark))
    return PictureBoxes.of(rows)


def _box(cells: list[str], names: tuple[str, ...]) -> tuple[tuple[float, ...], str] | str:
    """Box and class; or what is wrong with the line."""
    try:
        numbers = [float(cell) for cell in cells[1:]]
        kind = int(cells[0])
    except ValueError:
        return "must be numbers: the class, then the middle of the box, its width and its height"
    if len(numbers) != 4 and (len(numbers) < 6 or len(numbers) % 2):
        return (
            f"must have 5 numbers, the class, then the middle of the box, its width and its height; it has {len(cells)}"
        )
    if not 0 <= kind < len(names):
        return f"its class must be from 0 to {len(names) - 1}, as there are {len(names)} names"
    if not all(-_SLACK <= number <= 1 + _SLACK for number in numbers):
        return "must have shares of the sides of the picture, from 0 to 1, and no pixels"
    if len(numbers) > 4:  # the outline of an object
        columns, rows = numbers[::2], numbers[1::2]
        return (min(columns), min(rows), max(columns), max(rows)), names[kind]
    x, y, width, height = numbers
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2), names[kind]


def _names(root: Path, where: str) -> tuple[str, ...]:
    """Of the classes, by their numbers.

    Raises:
        InputError: no file tells them.
    """
    for file in (root / "data.yaml", root / "dataset.yaml", *sorted(root.glob("*.yaml"))):
        if file.is_file():
            return _of_yaml(file, where)
    for file in (root / "classes.txt", root / "obj.names", root / "labels" / "classes.txt"):
        if file.is_file():
            return _of_text(file, where)
    rule = "has no data.yaml and no classes.txt that names the classes: say dataset.class_names, as [cat, dog]"
    raise InputError(Problem(where, rule, str(root)))


def _of_text(file: Path, where: str) -> tuple[str, ...]:
    """A name a line: which line it is, is its number."""
    try:
        names = [line.strip() for line in file.read_text(encoding="utf-8-sig").rstrip().splitlines()]
    except (OSError, UnicodeError) as error:
        raise InputError(Problem(where, f"cannot be read: {error}", str(file))) from None
    if not all(names) or len({*names}) < len(names):
        raise InputError(Problem(where, "must have the name of a class on each line, and each once", str(file)))
    return tuple(names)


def _of_yaml(file: Path, where: str) -> tuple[str, ...]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content: Any = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, YAMLError) as error:
        raise InputError(Problem(where, f"cannot be read as YAML: {error}", str(file))) from None
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, dict) and sorted(names, key=str) == sorted(range(len(names)), key=str):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names or len({*map(str, names)}) < len(names):
        rule = "must have the key 'names', a list of different names of the classes or {0: NAME, ...}"
        raise InputError(Problem(where, rule, str(file)))
    return tuple(map(str, names))
