"""Dataset: labelled pictures before preprocessing."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.groups import group_numbers, shared_groups
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.filters import drawn_within
from cnnsearch.data.sources.keys import MaskedSource
from cnnsearch.data.sources.kinds import check_kind
from cnnsearch.data.sources.loading import LOADERS, TEXT_LOADERS
from cnnsearch.data.upright import turned_notes
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.decoding import RESIZING
from cnnsearch.inputs.pictures.pictures import ArrayPictures, Pictures, Size
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.tasks import DEFAULT_TASK
from cnnsearch.tasks.contract.targets import Placed, Targets
from cnnsearch.tasks.task import TaskSpec

if TYPE_CHECKING:
    from cnnsearch.data.checks.finding import Finding
    from cnnsearch.data.sources.spec import Source
    from cnnsearch.data.split import Split

__all__ = ["Dataset", "limited", "load_dataset", "placed"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled pictures, or texts, before preprocessing.

    Attributes:
        pictures: the pictures, all of them readable; or the :class:`~cnnsearch.inputs.texts.texts.Texts`.
        targets: what is to be predicted of each.
        given: ``(n,)`` of ``train``, ``validation``, ``test`` where the source brings a split, else ``None``.
        unreadable: files that were skipped, as ``name: reason``.
        fingerprint: sha256 of contents, targets, their names and given split.
        left_out: what else is there and takes no part.
        notes: what must be told of how the data was read, a sentence each.
        groups: ``(n,)`` int64 number of the group of each picture, where some belong together: no split divides one.
        unreadable_labels: names of the classes of the unreadable files, where there are classes.
        findings: of the checks, once they were made.
        weights: ``(n,)`` float64 from 0 on, what each picture counts in the loss of training; ``None``: all the same.
        incomplete: rows of a table that were left out, as ``line 3 has no label``.
    """

    pictures: Pictures
    targets: Targets
    given: np.ndarray | None
    unreadable: tuple[str, ...]
    fingerprint: str
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    unreadable_labels: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    weights: np.ndarray | None = None
    incomplete: tuple[str, ...] = ()

    @property
    def inputs(self) -> str:
        """What they are: ``pictures`` or ``texts``."""
        return "texts" if isinstance(self.pictures, Texts) else "pictures"

    def take(self, indices: np.ndarray) -> Dataset:
        """Only those pictures, in that order."""
        given = None if self.given is None else self.given[indices]
        pictures, targets = self.pictures.take(indices), self.targets.take(indices)
        weights = None if self.weights is None else self.weights[indices]
        return replace(
            self,
            pictures=pictures,
            targets=targets,
            given=given,
            groups=None if self.groups is None else self.groups[indices],
            weights=weights,
            fingerprint=_fingerprint(pictures, targets, given, weights),
        )

    def describe(self, split: Split) -> dict[str, Any]:
        """What ``environment.json`` says about the data, of JSON types only."""
        splits = {"train": split.train, "validation": split.validation, "test": split.test}
        told = self.targets.describe(splits)
        return {
            "fingerprint": self.fingerprint,
            **told,
            "strata": [self.targets.strata.noun, self.targets.strata.plural],
            **({} if split.folds is None else {"folds": split.folds.describe()}),
            "given": None if self.given is None else [split for split in splits if split in self.given],
            "unreadable": list(self.unreadable),
            "left_out": [left.to_dict() for left in self.left_out],
            "findings": [finding.recorded.to_dict() for finding in self.findings],
            **self._inputs(split),
            **self._groups(split),
            "notes": [*self.notes, *told.get("notes", ())],
            "altered": list(self.pictures.altered),
            "decoder": self.pictures.decoder,
            **({} if self.weights is None else {"weights": _range(self.weights[split.train])}),
        }

    def _inputs(self, split: Split) -> dict[str, Any]:
        """What is said of the pictures or texts themselves."""
        if isinstance(self.pictures, Texts):
            return self.pictures.described()
        return {
            "shape": None if self.pictures.shape is None else list(self.pictures.shape),
            "channels": self.pictures.channels,
            "dtype": str(self.pictures.dtype),
            "values": self.pictures.values(split.train).to_dict(),
            "resize": RESIZING + ", letterboxed" * (self.pictures.resizing == "letterbox"),
        }

    def _groups(self, split: Split) -> dict[str, Any]:
        """How many of each split, and of the pictures that judge, which belong together: these are not independent."""
        if self.groups is None:
            return {}
        told = {"validation": self.group_of(split.validation), "test": self.group_of(split.test)}
        splits = {"train": split.train, "validation": split.validation, "test": split.test}
        return {
            "groups": {name: len(np.unique(self.groups[members])) for name, members in splits.items()},
            "group_of": {name: numbers.tolist() for name, numbers in told.items() if numbers is not None},
        }

    def group_of(self, members: np.ndarray) -> np.ndarray | None:
        """``(n,)`` the number of the group of each of these, from 0 on; ``None``: no two of them belong together."""
        return None if self.groups is None else shared_groups(self.groups[members])


