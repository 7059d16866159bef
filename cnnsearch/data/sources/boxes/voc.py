"""Boxes in the XML files of Pascal VOC."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path, PurePosixPath

from cnnsearch.data.raw_boxes import PictureBoxes
from cnnsearch.data.sources.boxes.box_files import SHOWN, Boxed, pictures_below, split_folders
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.folders import check_train
from cnnsearch.data.sources.spec import VocSource
from cnnsearch.data.sources.split_lists import listed_splits
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_voc", "load_voc"]

_SETS = "ImageSets/Main"
"""The folder of lists of pictures, one a split."""

_SIDES = ("xmin", "ymin", "xmax", "ymax")


def load_voc(source: VocSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """Pictures with the boxes of the XML files that are called as they are.

    Raises:
        InputError: a folder or file is not there, is no such file, or too many pictures cannot be read.
    """
    path = os.path.expanduser(source.path)
    listing = list_voc(path, source, "dataset.path")
    check_train(listing, path)
    return collect_files(listing, source, image_size, seed, read)


def list_voc(path: str, layout: VocSource, where: str) -> Listing:
    """The pictures of a folder that have an XML file.

    Args:
        path: of the folder.
        layout: how the folders in it are called.
        where: what messages call it.

    Raises:
        InputError: as of :func:`load_voc`.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError(Problem(where, "there is no such folder", path))
    boxed, difficult = Boxed(where), list[str]()
    is_plain = (root / layout.annotations).is_dir() and layout.annotations != "."
    for split, folder in ({} if is_plain else split_folders(root, where, boxed.left)).items() or {"": root}.items():
        _add(boxed, folder, layout, split, difficult)
    if difficult:
        is_one = len(difficult) == 1
        what, counts = ("box is", "counts") if is_one else ("boxes are", "count")
        told = f"{len(difficult):,} {what} marked as difficult, and {counts} as any other"
        boxed.notes.append(f"{told}: {difficult[0]}{'' if is_one else ', ...'}")
    return boxed.listing()


def _add(boxed: Boxed, folder: Path, layout: VocSource, split: str, difficult: list[str]) -> None:
    annotations, images = (_there(folder, name) for name in (layout.annotations, layout.images))
    if not annotations.is_dir():
        raise InputError(Problem(boxed.where, "there is no such folder", str(annotations)))
    files = {
        str(PurePosixPath(path.relative_to(annotations).with_suffix(""))): path for path in annotations.rglob("*.xml")
    }
    if not files:
        raise InputError(Problem(boxed.where, "has no .xml files", str(annotations)))
    pictures = _pictures(images, boxed)
    if not any(stem in pictures for stem in files):
        rule = (
            f"none of the {len(files):,} .xml files is called as a picture is, as {next(iter(sorted(files)))}.xml: "
            f"'{layout.images}' and '{layout.annotations}' must lie in one folder, which is named; dataset.images and "
            "dataset.annotations name others"
        )
        raise InputError(Problem(boxed.where, rule, str(folder)))
    splits = {} if split else listed_splits(folder / _SETS, boxed.where, boxed.left)
    problems: list[Problem] = []
    for stem in sorted(files):
        if stem not in pictures:
            boxed.left.add(".xml files without a picture", [f"{stem}.xml"])
        elif splits and stem not in splits:
            boxed.left.add(f"pictures that no list of {_SETS} names", [stem])
        else:
            called = f"{folder.name}/{files[stem].name}" if split else files[stem].name
            boxes = _read(files[stem], called, boxed.where, problems, difficult)
            boxed.add(PictureFile(pictures[stem][1], pictures[stem][0]), boxes, split or splits.get(stem, ""))
    if problems:
        raise InputError(problems[:SHOWN])
    boxed.left.add(f"names in {_SETS} without an .xml file", [stem for stem in splits if stem not in files])
    boxed.left.add("pictures without an .xml file", [name for stem, (name, _) in pictures.items() if stem not in files])


def _there(folder: Path, name: str) -> Path:
    """Folders of splits mostly have both side by side."""
    return folder / name if (folder / name).is_dir() else folder


def _pictures(folder: Path, boxed: Boxed) -> dict[str, tuple[str, Path]]:
    """Name without its suffix -> the name and the picture."""
    below = pictures_below(folder, boxed.where, boxed.left, ".xml")
    named = {name: (str(PurePosixPath(name).with_suffix("")), path) for name, path in below.items()}
    found = boxed.one_of_a_name(named, lambda file: file[0])
    return {stem: (name, path) for name, (stem, path) in found.items()}


def _read(path: Path, called: str, where: str, problems: list[Problem], difficult: list[str]) -> PictureBoxes:
    """Boxes in VOC begin at 1 and hold their last pixel."""
    try:
        text = path.read_bytes()
        if b"<!ENTITY" in text:
            raise InputError(Problem(where, "defines entities, which are not read", str(path)))
        root = ET.fromstring(text)
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}", str(path))) from None
    except ET.ParseError as error:
        problems.append(Problem(where, f"{called} is no XML: {error}"))
        return PictureBoxes.of([])
    rows = []
    for number, each in enumerate(root.iter("object"), 1):
        mark, name = f"{called}, object {number}", (each.findtext("name") or "").strip()
        try:
            left, top, right, bottom = (float(each.findtext(f"bndbox/{side}") or "") for side in _SIDES)
        except ValueError:
            problems.append(Problem(where, f"{mark}: its bndbox must have numbers as {', '.join(_SIDES)}"))
            continue
        if not name:
            problems.append(Problem(where, f"{mark}: has no name, which is its class"))
            continue
        if (each.findtext("difficult") or "").strip() == "1":
            difficult.append(mark)
        rows.append(((left - 1, top - 1, right, bottom), name, mark))
    return PictureBoxes.of(rows, _size(root))


def _size(root: ET.Element) -> tuple[int, int] | None:
    try:
        height, width = (int(root.findtext(f"size/{side}") or 0) for side in ("height", "width"))
    except ValueError:
        return None
    return (height, width) if height and width else None
