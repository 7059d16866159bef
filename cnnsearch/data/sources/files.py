"""Picture files with what is to be predicted of each: what folders and tables come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.data.groups import groups_by_name
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.filters import drawn_within
from cnnsearch.data.sources.keys import PicturesSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.opening import open_files
from cnnsearch.inputs.pictures.pictures import PictureFile, Size
from cnnsearch.tasks.contract.targets import Targets

__all__ = ["Listing", "collect_files"]

_SHOWN = 5
"""Unreadable files that an error names."""


@dataclass(frozen=True)
class Listing:
    """Picture files that nobody has opened yet.

    Attributes:
        files: the files.
        labels: what is to be predicted of each.
        given: the split of each, where the source brings one.
        left_out: what else is there and takes no part.
        notes: what must be told of how the data was read, a sentence each.
        groups: what each belongs together with others by, as a patient's name, where the source says so.
        weights: what each counts in the loss of training, where the source says so.
        incomplete: rows of a table that were left out, as ``line 3 has no label``.
        of_files: of pages and tiles the name of the file that each is of; ``None``: each is a file of its own.
    """

    files: tuple[PictureFile, ...]
    labels: RawLabels
    given: tuple[str, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    weights: tuple[float, ...] | None = None
    incomplete: tuple[str, ...] = ()
    of_files: tuple[str, ...] | None = None


def collect_files(
    listing: Listing, source: PicturesSource, image_size: Size | None, seed: int, read: Read
) -> Collected:
    """Open the files, skipping the unreadable ones; what is used is chosen before any is opened.

    Raises:
        InputError: more than ``source.max_unreadable`` of them cannot be read, or none can.
    """
    found = read(listing.labels)
    targets, drawn = found.targets, found.rows
    given = None if listing.given is None else np.array(listing.given, dtype=np.str_)[drawn]
    if source.limit is not None:
        # By the names of the strata and not by their numbers: a draw by other orders would be another one.
        strata = np.array(targets.strata.names, dtype=np.str_)[targets.strata.members]
        within = drawn_within(strata, given, source.limit, seed)
        targets, drawn, given = targets.take(within), drawn[within], None if given is None else given[within]
    groups = _groups(listing, source, drawn)
    pictures, kept, unreadable = open_files(
        [listing.files[index] for index in drawn],
        source.color,
        image_size,
        source.decoding,
        source.resizing or "stretch",
    )
    _check_share(unreadable, len(drawn), source.max_unreadable)
    return Collected(
        pictures,
        targets.take(kept),
        None if given is None else given[kept],
        unreadable,
        listing.left_out,
        (*listing.notes, *found.notes),
        None if groups is None else groups[kept],
        _classes_without(targets, kept),
        None if listing.weights is None else np.array(listing.weights)[drawn][kept],
        listing.incomplete,
    )


def _classes_without(targets: Targets, kept: np.ndarray) -> tuple[str, ...]:
    """Names of the classes of the files that are not kept."""
    strata = targets.strata
    if strata.noun != "class":
        return ()
    skipped = np.setdiff1d(np.arange(len(strata.members)), kept)
    return tuple(strata.names[number] for number in strata.members[skipped].tolist())


def _groups(listing: Listing, source: PicturesSource, drawn: np.ndarray) -> np.ndarray | None:
    """Names of the groups of the files that are used."""
    if source.group is not None:
        names = listing.of_files or [file.name for file in listing.files]
        return np.array(groups_by_name(source.group, [names[index] for index in drawn]), dtype=np.str_)
    return None if listing.groups is None else np.array(listing.groups, dtype=np.str_)[drawn]


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
