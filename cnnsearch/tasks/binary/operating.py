"""Every threshold at once: what would be found and what would be a false alarm at each; ROC, precision and recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.tasks.contract.metrics import UndefinedError

__all__ = ["MIDDLE", "OperatingPoints", "placements"]

MIDDLE = 0.5
"""The threshold of a model that nobody set one for."""


@dataclass(frozen=True, eq=False)
class OperatingPoints:
    """The different scores of some pictures, each as a threshold: at it and above a picture is positive.

    Attributes:
        scores: descending, ``(k,)`` float64.
        hits, false_alarms: pictures at each score and above that are positive, or are not; ``(k,)``.
    """

    scores: np.ndarray
    hits: np.ndarray
    false_alarms: np.ndarray

    @classmethod
    def of(cls, positive: np.ndarray, scores: np.ndarray) -> OperatingPoints:
        """Of at least one picture: booleans and numbers, ``(n,)`` each."""
        order = np.argsort(-scores.astype(np.float64), kind="stable")
        ordered, found = scores[order].astype(np.float64), np.cumsum(positive[order], dtype=np.int64)
        last = np.flatnonzero(np.append(np.diff(ordered) != 0, True))  # of each score
        return cls(ordered[last], found[last], last + 1 - found[last])

    @property
    def positives(self) -> int:
        return int(self.hits[-1])

    @property
    def negatives(self) -> int:
        return int(self.false_alarms[-1])

    @property
    def sensitivity(self) -> np.ndarray:
        """``(k,)``; some picture is positive."""
        return np.asarray(self.hits / self.positives)

    @property
    def false_alarm_rate(self) -> np.ndarray:
        """Share of the other pictures, of which there are some; ``(k,)``."""
        return np.asarray(self.false_alarms / self.negatives)

    @property
    def precision(self) -> np.ndarray:
        """``(k,)``."""
        return np.asarray(self.hits / (self.hits + self.false_alarms))

    @property
    def roc_auc(self) -> float:
        """Area below the ROC curve: the chance that a positive picture scores above another one, ties being half.

        Raises:
            UndefinedError: all pictures are of one class.
        """
        if not self.positives or not self.negatives:
            raise UndefinedError("roc_auc is not defined where all pictures are of one class")
        x, y = np.append(0, self.false_alarms), np.append(0, self.hits)
        area = (np.diff(x) * (y[1:] + y[:-1])).sum() / 2
        return float(area / (self.positives * self.negatives))

    @property
    def average_precision(self) -> float:
        """Precision at each score, weighted by what recall it adds, without interpolation.

        Raises:
            UndefinedError: no picture is positive.
        """
        if not self.positives:
            raise UndefinedError("average_precision is not defined where no picture is positive")
        return float((np.diff(np.append(0, self.hits)) * self.precision).sum() / self.positives)

    def best_threshold(self) -> float:
        """Where the balanced accuracy is largest (Youden 1950); of several such, the one nearest to a half.

        It lies in the middle between two scores, so that what rounds a score decides as before. Of pictures of one
        class nothing can be told: a half.
        """
        if not self.positives or not self.negatives:
            return MIDDLE
        # In whole numbers: equal ones are equal.
        gained = self.hits * self.negatives - self.false_alarms * self.positives
        # At the lowest score all are positive, whatever comes.
        thresholds = np.append((self.scores[:-1] + self.scores[1:]) / 2, 0.0)
        best = thresholds[gained == gained.max()]
        return float(best[np.abs(best - MIDDLE).argmin()])


def placements(positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Share of the pictures of the other class on the right side of each picture's score, ties being half; ``(n,)``.

    The mean over either class is the area below the ROC curve (DeLong, DeLong and Clarke-Pearson 1988).
    """
    scores = scores.astype(np.float64)
    found = np.empty(len(scores))
    for inside, sign in ((positive, 1.0), (~positive, -1.0)):
        others = np.sort(sign * scores[~inside])
        below, upto = (np.searchsorted(others, sign * scores[inside], side) for side in ("left", "right"))
        found[inside] = (below + upto) / (2 * max(len(others), 1))
    return found
