"""What a model gave for pictures whose targets are known, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cnnsearch.tasks.contract.metrics import UndefinedError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Counting", "Mistakes", "Part", "Parted", "Predictions", "Summed", "Worst", "score_of"]


@dataclass(frozen=True)
class Worst:
    """A prediction that is far from its target.

    Attributes:
        position: of the picture in the predictions.
        name: what it is, in words for the name of a file.
        told: what ``mistakes.json`` says of it.
    """

    position: int
    name: tuple[str, ...]
    told: dict[str, Any]


@dataclass(frozen=True)
class Mistakes:
    """Predictions that are not what they should be.

    Attributes:
        wrong: how many there are.
        worst: some of them, the worst first.
    """

    wrong: int
    worst: tuple[Worst, ...]


class Predictions(Protocol):
    """What a model gave for pictures whose targets are known; NumPy only."""

    def __len__(self) -> int: ...

    @property
    def fits(self) -> bool:
        """Whether there are some, and each is one that a model of the task can give for such a target."""

    def is_alike(self, other: Any) -> bool:
        """Whether the other ones are of the same pictures, so that the two can be compared one by one."""

    def take(self, indices: np.ndarray) -> Predictions:
        """Those of some pictures, which may be there several times; what was decided for all, as a threshold, stays."""

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Targets and predictions, as a metric of the user's takes them."""

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Metric -> its value: any that :meth:`TaskSpec.metric` knows, and what :meth:`TaskSpec.decisions` names.

        Raises:
            UndefinedError: one is not defined on these pictures.
        """

    def per_item(self, metric: str) -> np.ndarray:
        """``(n,)``, of which a ``share`` or ``mean`` is the mean; of any other metric jackknife pseudo-values.

        Raises:
            UndefinedError: as of :meth:`scores`, also where one picture less would do.
        """

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """At most ``most`` of them; ``names`` as of the targets."""

    def details(self) -> dict[str, Any]:
        """What ``evaluate --json`` says beside the scores."""

    def to_arrays(self) -> dict[str, np.ndarray]:
        """What a study keeps; :meth:`TaskSpec.recorded` reads it."""


def score_of(predictions: Predictions, metric: str) -> float | None:
    """A metric of some predictions; ``None``: they do not define it, as where a class has no picture among them."""
    try:
        return predictions.scores([metric])[metric]
    except UndefinedError:
        return None


@runtime_checkable
class Summed(Protocol):
    """Predictions whose metrics follow from a few numbers a picture, as the counts of a mask's pixels."""

    @property
    def numbers(self) -> int:
        """All that a metric is computed from."""


@runtime_checkable
class Counting(Protocol):
    """Predictions some of whose metrics are shares of some of the pictures, as the recall of one class."""

    def counted_for(self, metric: str) -> tuple[np.ndarray, np.ndarray] | None:
        """What is counted of each picture, and which of them it is a share of, ``(n,)`` booleans each; ``None``: it is
        no such share.
        """


@dataclass(frozen=True, eq=False)
class Part:
    """Pictures of one class, with which a metric of several classes stands and falls.

    Attributes:
        weight: by how much the metric is worse where all of them are wrong, about.
        among: which pictures they are, ``(n,)`` booleans, one at least.
        right: how right each picture is as to that class, ``(n,)``: 1 or true: it costs the metric nothing, 0 or false:
            it cannot cost it more, and any number between for what is right in parts, as a mask.
    """

    weight: float
    among: np.ndarray
    right: np.ndarray


@runtime_checkable
class Parted(Protocol):
    """Predictions some of whose metrics are of classes of different sizes."""

    def parts_of(self, metric: str) -> Iterable[Part]:
        """Always the same ones of the same pictures; none where the metric is not of that kind.

        Of a metric of ranks, as the area under the ROC curve, there are some where it cannot be better, and then all is
        right.
        """
