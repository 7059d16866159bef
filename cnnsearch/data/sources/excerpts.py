"""Pages of TIFF stacks, and tiles of large pictures, each with its mask as a picture of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnsearch.data.raw_labels import MaskExcerpt, RawLabels
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import Tiles
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.excerpts import Excerpt, size_of
from cnnsearch.inputs.pictures.pictures import PictureFile
from cnnsearch.inputs.pictures.tiff import pages_of
from cnnsearch.inputs.pictures.tiles import tiles_of
from cnnsearch.inputs.pictures.within import WithinFile

__all__ = ["excerpted"]

_SHOWN = 10
"""Stacks that an error names."""

_FEWEST = 5
"""Files of which no split divides the pages; of fewer there would be no other way to have splits."""

_TIFF = (".tif", ".tiff")


@dataclass(frozen=True)
class _Part:
    """A picture of a file: which file of the listing, what is read of it, and of its mask."""

    index: int
    file: PictureFile
    of_mask: MaskExcerpt


def excerpted(listing: Listing, tiles: Tiles | None, where: str, is_grouped: bool = False) -> Listing:
    """Pictures with masks, of which stacks become their pages, and all, where that is asked for, their tiles.

    Those of one file are a group, which no split divides; so are the pages of stacks where there are five or more.
    Outlines are of one page, so that a file with these is no stack.

    Args:
        listing: files of pictures, with paths of masks or outlines.
        tiles: how pictures are cut; ``None``: they are not.
        where: what messages call the data.
        is_grouped: names of files say which of these belong together.

    Raises:
        InputError: a stack has another number of pages than that of its masks, or cannot be read; or a picture that is
            to be cut is no file of its own.
    """
    masks = _paths(listing.labels)
    parts: list[_Part] = []
    problems = []
    for index, file in enumerate(listing.files):
        try:
            pages = _pages(file.path) if masks else ()
            of_masks = _pages(masks[index]) if pages else ()
        except OSError as error:
            raise InputError(Problem(where, f"cannot be read: {error.strerror}", str(error.filename))) from None
        if tiles is not None and isinstance(file.path, WithinFile):
            rule = f"the picture '{file.name}' is no file of its own on this disk, and tiles are cut of such alone"
            problems.append(Problem(where, rule))
        elif len(pages) != len(of_masks):
            rule = f"the stack '{file.name}' has {len(pages)} pages, and its masks must have as many"
            problems.append(Problem(where, rule, max(1, len(of_masks))))
        else:
            parts += _parts(index, file, list(zip(pages, of_masks, strict=True)), tiles)
    if problems:
        raise InputError(problems[:_SHOWN])
    return listing if len(parts) == len(listing.files) and tiles is None else _of_parts(listing, parts, is_grouped)


def _paths(labels: RawLabels) -> Sequence[str]:
    """Of the masks; none where there are outlines."""
    if labels.outlines is not None:
        return ()
    root = os.path.dirname(os.path.abspath(labels.file)) if labels.file else ""
    return [os.path.join(root, str(name)) for _, array in labels.parts for name in array.tolist()]


def _pages(path: str | os.PathLike[str]) -> tuple[tuple[int, ...], ...]:
    if isinstance(path, WithinFile) or not os.fspath(path).lower().endswith(_TIFF) or not os.path.exists(path):
        return ()  # who opens it tells what is wrong with it
    return pages_of(path)


def _parts(
    index: int, file: PictureFile, pages: list[tuple[tuple[int, ...], tuple[int, ...]]], tiles: Tiles | None
) -> Iterator[_Part]:
    """Of its pages and those of its masks, none of a file of one picture."""
    for number, (of_page, of_mask) in enumerate(pages or [((), ())], 1):
        page = of_mask[0] if pages else None
        name = f"{file.name}, page {number}" if pages else file.name
        size = None if tiles is None else size_of(os.fspath(file.path), of_page)
        if tiles is None or size is None:
            path = Excerpt(os.fspath(file.path), of_page) if pages else file.path
            yield _Part(index, PictureFile(path, name), MaskExcerpt(page))
            continue
        for tile in tiles_of(size, tiles.size, tiles.shared):
            row, column = tile.corner
            cut = PictureFile(Excerpt(os.fspath(file.path), of_page, tile), f"{name}, tile at {row}, {column}")
            yield _Part(index, cut, MaskExcerpt(page, tile))


def _of_parts(listing: Listing, parts: list[_Part], is_grouped: bool) -> Listing:
    rows = [part.index for part in parts]
    stacks = [part for part in parts if part.of_mask.page is not None]
    tiles = [part for part in parts if part.of_mask.tile is not None]
    divides = len(listing.files) < _FEWEST and bool(stacks) and listing.groups is None and not is_grouped
    return replace(
        listing,
        files=tuple(part.file for part in parts),
        labels=_labels(listing.labels, rows, [part.of_mask for part in parts]),
        given=None if listing.given is None else tuple(listing.given[row] for row in rows),
        groups=_groups(listing, parts, divides),
        weights=None if listing.weights is None else tuple(listing.weights[row] for row in rows),
        notes=(*listing.notes, *(_divided(listing, stacks) if divides else ()), *_cut(tiles)),
        of_files=tuple(listing.files[row].name for row in rows),
    )


def _labels(labels: RawLabels, rows: list[int], of_masks: list[MaskExcerpt]) -> RawLabels:
    ((where, array),) = labels.parts
    lines = tuple(labels.lines[row] for row in rows) if labels.lines else ()
    return replace(labels, parts=((where, np.asarray(array)[rows]),), lines=lines, excerpts=tuple(of_masks))


def _groups(listing: Listing, parts: list[_Part], divides: bool) -> tuple[str, ...]:
    """By the names of files, or of pages where there are few files."""
    if listing.groups is not None:
        return tuple(listing.groups[part.index] for part in parts)
    return tuple(listing.files[part.index].name + (f", page {part.of_mask.page}" if divides else "") for part in parts)


def _divided(listing: Listing, stacks: list[_Part]) -> tuple[str, ...]:
    """Where a split is drawn; that which the source brings is of whole files."""
    given = listing.given or ("train",) * len(listing.files)
    names = dict.fromkeys(listing.files[part.index].name for part in stacks if given[part.index] == "train")
    if "validation" in given or not names:
        return ()
    return (
        f"pages of {', '.join(names)} are in several splits, as there are fewer than {_FEWEST} files: pages that "
        "follow each other look alike, so that all metrics may be too good, and intervals, which take each page as one "
        "by itself, too narrow",
    )


def _cut(tiles: list[_Part]) -> tuple[str, ...]:
    if not tiles:
        return ()
    pictures = len({(part.index, part.of_mask.page) for part in tiles})
    return (
        f"{len(tiles):,} tiles of {pictures:,} pictures are learnt and judged as pictures of their own; intervals and "
        "tests are by whole pictures",
    )
