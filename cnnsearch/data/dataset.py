"""Dataset: labelled pictures before preprocessing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.copies import exact_copies
from cnnsearch.data.labels import class_counts, class_indices
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.sources.collected import Collected
from cnnsearch.data.sources.filters import chosen_classes, drawn_within
from cnnsearch.data.sources.loading import LOADERS
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.decoding import FILTER
from cnnsearch.inputs.pictures.pictures import Pictures, Size

if TYPE_CHECKING:
    from cnnsearch.data.sources.spec import Source
    from cnnsearch.data.split import Split

__all__ = ["Dataset", "limited", "load_dataset"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled pictures before preprocessing.

    Attributes:
        pictures: the pictures, all of them readable.
        labels: ``(n,)`` int32, indices into ``classes``.
        classes: class names, at least two, each with pictures; sorted as a person would, except where the source
            numbers them itself.
        given: ``(n,)`` of ``train``, ``validation``, ``test`` where the source brings a split, else ``None``.
        unreadable: files that were skipped, as ``name: reason``.
        fingerprint: sha256 of contents, labels, class names and given split.
        left_out: what else is there and takes no part.
        notes: what must be told of how the data was read, a sentence each.
    """

    pictures: Pictures
    labels: np.ndarray
    classes: tuple[str, ...]
    given: np.ndarray | None
    unreadable: tuple[str, ...]
    fingerprint: str
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    def describe(self, split: Split) -> dict[str, Any]:
        """What ``environment.json`` says about the data, of JSON types only."""
        splits = {"train": split.train, "validation": split.validation, "test": split.test}
        return {
            "fingerprint": self.fingerprint,
            "classes": list(self.classes),
            "counts": {name: class_counts(self.labels[members], self.classes) for name, members in splits.items()},
            "given": None if self.given is None else [split for split in splits if split in self.given],
            "unreadable": list(self.unreadable),
            "left_out": [left.to_dict() for left in self.left_out],
            "copies": [copies.to_dict() for copies in exact_copies(self, split)],
            "shape": None if self.pictures.shape is None else list(self.pictures.shape),
            "channels": self.pictures.channels,
            "dtype": str(self.pictures.dtype),
            "values": self.pictures.values(split.train).to_dict(),
            "notes": list(self.notes),
            "altered": list(self.pictures.altered),
            "resize": f"Pillow {FILTER.name}",
        }


def load_dataset(source: Source, image_size: Size | None = None, seed: int = 0) -> Dataset:
    """Load what ``source`` names, checked and cleaned.

    Args:
        source: the section ``dataset`` of an experiment.
        image_size: the ``(height, width)`` that will most likely be read: decoding files to check them and to get
            their pixels is then one pass. Left out, that of the source.
        seed: of the draw where the source has a limit.

    Raises:
        InputError: the data cannot be used.
    """
    try:
        collected = LOADERS[type(source)](source, image_size or source.image_size, seed)
    except MemoryError as error:
        rule = f"does not fit into memory ({error or 'nothing is said of how much it takes'})"
        raise InputError(Problem("dataset", f"{rule}: give fewer or smaller pictures, or picture files")) from None
    return limited(_dataset(_of_classes(collected, source.classes)), source.limit, seed)


def limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """At most ``limit`` pictures, drawn by seed; the classes and given splits keep their shares.

    Raises:
        InputError: the limit is below one picture for each class of each given split.
    """
    if limit is None or limit >= len(dataset.labels):
        return dataset
    drawn = drawn_within(dataset.labels, dataset.given, limit, seed)
    given = None if dataset.given is None else dataset.given[drawn]
    pictures, labels = dataset.pictures.take(drawn), dataset.labels[drawn]
    fingerprint = _fingerprint(pictures, labels, dataset.classes, given)
    return replace(dataset, pictures=pictures, labels=labels, given=given, fingerprint=fingerprint)


def _of_classes(collected: Collected, wanted: tuple[str, ...] | None) -> Collected:
    """The pictures of some classes, which keep their order."""
    classes = chosen_classes(collected.classes, wanted)
    if classes == collected.classes:
        return collected
    chosen = np.flatnonzero(np.isin(collected.names, classes))
    return replace(
        collected,
        pictures=collected.pictures.take(chosen),
        names=collected.names[chosen],
        classes=classes,
        given=None if collected.given is None else collected.given[chosen],
    )


def _dataset(collected: Collected) -> Dataset:
    labels = class_indices(collected.names, collected.classes)
    given = collected.given
    if given is not None and set(given) == {"train"}:
        given = None
    _check_classes(labels, collected.classes, given)
    return Dataset(
        collected.pictures,
        labels,
        collected.classes,
        given,
        collected.unreadable,
        _fingerprint(collected.pictures, labels, collected.classes, given),
        collected.left_out,
        collected.notes,
    )


def _check_classes(labels: np.ndarray, classes: tuple[str, ...], given: np.ndarray | None) -> None:
    if len(classes) < 2:
        raise InputError(Problem("dataset", "needs pictures of at least two classes", ", ".join(classes)))
    splits = {} if given is None else {str(name): np.unique(labels[given == name]) for name in np.unique(given)}
    present = np.unique(labels)
    problems = [
        Problem("dataset", f"class '{name}' has no readable picture")
        for index, name in enumerate(classes)
        if index not in present
    ]
    for index in present.tolist():
        has = [name for name, members in splits.items() if index in members]
        lacks = [name for name in splits if name not in has]
        if lacks:
            rule = f"class '{classes[index]}' is in {' and '.join(has)} but not in {' and '.join(lacks)}"
            problems.append(Problem("dataset", f"{rule}; every split needs every class"))
    if problems:
        raise InputError(problems)


def _fingerprint(pictures: Pictures, labels: np.ndarray, classes: tuple[str, ...], given: np.ndarray | None) -> str:
    digest = hashlib.sha256(pictures.fingerprint.encode())
    digest.update(labels.astype("<i4").tobytes())
    digest.update(json.dumps([classes, None if given is None else given.tolist()]).encode())
    return digest.hexdigest()
