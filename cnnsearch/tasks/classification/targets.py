"""Labels at rest: numbers of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnsearch.data.labels import class_counts, class_indices, label_names, naturally_sorted, unified
from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.data.sources.filters import chosen_classes
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.task import Outputs, Strata

__all__ = ["ClassTargets", "known", "make", "read"]


@dataclass(frozen=True, eq=False)
class ClassTargets:
    """One class a picture.

    Attributes:
        values: ``(n,)`` int32, indices into ``names``.
        names: of the classes.
    """

    values: np.ndarray
    names: tuple[str, ...]

    @property
    def outputs(self) -> Outputs:
        return Outputs(len(self.names))

    @property
    def strata(self) -> Strata:
        return Strata(self.values, self.names, "class", "classes")

    def told(self, index: int) -> str:
        return self.names[int(self.values[index])]

    def take(self, indices: np.ndarray) -> ClassTargets:
        return replace(self, values=self.values[indices])

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """Every class must have pictures, in every split that the source brings."""
        if len(self.names) < 2:
            return [Problem("dataset", "needs pictures of at least two classes", ", ".join(self.names))]
        splits = (
            {} if given is None else {str(name): np.unique(self.values[given == name]) for name in np.unique(given)}
        )
        present = np.unique(self.values)
        found = [
            Problem("dataset", f"class '{name}' has no readable picture")
            for index, name in enumerate(self.names)
            if index not in present
        ]
        for index in present.tolist():
            has = [name for name, members in splits.items() if index in members]
            lacks = [name for name in splits if name not in has]
            if lacks:
                rule = f"class '{self.names[index]}' is in {' and '.join(has)} but not in {' and '.join(lacks)}"
                found.append(Problem("dataset", f"{rule}; every split needs every class"))
        return found

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        counts = {name: class_counts(self.values[members], self.names) for name, members in splits.items()}
        return {"classes": list(self.names), "counts": counts}

    def content(self) -> bytes:
        return self.values.astype("<i4").tobytes()


def make(values: np.ndarray, names: tuple[str, ...]) -> ClassTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return ClassTargets(values, names)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`."""
    names, alike = unified(_names(labels))
    classes = chosen_classes(labels.known or naturally_sorted(np.unique(names).tolist()), wanted)
    rows = np.flatnonzero(np.isin(names, classes))
    return ReadTargets(ClassTargets(class_indices(names[rows], classes), classes), rows, alike)


def known(labels: RawLabels, names: tuple[str, ...]) -> ClassTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    given, where = _names(labels), labels.parts[0][0]
    found = ClassTargets(class_indices(given, names), names)
    unknown = naturally_sorted(given[found.values < 0].tolist())
    if unknown:
        listed = ", ".join(f"'{name}'" for name in unknown)
        rule = f"the model does not know the class{'es' if len(unknown) > 1 else ''} {listed}"
        raise InputError(Problem(where, f"{rule}; it knows: {', '.join(names)}"))
    return found


def _names(labels: RawLabels) -> np.ndarray:
    """``(n,)`` class of each picture."""
    return np.concatenate([label_names(array, where) for where, array in labels.parts])
