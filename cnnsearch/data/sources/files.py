"""Picture files with a class each: what folders and tables come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.data.labels import naturally_sorted, unified
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.sources.collected import Collected
from cnnsearch.data.sources.filters import chosen_classes, drawn_within
from cnnsearch.data.sources.spec import CsvSource, DirectorySource
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import PictureFile, Size, open_files

__all__ = ["Listing", "collect_files"]

_SHOWN = 5
"""Unreadable files that an error names."""


@dataclass(frozen=True)
class Listing:
    """Picture files that nobody has opened yet.

    Attributes:
        files: the files.
        names: the class of each.
        given: the split of each, where the source brings one.
        left_out: what else is there and takes no part.
        notes: what must be told of how the data was read, a sentence each.
    """

    files: tuple[PictureFile, ...]
    names: tuple[str, ...]
    given: tuple[str, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def collect_files(
    listing: Listing, source: DirectorySource | CsvSource, image_size: Size | None, seed: int
) -> Collected:
    """Open the files, skipping the unreadable ones; classes and limit are chosen before any is opened.

    Raises:
        InputError: more than ``source.max_unreadable`` of them cannot be read, or none can.
    """
    names, alike = unified(np.array(listing.names, dtype=np.str_))
    given = None if listing.given is None else np.array(listing.given, dtype=np.str_)
    classes = chosen_classes(naturally_sorted(np.unique(names).tolist()), source.classes)
    drawn = np.flatnonzero(np.isin(names, classes))
    if source.limit is not None:
        drawn = drawn[drawn_within(names[drawn], None if given is None else given[drawn], source.limit, seed)]
    pictures, kept, unreadable = open_files([listing.files[index] for index in drawn], source.color, image_size)
    _check_share(unreadable, len(drawn), source.max_unreadable)
    chosen = drawn[kept]
    return Collected(
        pictures,
        names[chosen],
        classes,
        None if given is None else given[chosen],
        unreadable,
        listing.left_out,
        (*listing.notes, *alike),
    )


def _check_share(unreadable: tuple[str, ...], total: int, limit: float) -> None:
    share = len(unreadable) / total
    if share <= limit and len(unreadable) < total:
        return
    more = ", ..." if len(unreadable) > _SHOWN else ""
    rule = (
        f"{len(unreadable)} of {total} pictures ({share:.1%}) cannot be read, and at most {limit:.1%} may be: "
        + ", ".join(unreadable[:_SHOWN])
        + more
    )
    raise InputError(Problem("dataset.max_unreadable", rule))
