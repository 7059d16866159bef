"""What every source comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.inputs.pictures.pictures import Pictures
from cnnsearch.tasks.contract.targets import Targets
from cnnsearch.tasks.task import Reads

__all__ = ["Collected", "Read"]


@dataclass(frozen=True)
class Read:
    """How an experiment reads what its source brings.

    Attributes:
        labels: as its task reads them.
        drops_missing: rows of a table with an empty cell are left out; else they are an error.
        reads: see :attr:`TaskSpec.reads <cnnsearch.tasks.task.TaskSpec.reads>`.
    """

    labels: Callable[[RawLabels], ReadTargets]
    drops_missing: bool = False
    reads: Reads = "labels"

    def __call__(self, labels: RawLabels) -> ReadTargets:
        return self.labels(labels)


@dataclass(frozen=True, eq=False)
class Collected:
    """Pictures and what is to be predicted of them, as a source brings them.

    Attributes:
        pictures: the readable pictures.
        targets: what the task reads of each picture.
        given: ``(n,)`` of ``train``, ``validation``, ``test``, or ``None``.
        unreadable: files that were skipped, as ``name: reason``.
        left_out: what else is there and takes no part.
        notes: what must be told of how the data was read, a sentence each.
        groups: ``(n,)`` names of what pictures belong together by, as of a patient, or ``None``.
        unreadable_labels: names of the classes of the files that were skipped, where there are classes.
        weights: ``(n,)`` float64, what each picture counts in the loss of training, or ``None``.
        incomplete: rows that were left out, as ``line 3 has no label``.
    """

    pictures: Pictures
    targets: Targets
    given: np.ndarray | None = None
    unreadable: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    unreadable_labels: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    incomplete: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        pictures: Pictures,
        labels: RawLabels,
        read: Read,
        given: np.ndarray | None = None,
        left_out: tuple[LeftOut, ...] = (),
        groups: np.ndarray | None = None,
        weights: np.ndarray | None = None,
    ) -> Collected:
        """Of pictures in memory, those that the task uses."""
        found = read(labels)
        if len(found.rows) < len(labels):
            pictures = pictures.take(found.rows)
            given = None if given is None else given[found.rows]
            groups = None if groups is None else groups[found.rows]
            weights = None if weights is None else weights[found.rows]
        return cls(pictures, found.targets, given, (), left_out, found.notes, groups, weights=weights)
