"""Labels at rest: numbers of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.data.labels import class_indices, unified
from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.data.sources.filters import chosen_classes
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.labelled.targets import LabelTargets, classes_of, known_indices, names_of

__all__ = ["ClassTargets", "known", "make", "read"]


class ClassTargets(LabelTargets):
    """One of any number of classes a picture: a number of the network for each."""

    @property
    def outputs(self) -> Outputs:
        return Outputs(len(self.names))

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        return {"classes": list(self.names), "counts": self.counts(splits)}


def make(values: np.ndarray, names: tuple[str, ...]) -> ClassTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return ClassTargets(values, names)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`."""
    names, alike = unified(names_of(labels))
    classes = chosen_classes(classes_of(labels, names), wanted)
    rows = np.flatnonzero(np.isin(names, classes))
    return ReadTargets(ClassTargets(class_indices(names[rows], classes), classes), rows, alike)


def known(labels: RawLabels, names: tuple[str, ...]) -> ClassTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    return ClassTargets(known_indices(labels, names), names)
