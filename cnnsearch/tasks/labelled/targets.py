"""One label a picture at rest: numbers of classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from cnnsearch.data.label_columns import class_of_columns
from cnnsearch.data.labels import class_counts, class_indices, label_names, naturally_sorted
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Outputs, Strata

__all__ = ["LabelTargets", "classes_of", "known_indices", "names_of"]

_UNEVEN = "accuracy hardly asks for the small ones (class_weights, oversampling, focal_gamma; val_balanced_accuracy)"


@dataclass(frozen=True, eq=False)
class LabelTargets(ABC):
    """One class a picture.

    Attributes:
        values: ``(n,)`` int32, indices into ``names``.
        names: of the classes.
    """

    values: np.ndarray
    names: tuple[str, ...]

    @property
    @abstractmethod
    def outputs(self) -> Outputs:
        """See :class:`cnnsearch.tasks.contract.targets.Targets`."""

    @abstractmethod
    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """See :class:`cnnsearch.tasks.contract.targets.Targets`."""

    @property
    def strata(self) -> Strata:
        return Strata(self.values, self.names, "class", "classes", _UNEVEN)

    def told(self, index: int) -> str:
        return self.names[int(self.values[index])]

    def take(self, indices: np.ndarray) -> Self:
        return replace(self, values=self.values[indices])

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:  # noqa: ARG002 - it has no place
        return np.asarray(self.values[indices])

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

    def content(self) -> bytes:
        return self.values.astype("<i4").tobytes()

    def counts(self, splits: Mapping[str, np.ndarray]) -> dict[str, dict[str, int]]:
        """Pictures of each class, by split."""
        return {name: class_counts(self.values[members], self.names) for name, members in splits.items()}


def names_of(labels: RawLabels) -> np.ndarray:
    """``(n,)`` class of each picture: what it is called, or which of several columns has its 1."""
    if len(labels.columns) > 1:
        return class_of_columns(labels)
    return np.concatenate([label_names(array, where) for where, array in labels.parts])


def classes_of(labels: RawLabels, names: np.ndarray) -> tuple[str, ...]:
    """All classes, in the order of the source where it has one, as of several columns.

    Args:
        labels: of a source.
        names: what :func:`names_of` gives of them, in one form each.
    """
    columns = labels.columns if len(labels.columns) > 1 else ()
    return labels.known or columns or naturally_sorted(np.unique(names).tolist())


def known_indices(labels: RawLabels, names: tuple[str, ...]) -> np.ndarray:
    """``(n,)`` numbers of classes that a model knows by these names.

    Raises:
        InputError: the model does not know some of them.
    """
    given, where = names_of(labels), labels.parts[0][0]
    found = class_indices(given, names)
    unknown = naturally_sorted(given[found < 0].tolist())
    if unknown:
        listed = ", ".join(f"'{name}'" for name in unknown)
        rule = f"the model does not know the class{'es' if len(unknown) > 1 else ''} {listed}"
        raise InputError(Problem(where, f"{rule}; it knows: {', '.join(names)}"))
    return found
