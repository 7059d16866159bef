"""Labels and probabilities of pictures, what follows from them, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.errors import nearest
from cnnsearch.tasks import custom
from cnnsearch.tasks.classification.metrics import OF_ALL, OF_ONE, Counts, confusion_matrix, pseudo_values
from cnnsearch.tasks.classification.ranking import auc, auc_pseudo_values, dense_ranks, in_top
from cnnsearch.tasks.classification.spec import TOP
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, output_number, split_name
from cnnsearch.tasks.contract.predictions import Mistakes, Part, Worst
from cnnsearch.tasks.jackknife import pseudo_values_of
from cnnsearch.tasks.labelled.confusions import Confusions
from cnnsearch.tasks.labelled.predictions import Claims

__all__ = ["ClassPredictions", "make", "recorded"]

_EPSILON = float(np.finfo(np.float32).eps)

_CLIPPED = {"loss": (1e-7, np.inf), "log_loss": (_EPSILON, 1 - _EPSILON)}
"""What a probability counts as at least and at most: the loss of one picture must not be endless. The second is what
scikit-learn takes of float32, which a model gives."""

_MACRO = ("precision", "recall", "f1", "balanced_accuracy", "auc")
"""Plain means over the classes."""

_TOP = {f"top_{k}_accuracy": k for k in TOP}


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """Probabilities of pictures whose classes are known.

    Attributes:
        labels: ``(n,)`` class indices.
        probabilities: ``(n, classes)``; the largest of a row is that of the class that was decided.
        counted: the confusion matrix, where the graph has counted it.
        names: of the classes; none where they are not known, and no metric of one of them is asked for.
        whole: of which these are some, and which of it, where that is known: it need not be ranked again.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    counted: np.ndarray | None = None
    names: tuple[str, ...] = ()
    whole: tuple[ClassPredictions, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def decided(self) -> np.ndarray:
        """``(n,)`` class indices."""
        if self.whole is not None:
            return np.asarray(self.whole[0].decided[self.whole[1]])
        classes: np.ndarray = self.probabilities.argmax(axis=1)
        return classes

    @cached_property
    def confusion(self) -> np.ndarray:
        """Pictures by true (row) and predicted class, ``(classes, classes)``."""
        if self.counted is not None:
            return self.counted
        return confusion_matrix(self.labels, self.decided, self.probabilities.shape[1])

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Class indices ``(n,)`` and probabilities ``(n, classes)``."""
        return self.labels, self.probabilities

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Averages of classes are over those that occur.

        Raises:
            UndefinedError: a metric is not defined on these pictures.
        """
        return {name: self._score(name) for name in names}

    @property
    def fits(self) -> bool:
        """Whether there are some, and each label is one of the classes."""
        classes = self.probabilities.shape[1]
        return len(self) > 0 and int(self.labels.min()) >= 0 and int(self.labels.max()) < classes

    @property
    def right(self) -> np.ndarray:
        """Which pictures are recognised, ``(n,)`` booleans."""
        return np.asarray(self.decided == self.labels)

    @property
    def claims(self) -> Claims:
        """The class that is the most probable, with its probability; Brier's score is of all classes, 0 to 2."""
        # Of thousands of classes no copy is made: the sum of (p - t)^2 is that of p^2, minus 2 p of the true class,
        # plus 1.
        squares = np.einsum("ij,ij->i", self.probabilities, self.probabilities, dtype=np.float64, casting="safe")
        true = self.probabilities[np.arange(len(self)), self.labels].astype(np.float64)
        confidence = self.probabilities.max(axis=1).astype(np.float64)
        return Claims(confidence, self.right.astype(np.float64), float((squares - 2 * true + 1).mean()))

    @property
    def threshold(self) -> None:
        return None

    @property
    def confusions(self) -> Confusions:
        """Pictures by true and decided class, also of very many classes."""
        return Confusions.of(self.labels, self.decided, self.probabilities.shape[1])

    def is_alike(self, other: ClassPredictions) -> bool:
        """Whether the other ones are of the same pictures and classes."""
        return self.probabilities.shape == other.probabilities.shape and bool((self.labels == other.labels).all())

    def take(self, indices: np.ndarray) -> ClassPredictions:
        """Those of some pictures, which may be there several times."""
        return ClassPredictions(
            self.labels[indices], self.probabilities[indices], names=self.names, whole=(self, indices)
        )

    def per_item(self, metric: str) -> np.ndarray:
        """Hits of a share, the cross-entropy of a loss, jackknife pseudo-values of all else.

        Raises:
            UndefinedError: as of :meth:`scores`, also where one picture less would do.
        """
        if metric in ("accuracy", "micro_f1"):
            return self.right
        if metric in _TOP:
            return in_top(self.labels, self.probabilities, _TOP[metric])
        if metric in _CLIPPED:
            least, most = _CLIPPED[metric]
            losses: np.ndarray = -np.log(np.clip(self._chosen, least, most))
            return losses
        if metric == "auc":
            return auc_pseudo_values(self.labels, self._ranks)
        if metric in OF_ALL:
            return pseudo_values(self.labels, self.decided, self._counts, OF_ALL[metric])
        if (one := self._of_one(metric)) is not None:
            return pseudo_values(self.labels, self.decided, self._counts, one)
        if is_function(metric):
            return pseudo_values_of(self, metric)
        raise KeyError(metric)

    def counted_for(self, metric: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Recall and precision of a class are shares of some of the pictures."""
        base, output = split_name(metric)
        if output is None or base not in ("recall", "precision"):
            return None
        return self.right, (self.labels if base == "recall" else self.decided) == self._number(output)

    def parts_of(self, metric: str) -> Iterator[Part]:
        """Its classes, of the metrics that are means over them; of kappa and Matthews' as their counts weigh."""
        base, output = split_name(metric)
        if output is not None:
            among = self.labels == self._number(output)
            if base == "f1" and among.any():
                yield Part(1.0, among, self.right)
            return
        actual = self._counts.actual
        shares = actual / actual.sum()
        if metric in _MACRO:
            weights = np.full(len(actual), 1 / np.count_nonzero(actual))
        elif metric == "weighted_f1":
            weights = shares
        elif metric in ("kappa", "matthews") and np.count_nonzero(actual) > 1:
            weights = shares / (1 - shares @ shares)
        else:
            return
        if metric == "auc" and self._score(metric) < 1:
            return
        right = np.ones(len(self), bool) if metric == "auc" else self.right
        for number in np.flatnonzero(actual):
            yield Part(float(weights[number]), self.labels == number, right)

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """What was most surely taken for another class."""
        wrong = np.flatnonzero(self.decided != self.labels)
        certainty = self.probabilities[wrong, self.decided[wrong]].astype(float)
        surest = wrong[np.argsort(-certainty, kind="stable")][:most]
        return Mistakes(len(wrong), tuple(self._mistake(int(position), names) for position in surest))

    def details(self) -> dict[str, Any]:
        return {"confusion": self.confusion.tolist()}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Probabilities in half precision, of which the largest is still the one that it was."""
        return {"labels": self.labels, "probabilities": _halved(self.probabilities)}

    def _score(self, name: str) -> float:
        if name == "loss" or name in _CLIPPED or name in _TOP:
            return float(self.per_item(name).mean())
        if name in ("accuracy", "micro_f1"):
            return float(self._counts.right.sum() / self._counts.actual.sum())
        if name == "auc":
            return auc(self.labels, self._ranks)
        if name in OF_ALL:
            return OF_ALL[name](self._counts)
        if (one := self._of_one(name)) is not None:
            return one(self._counts)
        if is_function(name):
            return custom.score(name, *self.pair)
        raise KeyError(name)

    def _of_one(self, name: str) -> Callable[[Counts], float] | None:
        """How a metric of one class follows from the counts."""
        base, output = split_name(name)
        if output is None or base not in OF_ONE:
            return None
        score, number = OF_ONE[base], self._number(output)

        def of_class(counts: Counts) -> float:
            return score(int(counts.right[number]), int(counts.actual[number]), int(counts.predicted[number]))

        return of_class

    def _number(self, name: str) -> int:
        """Of the class of that name."""
        found = output_number(self.names, name)
        if found is None:
            raise UndefinedError(f"there is no class '{name}'; {nearest(name, self.names)}")
        return found

    @cached_property
    def _counts(self) -> Counts:
        if self.counted is not None:
            return Counts.of_matrix(self.counted)
        return Counts.of(self.labels, self.decided, self.probabilities.shape[1])

    @cached_property
    def _ranks(self) -> np.ndarray:
        if self.whole is not None:
            return np.asarray(self.whole[0]._ranks[self.whole[1]])
        return dense_ranks(self.probabilities)

    @property
    def _chosen(self) -> np.ndarray:
        """Probability of the true class, ``(n,)``; what a study keeps in half precision has no logarithm in it."""
        chosen: np.ndarray = self.probabilities[np.arange(len(self.labels)), self.labels]
        return chosen.astype(np.float64) if chosen.dtype == np.float16 else chosen

    def _mistake(self, position: int, names: Sequence[str]) -> Worst:
        label, decided = int(self.labels[position]), int(self.decided[position])
        true, predicted = (names[number] for number in (label, decided))
        told = {
            "true": true,
            "predicted": predicted,
            "probability": round(float(self.probabilities[position, decided]), 4),
            "true_probability": round(float(self.probabilities[position, label]), 4),
        }
        return Worst(position, (true, "as", predicted), told)


def make(
    targets: np.ndarray,
    judged: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    config: Mapping[str, Any],  # noqa: ARG001 - nothing of it decides
) -> ClassPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`."""
    return ClassPredictions(targets, judged["probabilities"], judged.get("confusion"), names)


def recorded(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> ClassPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
        raise ValueError(f"holds arrays of the shapes {labels.shape} and {probabilities.shape}")
    return ClassPredictions(labels, probabilities, names=names)


def _halved(probabilities: np.ndarray) -> np.ndarray:
    """As float16. Where rounding makes another class the largest, what was is lifted above it by one step."""
    halved = probabilities.astype(np.float16)
    decided = probabilities.argmax(axis=1)
    (rows,) = np.nonzero(halved.argmax(axis=1) != decided)
    halved[rows, decided[rows]] = np.nextafter(halved[rows].max(axis=1), np.float16(np.inf))
    return halved
