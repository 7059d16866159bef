"""Boxes in the text files of YOLO: a line a box, in shares of its picture."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.boxes.box_files import SHOWN, Boxed, pictures_below, split_folders
from cnnsearch.data.sources.boxes.yolo_file import DataFile, data_file
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train
from cnnsearch.data.sources.spec import YoloSource
from cnnsearch.data.sources.split_names import split_named
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
    yaml = named if is_yaml else _yaml_of(root)
    told = None if yaml is None else data_file(yaml, where)
    names = layout.class_names or (told.names if told else ()) or _of_files(root, yaml, where)
    parts = _parts_told(told, layout, boxed, is_yaml) if told else {}
    keypoints = 0 if told is None else told.keypoints
    if told is not None and keypoints:
        boxed.notes.append(f"{told.path.name} says that keypoints follow each box (kpt_shape): these are not read")
    missing: list[str] = []
    count = 0
    for split, part in (parts or _parts_lying(root, layout, boxed)).items():
        before = len(missing)
        count += len(part.files)
        _add(boxed, part, names, split, missing, keypoints)
        if len(missing) - before == len(part.files):
            rule = f"no picture of '{part.told}' has a text file of boxes in the folder of labels"
            raise InputError(Problem(where, rule, ", ".join(map(str, part.labels))))
    if missing:
        boxed.notes.append(
            f"{len(missing):,} of {count:,} pictures have no text file of boxes, and are taken for pictures without any"
        )
    return boxed.listing(names)


@dataclass(frozen=True)
class _Part:
    """The pictures of one split.

    Attributes:
        told: what messages call it.
        files: name -> the picture and its text file, which need not be there.
        labels: the folders of the text files.
    """

    told: str
    files: Mapping[str, tuple[Path, Path]]
    labels: tuple[Path, ...]


def _parts_told(told: DataFile, layout: YoloSource, boxed: Boxed, is_named: bool) -> dict[str, _Part]:
    """Split -> its pictures, as ``data.yaml`` says; nothing where it says no folders for training.

    A file that was moved may say folders that are not there: that is an error where the user names the file, and else
    told, as the folders beside it may be read as they lie.
    """
    entries = told.entries()
    if "train" not in entries:
        return {}
    if gone := [each for of in entries.values() for each in of if not each.exists()]:
        rule = f"{told.path.name} says '{gone[0]}', which is not there"
        if is_named:
            raise InputError(Problem(boxed.where, f"{rule}: its folders are relative to 'path', or to the file"))
        boxed.notes.append(f"{rule}: the folders beside it are read as they lie")
        return {}
    found = {split: _part(told, of, layout, boxed) for split, of in entries.items()}
    _tell_unnamed(told, layout, boxed, found)
    if "validation" in found and found["validation"].files == found["train"].files:
        del found["validation"]
        boxed.notes.append(f"{told.path.name} says the same pictures for val as for train: val is left out")
    first: dict[str, str] = {}
    for split, part in found.items():
        if both := next((name for name in part.files if first.setdefault(name, split) != split), None):
            rule = f"says {both} for {split}, which is for {first[both]} too"
            raise InputError(Problem(boxed.where, rule, str(told.path)))
    return found


def _tell_unnamed(told: DataFile, layout: YoloSource, boxed: Boxed, parts: Mapping[str, _Part]) -> None:
    """Folders of splits that lie there, and of which the file names nothing."""
    # Of one form: a file may name a folder by its whole path, or by a way around.
    read = {Path(os.path.abspath(path.parent)) for part in parts.values() for path, _ in part.files.values()}
    with contextlib.suppress(InputError):  # nothing lies there, or not so that it could be read
        lying = _folders(told.base, layout, boxed.where, Leftovers())
        for split, (images, _) in lying.items():
            is_read = any(folder.is_relative_to(os.path.abspath(images)) for folder in read)
            if split not in ("", *parts) and images.is_dir() and not is_read:
                key = "val" if split == "validation" else split
                folder = images.relative_to(told.base).as_posix()
                rule = f"names nothing for {key}, so '{folder}' is not read; to read it, write '{key}: {folder}' there"
                boxed.notes.append(f"{told.path.name} {rule}")


def _part(told: DataFile, entries: tuple[Path, ...], layout: YoloSource, boxed: Boxed) -> _Part:
    paths = [path for entry in entries for path in told.pictures(entry, boxed.where, boxed.left)]
    files = {told.name(path): (path, _beside(path, layout)) for path in paths}
    folders = tuple(dict.fromkeys(_beside(entry / "any", layout).parent for entry in entries if entry.is_dir()))
    return _Part(", ".join(map(told.name, entries)), files, folders)


def _beside(picture: Path, layout: YoloSource) -> Path:
    """The text file of a picture: in the folder of labels in the place of the last one of pictures in its path."""
    parts = list(picture.parts)
    places = [at for at, part in enumerate(parts[:-1]) if part == layout.images]
    if places:
        parts[places[-1]] = layout.labels
    return Path(*parts).with_suffix(".txt")


def _parts_lying(root: Path, layout: YoloSource, boxed: Boxed) -> dict[str, _Part]:
    """Split, or nothing, -> its pictures, by how the folders are called."""
    found = {}
    for split, (images, labels) in _folders(root, layout, boxed.where, boxed.left).items():
        pictures = pictures_below(images, boxed.where, boxed.left, ".txt")
        files = {name: (path, labels / PurePosixPath(name).with_suffix(".txt")) for name, path in pictures.items()}
        found[split] = _Part(images.name, files, (labels,))
    return found


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


def _add(boxed: Boxed, part: _Part, names: tuple[str, ...], split: str, missing: list[str], keypoints: int) -> None:
    problems: list[Problem] = []
    for name, (path, file) in boxed.one_of_a_name(part.files, lambda files: str(files[1])).items():
        if file.is_file():
            # As train/labels/a.txt, where that lies in a folder of its split.
            deep = 3 if split and split_named(file.parent.name) is None else 2
            boxes = _read(file, "/".join(file.parts[-deep:]), names, keypoints, boxed.where, problems)
        else:
            missing.append(name)
            boxes = PictureBoxes.of([])
        boxed.add(PictureFile(path, name), boxes, split)
        if len(problems) >= SHOWN:
            break
    if problems:
        raise InputError(problems[:SHOWN])
    used = {file for _, file in part.files.values()}
    texts = [file for folder in part.labels for file in sorted(folder.rglob("*.txt"))]
    others = [file.name for file in texts if file not in used and file.name != "classes.txt"]
    boxed.left.add("text files without a picture", others)


def _read(
    file: Path, called: str, names: tuple[str, ...], keypoints: int, where: str, problems: list[Problem]
) -> PictureBoxes:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        problems.append(Problem(where, f"{called} cannot be read: {error}"))
        return PictureBoxes.of([])
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        mark = f"{called}, line {number}"
        found = _box(line.split(), names, keypoints)
        if isinstance(found, str):
            problems.append(Problem(where, f"{mark}: {found}", line.strip()[:80]))
        else:
            rows.append((*found, mark))
    return PictureBoxes.of(rows)


def _box(cells: list[str], names: tuple[str, ...], keypoints: int) -> tuple[tuple[float, ...], str] | str:
    """Box and class; or what is wrong with the line, in which so many numbers of keypoints follow the box."""
    try:
        numbers = [float(cell) for cell in cells[1:]]
        kind = int(cells[0])
    except ValueError:
        return "must be numbers: the class, then the middle of the box, its width and its height"
    if keypoints:
        if len(numbers) != 4 + keypoints:
            rule = (
                f"must have {5 + keypoints} numbers, the class, the box, and {keypoints} of keypoints as kpt_shape says"
            )
            return f"{rule}; it has {len(cells)}"
        numbers = numbers[:4]
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


def _yaml_of(root: Path) -> Path | None:
    """The file of a folder that tells of its data, by how it is called."""
    files = (root / "data.yaml", root / "dataset.yaml", *sorted(root.glob("*.yaml")))
    return next((file for file in files if file.is_file()), None)


def _of_files(root: Path, yaml: Path | None, where: str) -> tuple[str, ...]:
    """Names of the classes, by their numbers.

    Raises:
        InputError: no file tells them.
    """
    for file in (root / "classes.txt", root / "obj.names", root / "labels" / "classes.txt"):
        if file.is_file():
            return _of_text(file, where)
    if yaml is not None:
        rule = "must have the key 'names', a list of different names of the classes or {0: NAME, ...}"
        raise InputError(Problem(where, rule, str(yaml)))
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
