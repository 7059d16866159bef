"""The ``data.yaml`` of YOLO: names of the classes, and where the pictures of each split lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.boxes.box_files import SHOWN, pictures_below
from cnnsearch.errors import InputError, Problem

__all__ = ["DataFile", "data_file"]

_KEYS = {"train": "train", "val": "validation", "test": "test"}
"""Key -> the split of it."""


@dataclass(frozen=True)
class DataFile:
    """What one says.

    Attributes:
        path: of the file.
        names: of the classes; empty where it says none.
        splits: split -> the folders of pictures, or text files that list them; empty where it says none.
        root: what these are relative to; empty: the folder of the file.
        keypoints: numbers of them that follow each box; 0: there are none.
    """

    path: Path
    names: tuple[str, ...]
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    root: str = ""
    keypoints: int = 0

    def entries(self) -> dict[str, tuple[Path, ...]]:
        """Split -> its folders and lists, as they lie on this machine."""
        return {split: tuple(self._resolved(entry) for entry in entries) for split, entries in self.splits.items()}

    def pictures(self, entry: Path, where: str, left: Leftovers) -> Iterator[Path]:
        """Those of one folder or list.

        Raises:
            InputError: there are none, or the list names some that are not there.
        """
        if entry.is_dir():
            yield from pictures_below(entry, where, left, ".txt").values()
            return
        try:
            lines = [line.strip() for line in entry.read_text(encoding="utf-8-sig").splitlines()]
        except (OSError, UnicodeError) as error:
            raise InputError(Problem(where, f"cannot be read: {error}", str(entry))) from None
        found = [self._listed(entry, line) for line in lines if line]
        if missing := [line for line, path in zip(filter(None, lines), found, strict=True) if not path.is_file()]:
            more = f" and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
            rule = f"names pictures that are not there: {', '.join(missing[:SHOWN])}{more}"
            raise InputError(Problem(where, rule, str(entry)))
        yield from found

    def name(self, picture: Path) -> str:
        """What messages call a picture: its path from where the data lies."""
        return Path(os.path.relpath(picture, self.base)).as_posix()

    @property
    def base(self) -> Path:
        """What its entries are relative to: ``path``, where that is there, else where the file lies."""
        said = self.path.parent / Path(self.root).expanduser()
        return said if self.root and said.is_dir() else self.path.parent

    def _resolved(self, entry: str) -> Path:
        found = self.base / entry
        # Roboflow writes "../train/images" for what lies beside the file, and YOLO's own programs read it so.
        beside = self.base / entry.removeprefix("../")
        return found if found.exists() or not beside.exists() else beside

    def _listed(self, file: Path, line: str) -> Path:
        """Relative to the list, or as its folders are."""
        beside = file.parent / line
        return beside if beside.is_file() else self.base / line


def data_file(path: Path, where: str) -> DataFile:
    """Read one.

    Raises:
        InputError: it is no such file.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, YAMLError) as error:
        raise InputError(Problem(where, f"cannot be read as YAML: {error}", str(path))) from None
    content = content if isinstance(content, dict) else {}
    root = content.get("path")
    if root is not None and not isinstance(root, str):
        raise InputError(Problem(where, "must have a folder as its key 'path'", str(path)))
    names, splits = _names(content.get("names"), where, path), _splits(content, where, path)
    if names and type(count := content.get("nc")) is int and count != len(names):
        rule = f"says nc: {count}, and names {len(names)} classes: one of them is wrong"
        raise InputError(Problem(where, rule, str(path)))
    return DataFile(path, names, splits, root or "", _keypoints(content.get("kpt_shape"), where, path))


def _keypoints(shape: Any, where: str, path: Path) -> int:
    """Numbers of a line: of each keypoint its place, and whether it is seen."""
    if shape is None:
        return 0
    if not isinstance(shape, list) or len(shape) != 2 or any(type(each) is not int or each < 1 for each in shape):
        rule = "must have how many keypoints there are, and numbers of each, as its key 'kpt_shape', as [17, 3]"
        raise InputError(Problem(where, rule, str(path)))
    return int(shape[0] * shape[1])


def _names(names: Any, where: str, path: Path) -> tuple[str, ...]:
    if isinstance(names, dict):
        names = {int(key) if isinstance(key, str) and key.isdecimal() else key: name for key, name in names.items()}
    if isinstance(names, dict) and sorted(names, key=str) == sorted(range(len(names)), key=str):
        names = [names[number] for number in range(len(names))]
    if names is None:
        return ()
    if not isinstance(names, list) or not names or len({*map(str, names)}) < len(names):
        rule = "must have the key 'names', a list of different names of the classes or {0: NAME, ...}"
        raise InputError(Problem(where, rule, str(path)))
    return tuple(map(str, names))


def _splits(content: Mapping[str, Any], where: str, path: Path) -> dict[str, tuple[str, ...]]:
    found = {}
    for key, split in _KEYS.items():
        given = content.get(key)
        entries = [given] if isinstance(given, str) else given
        if not entries:
            continue
        if not isinstance(entries, list) or not all(isinstance(each, str) and each for each in entries):
            rule = f"must have a folder, a text file that lists pictures, or a list of these as its key '{key}'"
            raise InputError(Problem(where, rule, str(path)))
        found[split] = tuple(entries)
    return found
