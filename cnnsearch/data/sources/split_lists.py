"""Lists of pictures, one a split, as PASCAL VOC keeps them in ``ImageSets``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cnnsearch.data.left_out import Leftovers
from cnnsearch.errors import InputError, Problem

__all__ = ["listed_splits"]

_NAMES = {"train": ("train", "trainval"), "validation": ("val",), "test": ("test",)}
"""Split -> the names of its list, the likeliest first."""


def listed_splits(folder: Path, where: str, left: Leftovers) -> Mapping[str, str]:
    """Picture, without its suffix -> its split; empty where no list is for training.

    Args:
        folder: of the lists, which need not be there. ``trainval.txt`` is read where there is no ``train.txt``.
        where: what messages call the data.
        left: gets lists that are not read; nobody misses those beside lists that are.

    Raises:
        InputError: one cannot be read, or two name one picture.
    """
    lists = {file.stem: file for file in sorted(folder.glob("*.txt"))} if folder.is_dir() else {}
    read = {split: next((lists[name] for name in names if name in lists), None) for split, names in _NAMES.items()}
    used = [file for file in read.values() if file is not None] if read["train"] is not None else []
    others = [file.name for file in lists.values() if file not in used]
    left.add(f"lists in {folder.parent.name}/{folder.name} that are not read", others, expected=bool(used))
    found: dict[str, str] = {}
    for split, file in read.items() if used else ():
        for stem in () if file is None else _names(file, where):
            if found.setdefault(stem, split) != split:
                rule = f"names {stem} for {split}, which is listed for {found[stem]} too"
                raise InputError(Problem(where, rule, str(file)))
    return found


def _names(file: Path, where: str) -> list[str]:
    """The first word of each line."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise InputError(Problem(where, f"cannot be read: {error}", str(file))) from None
    return [line.split()[0] for line in lines if line.strip()]
