"""Labels and probabilities of pictures, what follows from them at the thresholds, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.errors import nearest
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, output_number, split_name
from cnnsearch.tasks.contract.predictions import Mistakes, Part, Worst
from cnnsearch.tasks.jackknife import pseudo_values_of
from cnnsearch.tasks.multilabel.descending import Descending
from cnnsearch.tasks.multilabel.metrics import Counts, macro, mean_losses
from cnnsearch.tasks.multilabel.pseudo import counted_pseudo_values

__all__ = ["LabelPredictions", "decided_anew", "make", "numbered", "recorded"]


@dataclass(frozen=True, eq=False)
class LabelPredictions:
    """Probabilities of pictures whose labels are known.

    Attributes:
        targets: ``(n, labels)`` of 0 and 1.
        probabilities: ``(n, labels)`` float32.
        thresholds: ``(labels,)`` float64; from its threshold on a label is told.
        names: of the labels.
    """

    targets: np.ndarray
    probabilities: np.ndarray
    thresholds: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def fits(self) -> bool:
        """Whether there are some, and all numbers can be such."""
        if not len(self):
            return False
        shares = (self.probabilities, self.thresholds)
        return bool(np.isin(self.targets, (0, 1)).all() and all(((of >= 0) & (of <= 1)).all() for of in shares))

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        return self.targets, self.probabilities

    @cached_property
    def true(self) -> np.ndarray:
        """``(n, labels)`` booleans."""
        return np.asarray(self.targets > 0)

    @cached_property
    def decided(self) -> np.ndarray:
        """Which labels are told, ``(n, labels)`` booleans."""
        # Thresholds lie between two float32 numbers, so they are compared in float64.
        return np.asarray(self.probabilities.astype(np.float64) >= self.thresholds)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which labels are told though they are not there, or not told though they are: ``(n, labels)`` booleans."""
        return np.asarray(self.true != self.decided)

    @cached_property
    def counts(self) -> Counts:
        """Of each label."""
        return Counts.of(self.true, self.decided)

    @cached_property
    def descending(self) -> Descending:
        return Descending.of(self.true, self.probabilities)

    def is_alike(self, other: LabelPredictions) -> bool:
        """Whether the other ones are of the same pictures and labels."""
        return self.targets.shape == other.targets.shape and bool((self.targets == other.targets).all())

    def take(self, indices: np.ndarray) -> LabelPredictions:
        """Those of some pictures, with the same thresholds."""
        return replace(self, targets=self.targets[indices], probabilities=self.probabilities[indices])

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Macro averages are of the labels for which a metric is defined.

        Raises:
            UndefinedError: there is none; see :mod:`cnnsearch.tasks.multilabel.metrics`.
        """
        return {name: self._score(name) for name in names}

    def by_label(self, metric: str) -> np.ndarray:
        """Of each label, ``(labels,)``; NaN where it is not defined."""
        return _BY_LABEL[metric](self)

    def per_item(self, metric: str) -> np.ndarray:
        """Right or wrong for the exact match, means over the labels for both losses, else jackknife pseudo-values.

        Raises:
            UndefinedError: as of :meth:`scores`, also where one picture less would do.
        """
        if metric in _BY_PICTURE:
            return _BY_PICTURE[metric](self)
        name, label = self._split(metric)
        if name not in _COUNTED:
            return pseudo_values_of(self, metric)
        chosen = self if label is None else self._only(label)
        values = counted_pseudo_values(chosen.true, chosen.decided, name, chosen.counts)
        if np.isnan(values).any():
            raise UndefinedError(f"{metric} is not defined without the only picture that has a label")
        return values

    def counted_for(self, metric: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Recall and precision of a label are shares of some of the pictures."""
        name, label = self._split(metric)
        if label is None or name not in ("recall", "precision"):
            return None
        true, decided = self.true[:, label], self.decided[:, label]
        return (decided, true) if name == "recall" else (true, decided)

    def parts_of(self, metric: str) -> Iterator[Part]:
        """The pictures that have a label, of each; of the area under the ROC curve those that do not have it too."""
        if is_function(metric) or metric in _BY_PICTURE:
            return
        if metric == "micro_f1":
            if self.true.any():
                some = np.any(np.logical_and(self.true, np.logical_not(self.wrong)), axis=1)
                right = np.where(self.wrong.any(axis=1), np.where(some, 0.5, 0.0), 1.0)
                yield Part(1.0, np.asarray(self.true.any(axis=1)), right)
            return
        name, label = self._split(metric)
        values = self.by_label(name)
        labels = np.flatnonzero(~np.isnan(values)) if label is None else np.array([label])
        for at in labels.tolist():
            has = np.asarray(self.true[:, at])
            if name in _COUNTED:
                right = np.logical_not(self.wrong[:, at])
            elif values[at] == 1.0:
                right = np.ones(len(self), bool)
            else:  # its ranks vary
                continue
            for among in (has, np.logical_not(has)) if name == "roc_auc" else (has,):
                if among.any():
                    yield Part(1 / len(labels), among, right)

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """Pictures with a wrong label, the one first whose label is furthest from the truth."""
        distance = np.where(self.wrong, np.abs(self.true - self.probabilities.astype(np.float64)), -1.0)
        wrong = np.flatnonzero(self.wrong.any(axis=1))
        worst = wrong[np.argsort(-distance[wrong].max(axis=1), kind="stable")][:most]
        return Mistakes(
            len(wrong),
            tuple(self._mistake(int(position), int(distance[position].argmax()), names) for position in worst),
        )

    def details(self) -> dict[str, Any]:
        """Of each label how many pictures have it, its threshold and its metrics; ``None``: not defined."""
        columns = {name: self.by_label(name) for name in _BY_LABEL}
        return {
            "labels": {
                name: {
                    "pictures": int(self.true[:, label].sum()),
                    **{metric: _or_none(values[label]) for metric, values in columns.items()},
                }
                for label, name in enumerate(self.names)
            }
        }

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Probabilities as they are: thresholds lie between them."""
        return {"labels": self.targets, "probabilities": self.probabilities, "thresholds": self.thresholds}

    def _score(self, metric: str) -> float:
        if is_function(metric):
            from cnnsearch.tasks.custom import score

            return score(metric, *self.pair)
        if metric in _BY_PICTURE:
            return float(_BY_PICTURE[metric](self).mean())
        name, label = self._split(metric)
        if label is not None:
            value, where = float(self._only(label).by_label(name)[0]), "where no picture has the label"
        elif name == "micro_f1":
            value, where = float(self.counts.whole.f1), "where no picture has a label"
        else:
            value, where = float(macro(self.by_label(name))), "where no picture has a label"
        if np.isnan(value):
            raise UndefinedError(f"{metric} is not defined {where}{_OR_ALL if name == 'roc_auc' else ''}")
        return value

    def _split(self, metric: str) -> tuple[str, int | None]:
        """The metric and the place of the label that a name asks for; ``None``: it asks for none.

        Raises:
            UndefinedError: there is no such label.
        """
        name, output = split_name(metric)
        if output is None:
            return name, None
        label = output_number(self.names, output)
        if label is None:
            raise UndefinedError(f"there is no label '{output}'; {nearest(output, self.names)}")
        return name, label

    def _only(self, label: int) -> LabelPredictions:
        """Those of one label."""
        return LabelPredictions(
            self.targets[:, [label]], self.probabilities[:, [label]], self.thresholds[[label]], (self.names[label],)
        )

    def _mistake(self, position: int, label: int, names: Sequence[str]) -> Worst:
        probability = float(self.probabilities[position, label])
        has = bool(self.true[position, label])
        told = {
            "true": _listed(names, self.true[position]),
            "told": _listed(names, self.decided[position]),
            "label": names[label],
            "probability": round(probability, 4),
            "threshold": round(float(self.thresholds[label]), 4),
        }
        return Worst(position, (names[label], "missed" if has else "told"), told)


_BY_PICTURE: dict[str, Callable[[LabelPredictions], np.ndarray]] = {
    "exact_match": lambda of: np.logical_not(of.wrong.any(axis=1)),
    "hamming_loss": lambda of: of.wrong.mean(axis=1),
    "loss": lambda of: mean_losses(of.true, of.probabilities),
}
"""Metric -> a number of each picture, ``(n,)``."""

_BY_LABEL: dict[str, Callable[[LabelPredictions], np.ndarray]] = {
    "threshold": lambda of: of.thresholds,
    "precision": lambda of: of.counts.precision,
    "recall": lambda of: of.counts.recall,
    "f1": lambda of: of.counts.f1,
    "average_precision": lambda of: of.descending.average_precision,
    "roc_auc": lambda of: of.descending.roc_auc,
}
"""Metric -> a number of each label, ``(labels,)``."""

_OR_ALL = ", or all pictures have it"

_COUNTED = ("precision", "recall", "f1", "micro_f1")
"""Metrics that follow from :class:`Counts`."""


def make(
    targets: np.ndarray, judged: Mapping[str, np.ndarray], names: Sequence[str], config: Mapping[str, Any]
) -> LabelPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`.

    These are of the validation split: where the config fixes no threshold, thresholds are searched here, and nowhere
    else.
    """
    probabilities = judged["probabilities"]
    fixed = config["threshold"]
    if fixed is None:
        thresholds = Descending.of(targets > 0, probabilities).best_thresholds
    else:
        thresholds = np.full(probabilities.shape[1], float(fixed))
    return LabelPredictions(targets, probabilities, thresholds, tuple(names))


def decided_anew(predictions: LabelPredictions, config: Mapping[str, Any]) -> LabelPredictions:
    """See :meth:`TaskSpec.decided_anew <cnnsearch.tasks.task.TaskSpec.decided_anew>`."""
    return make(predictions.targets, {"probabilities": predictions.probabilities}, predictions.names, config)


def recorded(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> LabelPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    targets, probabilities, thresholds = (arrays[name] for name in ("labels", "probabilities", "thresholds"))
    if targets.ndim != 2 or targets.shape != probabilities.shape or thresholds.shape != targets.shape[1:]:
        raise ValueError(f"holds arrays of the shapes {targets.shape}, {probabilities.shape} and {thresholds.shape}")
    if names and len(names) != targets.shape[1]:
        raise ValueError(f"is of {targets.shape[1]} labels, and the study has {len(names)}")
    return LabelPredictions(targets, probabilities, thresholds, tuple(names) or numbered(targets.shape[1]))


def numbered(labels: int) -> tuple[str, ...]:
    """Names of so many labels that have none."""
    return tuple(map(str, range(labels)))


def _listed(names: Sequence[str], which: np.ndarray) -> list[str]:
    return [name for name, has in zip(names, which, strict=True) if has]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
