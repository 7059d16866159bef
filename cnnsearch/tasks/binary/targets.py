"""Labels at rest: 1 for the positive class, 0 for the other one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.data.labels import class_indices, one_form, unified
from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.data.sources.filters import chosen_classes
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.labelled.targets import LabelTargets, classes_of, known_indices, names_of

__all__ = ["BinaryTargets", "known", "make", "read"]


class BinaryTargets(LabelTargets):
    """One of two classes a picture, of which the second is the positive one: one number of the network."""

    @property
    def outputs(self) -> Outputs:
        return Outputs(1)

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        return {"outputs": list(self.names), "counts": self.counts(splits), "positive": self.names[1]}


def make(values: np.ndarray, names: tuple[str, ...]) -> BinaryTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return BinaryTargets(values, names)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`.

    The second class is the positive one: of those that the experiment names, in its order; else in the order of the
    source, as scikit-learn and Keras have it.

    Raises:
        InputError: there are more than two classes, or fewer.
    """
    names, alike = unified(names_of(labels))
    classes = chosen_classes(classes_of(labels, names), wanted)
    if len(classes) != 2:
        rule = (
            f"task 'binary' tells two classes apart, and there {'is' if len(classes) == 1 else 'are'} {len(classes)}: "
            "name two of them in dataset.classes, the positive one second, or leave the task out"
        )
        raise InputError(Problem("dataset", rule, ", ".join(classes)))
    if wanted is not None and one_form(wanted[0]) != one_form(classes[0]):
        classes = classes[::-1]
    rows = np.flatnonzero(np.isin(names, classes))
    targets = BinaryTargets(class_indices(names[rows], classes), classes)
    return ReadTargets(targets, rows, (*alike, _positive(classes, wanted is not None)))


def known(labels: RawLabels, names: tuple[str, ...]) -> BinaryTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    return BinaryTargets(known_indices(labels, names), names)


def _positive(classes: tuple[str, ...], is_named: bool) -> str:
    """Which class is the positive one, and why."""
    other, positive = classes
    if is_named:
        return f"'{positive}' is the positive class, the second of dataset.classes"
    return (
        f"'{positive}' is the positive class, the second of {other}, {positive}; "
        f"dataset.classes: [{positive}, {other}] makes it '{other}'"
    )
