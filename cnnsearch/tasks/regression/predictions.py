"""Numbers of pictures and what a model told of them, what follows from the two, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.tasks import custom
from cnnsearch.tasks.contract.metrics import is_function, output_number, split_name
from cnnsearch.tasks.contract.predictions import Mistakes, Worst
from cnnsearch.tasks.jackknife import pseudo_values_of
from cnnsearch.tasks.regression.metrics import SCORES
from cnnsearch.tasks.regression.pseudo_values import PSEUDO_VALUES
from cnnsearch.tasks.regression.reading import value_names

__all__ = ["NumberPredictions", "make", "recorded", "written"]


@dataclass(frozen=True, eq=False)
class NumberPredictions:
    """What was told of pictures whose numbers are known, in the targets' unit.

    Attributes:
        targets, values: ``(n, outputs)`` float64, the true numbers and those that were told.
        names: of the outputs.
        losses: ``(n,)`` of the scaled numbers, as the trial's config has them; ``None`` where a model's file gave the
            values: it does not know how it was trained.
    """

    targets: np.ndarray
    values: np.ndarray
    names: tuple[str, ...]
    losses: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def errors(self) -> np.ndarray:
        """``(n, outputs)``: above 0 where too much was told."""
        return np.asarray(self.values - self.targets)

    @property
    def fits(self) -> bool:
        """Whether there are some, and every number is finite."""
        return len(self) > 0 and bool(np.isfinite(self.targets).all() and np.isfinite(self.values).all())

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Targets and values for a metric of the user's, of one output ``(n,)``."""
        if len(self.names) == 1:
            return self.targets[:, 0], self.values[:, 0]
        return self.targets, self.values

    def is_alike(self, other: NumberPredictions) -> bool:
        """Whether the other ones are of the same pictures."""
        return self.targets.shape == other.targets.shape and bool((self.targets == other.targets).all())

    def take(self, indices: np.ndarray) -> NumberPredictions:
        """Those of some pictures, in that order."""
        losses = None if self.losses is None else self.losses[indices]
        return NumberPredictions(self.targets[indices], self.values[indices], self.names, losses)

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Of several outputs the plain mean over them, and ``mae[NAME]`` of one.

        Raises:
            KeyError: the loss is asked for, and is not known.
        """
        with np.errstate(all="ignore"):  # of a training that diverged; the number says so
            return {name: self._score(name) for name in names}

    def per_item(self, metric: str) -> np.ndarray:
        """Errors for a mean of them, losses for the loss, pseudo-values for all others."""
        if metric == "loss":
            return self._losses
        base, columns = self._asked(metric)
        if base not in PSEUDO_VALUES:
            return pseudo_values_of(self, metric)
        values: np.ndarray = PSEUDO_VALUES[base](self.targets[:, columns], self.values[:, columns]).mean(axis=1)
        return values

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """The pictures of the largest errors; of several outputs the mean of each in units of its targets' spread."""
        spread = self.targets.std(axis=0)
        far = (np.abs(self.errors) / np.where(spread > 0, spread, 1.0)).mean(axis=1)
        order = np.argsort(-far, kind="stable")[:most]
        return Mistakes(int((far > 0).sum()), tuple(self._worst(int(place), names) for place in order if far[place]))

    def details(self) -> dict[str, Any]:
        """The metrics of each output, where there are several."""
        if len(self.names) == 1:
            return {}
        return {"outputs": {name: self._scores_of(index) for index, name in enumerate(self.names)}}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """In full precision: how many digits of a number count is not known here."""
        losses = {} if self.losses is None else {"losses": self.losses}
        return {"targets": self.targets, "values": self.values, **losses}

    def _score(self, name: str) -> float:
        if name == "loss":
            return float(self._losses.mean(dtype=np.float64))
        base, columns = self._asked(name)
        if base not in SCORES:
            if not is_function(name):
                raise KeyError(name)
            return custom.score(name, *self.pair)
        return float(SCORES[base](self.targets[:, columns], self.values[:, columns]).mean())

    def _scores_of(self, index: int) -> dict[str, float]:
        columns = slice(index, index + 1)
        targets, values = self.targets[:, columns], self.values[:, columns]
        return {name: float(score(targets, values).mean()) for name, score in SCORES.items()}

    def _asked(self, metric: str) -> tuple[str, slice]:
        """A metric without its output, and the columns that it is of."""
        base, output = split_name(metric)
        if output is None:
            return base, slice(None)
        index = output_number(self.names, output)
        if index is None:
            raise KeyError(metric)
        return base, slice(index, index + 1)

    @property
    def _losses(self) -> np.ndarray:
        if self.losses is None:
            raise KeyError("loss")
        return self.losses

    def _worst(self, position: int, names: Sequence[str]) -> Worst:
        rows = {"true": self.targets[position], "predicted": self.values[position], "error": self.errors[position]}
        told = {key: dict(zip(names, map(float, row), strict=True)) for key, row in rows.items()}
        true, predicted = ("-".join(map(written, rows[key])) for key in ("true", "predicted"))
        return Worst(position, (true, "as", predicted), told)


def written(number: float) -> str:
    """A number for people: four digits."""
    return f"{number:.4g}"


def make(
    targets: np.ndarray,
    judged: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    config: Mapping[str, Any],  # noqa: ARG001 - the head has told all that depends on it
) -> NumberPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`."""
    return NumberPredictions(targets, judged["values"], names, judged["losses"])


def recorded(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> NumberPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    targets, values, losses = arrays["targets"], arrays["values"], arrays.get("losses")
    shapes = [array.shape for array in (targets, values, losses) if array is not None]
    if targets.ndim != 2 or values.shape != targets.shape or (losses is not None and losses.shape != targets.shape[:1]):
        raise ValueError(f"holds arrays of the shapes {' and '.join(map(str, shapes))}")
    if names and targets.shape[1] != len(names):
        raise ValueError(f"is of {targets.shape[1]} numbers a picture, and the study has {len(names)}")
    return NumberPredictions(targets, values, names or value_names(targets.shape[1]), losses)
