"""Labels at rest: 0 or 1 for each label of each picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.data.label_columns import SHOWN, matrix_of
from cnnsearch.data.labels import naturally_sorted, one_form
from cnnsearch.data.raw_labels import RawLabels, ReadTargets
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Outputs, Strata
from cnnsearch.tasks.multilabel.cells import listed
from cnnsearch.tasks.multilabel.strata import label_sets

__all__ = ["LabelTargets", "known", "make", "read"]


@dataclass(frozen=True, eq=False)
class LabelTargets:
    """Any number of labels a picture.

    Attributes:
        values: ``(n, labels)`` uint8, 1 where the picture has the label.
        names: of the labels.
    """

    values: np.ndarray
    names: tuple[str, ...]

    @property
    def outputs(self) -> Outputs:
        return Outputs(len(self.names), (len(self.names),), "uint8")

    @cached_property
    def strata(self) -> Strata:
        return label_sets(self.values, self.names)

    def told(self, index: int) -> str:
        return ", ".join(self._of(self.values[index] > 0)) or "no label"

    def take(self, indices: np.ndarray) -> LabelTargets:
        return replace(self, values=self.values[indices])

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:  # noqa: ARG002 - it has no place
        return np.asarray(self.values[indices])

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """Every label must have pictures that can teach it, and some label such that can judge."""
        if len(self.names) < 2:
            rule = "needs at least two labels; one alone is the task binary"
            return [Problem("dataset", rule, ", ".join(self.names))]
        found = [
            Problem("dataset", f"label '{name}' is that of no readable picture: leave it out")
            for name in self._of(self.values.sum(axis=0) == 0)
        ]
        found += [
            Problem("dataset", f"label '{name}' is that of every picture, so that nothing can be learnt: leave it out")
            for name in self._of(self.values.min(axis=0) == 1)
        ]
        if found or given is None:
            return found
        taught = self.values[given == "train"].any(axis=0)
        found = [
            Problem("dataset", f"label '{name}' is that of no picture of train, so that it cannot be learnt")
            for name in self._of(~taught)
        ]
        for split in ("validation", "test"):
            of = self.values[given == split]
            if len(of) and not of.any():
                found.append(Problem("dataset", f"no picture of {split} has a label, so that nothing can be judged"))
        return found

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """``labels`` maps each split to label -> pictures that have it; ``counts`` are of the strata."""
        strata = self.strata
        counts = {
            name: dict(
                zip(
                    strata.names,
                    np.bincount(strata.members[members], minlength=len(strata.names)).tolist(),
                    strict=True,
                )
            )
            for name, members in splits.items()
        }
        labels = {
            name: dict(zip(self.names, self.values[members].sum(axis=0, dtype=np.int64).tolist(), strict=True))
            for name, members in splits.items()
        }
        return {"outputs": list(self.names), "counts": counts, "labels": labels, "notes": list(self._notes(splits))}

    def content(self) -> bytes:
        return self.values.astype("u1").tobytes()

    def _notes(self, splits: Mapping[str, np.ndarray]) -> Iterator[str]:
        """Labels that a split lacks, and such as tell nothing."""
        for split, members in splits.items():
            lacking = self._of(self.values[members].sum(axis=0) == 0)
            if len(members) and lacking:
                yield f"no {_ADJECTIVES[split]} picture has {_these(lacking)}: {_CONSEQUENCES[split]}"
        if always := self._of(self.values.sum(axis=0) == len(self.values)):
            yield f"every picture has {_these(always)}, of which nothing can be learnt"
        if (self.values.sum(axis=1, dtype=np.int64) == 1).all():
            yield "every picture has exactly one label: the task classification is made for that"

    def _of(self, which: np.ndarray) -> list[str]:
        return [name for name, has in zip(self.names, which, strict=True) if has]


_ADJECTIVES = {"train": "training", "validation": "validation", "test": "test"}

_UNDEFINED = "precision, recall, F1, average precision and ROC AUC are not defined there, and the means leave them out"

_CONSEQUENCES = {
    "train": "it cannot be learnt",
    "validation": f"its threshold is 0.5 where it is searched; {_UNDEFINED}",
    "test": _UNDEFINED,
}
"""Split that lacks a label -> what follows."""


def make(values: np.ndarray, names: tuple[str, ...]) -> LabelTargets:
    """See :meth:`TaskSpec.targets <cnnsearch.tasks.task.TaskSpec.targets>`."""
    return LabelTargets(values, names)


def read(labels: RawLabels, wanted: tuple[str, ...] | None) -> ReadTargets:  # noqa: ARG001 - pictures have no one class
    """See :meth:`TaskSpec.read <cnnsearch.tasks.task.TaskSpec.read>`."""
    everything = np.arange(len(labels))
    if labels.separator is None:
        values = matrix_of(labels)
        names = labels.columns or tuple(map(str, range(values.shape[1])))
        return ReadTargets(LabelTargets(values, names), everything)
    rows, notes = listed(labels)
    names = naturally_sorted(name for row in rows for name in row)
    return ReadTargets(LabelTargets(_marked(rows, names), names), everything, notes)


def known(labels: RawLabels, names: tuple[str, ...]) -> LabelTargets:
    """See :meth:`TaskSpec.known <cnnsearch.tasks.task.TaskSpec.known>`."""
    where = labels.parts[0][0]
    if labels.separator is not None:
        rows, _ = listed(labels)
        _check_known({name for row in rows for name in row}, names, where)
        return LabelTargets(_marked(rows, names), names)
    values = matrix_of(labels)
    if labels.columns and set(labels.columns) != set(names):
        raise InputError(Problem(where, f"must have the model's labels as columns: {', '.join(names)}", labels.columns))
    if values.shape[1] != len(names):
        rule = f"must have a column for each of the model's {len(names)} labels: {', '.join(names)}"
        raise InputError(Problem(where, rule, f"{values.shape[1]} columns"))
    order = [labels.columns.index(name) for name in names] if labels.columns else list(range(len(names)))
    return LabelTargets(values[:, order], names)


def _check_known(found: set[str], names: Sequence[str], where: str) -> None:
    forms = {one_form(name) for name in names}
    unknown = naturally_sorted(name for name in found if one_form(name) not in forms)
    if unknown:
        shown = ", ".join(f"'{name}'" for name in unknown[:SHOWN])
        rule = f"the model does not know the label{'s' if len(unknown) > 1 else ''} {shown}"
        raise InputError(Problem(where, f"{rule}; it knows: {', '.join(names)}"))


def _marked(rows: Sequence[Sequence[str]], names: Sequence[str]) -> np.ndarray:
    """``(n, labels)`` of 0 and 1, of the names of each picture's labels."""
    place = {one_form(name): number for number, name in enumerate(names)}
    values = np.zeros((len(rows), len(names)), np.uint8)
    for index, row in enumerate(rows):
        values[index, [place[one_form(name)] for name in row]] = 1
    return values


def _these(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"the label{'s' if len(names) > 1 else ''} {shown}{more}"
