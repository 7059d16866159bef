"""Clip art of Debian's package ``openclipart-png``, by what it shows: classes of unequal size, drawn by many hands."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["CLIP_ART", "clip_art_folder"]

CLIP_ART = Path("/usr/share/openclipart/png")
"""Where the package puts them."""

_CLASSES = ("animals", "buildings", "food", "office", "people", "plants", "tools", "transportation")
"""Those that are things; others are symbols, or a mixture."""


def clip_art_folder(folder: Path, source: Path = CLIP_ART) -> Path:
    """A folder for each class; one that is there is taken.

    Args:
        folder: that holds the folders.
        source: of the package. Links are left out: a picture under a second name, or none.
    """
    if not folder.is_dir():
        made = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(made, ignore_errors=True)
        for name in _CLASSES:
            shutil.copytree(source / name, made / name, ignore=_links)
        made.rename(folder)
    return folder.resolve()


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]