def load_dataset(
    source: Source,
    image_size: Size | None = None,
    seed: int = 0,
    task: TaskSpec = DEFAULT_TASK,
    drops_missing: bool = False,
    texts: bool = False,
) -> Dataset:
    """Load what ``source`` names, checked and cleaned.

    Args:
        source: the section ``dataset`` of an experiment.
        image_size: the ``(height, width)`` that will most likely be read: decoding files to check them and to get
            their pixels is then one pass. Left out, that of the source.
        seed: of the draw where the source has a limit.
        task: that reads the labels.
        drops_missing: rows of a table with an empty cell are left out; else they are an error.
        texts: what it names are texts.

    Raises:
        InputError: the data cannot be used.
    """
    check_kind(source)
    try:
        read = Read(functools.partial(_read, task, source), drops_missing, task.reads)
        if texts:
            collected = TEXT_LOADERS[type(source)](source, read)
        else:
            collected = LOADERS[type(source)](source, image_size or source.image_size, seed, read)
    except MemoryError as error:
        rule = f"does not fit into memory ({error or 'nothing is said of how much it takes'})"
        raise InputError(Problem("dataset", f"{rule}: give fewer or smaller pictures, or picture files")) from None
    if isinstance(collected.pictures, ArrayPictures):
        collected = replace(collected, pictures=replace(collected.pictures, resizing=source.resizing or "stretch"))
    return limited(_dataset(collected), source.limit, seed)


def _read(task: TaskSpec, source: Source, labels: RawLabels) -> ReadTargets:
    """What the task reads from what the source brings."""
    masks = source.mask_reading if isinstance(source, MaskedSource) else None
    return task.read(labels if masks is None else replace(labels, masks=masks), source.classes)


def limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """At most ``limit`` pictures, drawn by seed; the classes and given splits keep their shares.

    Raises:
        InputError: the limit is below one picture for each class of each given split.
    """
    if limit is None or limit >= len(dataset.pictures):
        return dataset
    return dataset.take(drawn_within(dataset.targets.strata.members, dataset.given, limit, seed))


def _dataset(collected: Collected) -> Dataset:
    targets, given = collected.targets, collected.given
    if given is not None and set(given) == {"train"}:
        given = None
    problems = targets.problems(given)
    if problems:
        raise InputError(problems)
    targets = placed(targets, collected.pictures)
    return Dataset(
        collected.pictures,
        targets,
        given,
        collected.unreadable,
        _fingerprint(collected.pictures, targets, given, collected.weights),
        collected.left_out,
        (*collected.notes, *turned_notes(targets, collected.pictures)),
        None if collected.groups is None else group_numbers(collected.groups),
        collected.unreadable_labels,
        weights=collected.weights,
        incomplete=collected.incomplete,
    )


def placed(targets: Targets, pictures: Pictures) -> Targets:
    """Targets that may have places in their pictures, now that the sizes of these are known.

    Raises:
        InputError: some are none of their pictures.
    """
    if not isinstance(targets, Placed):
        return targets
    return targets.placed(pictures.sizes, pictures.name, pictures.resizing)


def _range(weights: np.ndarray) -> dict[str, float]:
    """Those of the training pictures."""
    return {"low": float(weights.min()), "high": float(weights.max()), "mean": float(weights.mean())}


def _fingerprint(
    pictures: Pictures, targets: Targets, given: np.ndarray | None, weights: np.ndarray | None = None
) -> str:
    digest = hashlib.sha256(pictures.fingerprint.encode())
    digest.update(targets.content())
    digest.update(json.dumps([targets.names, None if given is None else given.tolist()]).encode())
    if weights is not None:
        digest.update(weights.astype("<f8").tobytes())
    return digest.hexdigest()
