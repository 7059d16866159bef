"""How much worse a compressed model is than another one on the same pictures, by the predictions that are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnsearch.numbers import significant
from cnnsearch.report.statistics.clusters import Clusters
from cnnsearch.report.statistics.crossed import crossed_mean
from cnnsearch.report.statistics.uncertainty import paired_interval, paired_p_value
from cnnsearch.study.pictures import group_of
from cnnsearch.study.winner.compressed import predictions_of
from cnnsearch.tasks.contract.metrics import Metric, Mode, UndefinedError

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import CompressionLine
    from cnnsearch.study.winner.compressed import Compressed
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["Loss", "loss_of", "loss_to_alone", "pairs_of"]

_LEVEL = 0.05

_POINTS = 100.0
"""A metric from 0 to 1 is told in points."""


@dataclass(frozen=True)
class Loss:
    """How much worse a compressed model is than the float model on the same pictures; below 0: better.

    Attributes:
        value, low, high: of the metric, with a 95% interval over pictures; no interval where it is the same on every
            picture, and is no share: that tells no error.
        p_value: two-sided: McNemar's exact test of a share, else the paired t test; of groups both are by these.
        unit: ``points`` of a metric from 0 to 1, in which the numbers are; empty of any other.
        trainings: of which it is the mean; of several the interval and the test are over seeds and pictures.
    """

    value: float
    low: float | None
    high: float | None
    p_value: float
    unit: Literal["points", ""]
    trainings: int = 1

    @property
    def is_told(self) -> bool:
        """Whether it can be told from none."""
        return self.p_value < _LEVEL

    @property
    def in_digits(self) -> tuple[str, tuple[str, str] | None]:
        """Value and ends as they are written: points with a decimal, and with more where all are within 0.1 of none."""
        if self.low is None or self.high is None:
            return self._written(self.value)[0], None
        value, low, high = self._written(self.value, self.low, self.high)
        return value, (low, high)

    def _written(self, *each: float) -> tuple[str, ...]:
        if not self.unit:
            return tuple(significant(number, 2) for number in each)
        widest = max(map(abs, each))
        decimals = -math.floor(math.log10(widest)) if 0 < widest < 0.1 else 1
        return tuple(f"{number:z.{decimals}f}" for number in each)


def loss_to_alone(
    study: Study, metric: Metric, mode: Mode, each: Compressed, known: Sequence[Compressed]
) -> Loss | None:
    """What a student loses that was taught, against the same one, on the same seed, that nobody taught."""
    way = each.line.way
    if not way.get("weight") or {"prune", "quantize"} & way.keys():
        return None
    shared = {key: value for key, value in way.items() if key not in ("weight", "temperature")}
    twin = next((other.line for other in known if dict(other.line.way) == {**shared, "weight": 0.0}), None)
    pairs = [] if twin is None else pairs_of(study, twin, each.line)
    return loss_of(metric, mode, pairs, group_of(study, "validation", len(pairs[0][0]))) if pairs else None


def pairs_of(study: Study, before: CompressionLine, after: CompressionLine) -> list[tuple[Predictions, Predictions]]:
    """Of each training of the one after, and of the one before with it, where that was trained too; else empty.

    Predictions of one that was trained once are set beside those of every training of the other.
    """
    found = [
        _alike(predictions_of(study, before, number if before.again else 0), predictions_of(study, after, number))
        for number in range(1 + len(after.again))
    ]
    known = [pair for pair in found if pair is not None]
    return known if len(known) == len(found) else []


def _alike(before: Predictions | None, after: Predictions | None) -> tuple[Predictions, Predictions] | None:
    """Both, where they can be compared picture by picture."""
    return (before, after) if before is not None and after is not None and after.is_alike(before) else None


def loss_of(
    metric: Metric, mode: Mode, pairs: Sequence[tuple[Predictions, Predictions]], groups: np.ndarray | None = None
) -> Loss | None:
    """``pairs``: of each training the predictions before and after."""
    clusters = Clusters.of(groups, len(pairs[0][0]))
    if clusters.is_one:
        return None
    try:
        items = [(before.per_item(metric.name), after.per_item(metric.name)) for before, after in pairs]
    except UndefinedError:
        return None
    is_points = (metric.low, metric.high) == (0.0, 1.0)
    factor = (_POINTS if is_points else 1.0) * (1 if mode == "max" else -1)
    if metric.kind == "share" and len(items) == 1:
        value, *of_share = paired_interval(*items[0], clusters)
        ends: tuple[float, ...] | None = tuple(of_share)
        p_value = paired_p_value(*items[0], clusters)
    elif len(clusters) == len(items) == 1:  # which has no error
        return None
    else:
        gaps = [np.asarray(ours, float) - np.asarray(theirs, float) for ours, theirs in items]
        differences = np.stack([clusters.items(each) for each in gaps])
        gap, back = crossed_mean(differences), crossed_mean(-differences)
        value = gap.mean
        ends = gap.interval()
        if gap.is_alike and metric.kind == "share":  # pictures that all trainings agree on may be few
            found = [paired_interval(*each, clusters)[1:] for each in items]
            ends = min(end[0] for end in found), max(end[1] for end in found)
        p_value = min(1.0, 2 * min(gap.p_above, back.p_above))
    # 0 is added as -0.0 would be said to be below 0.
    low, high = sorted(0.0 + factor * end for end in ends) if ends else (None, None)
    return Loss(0.0 + factor * value, low, high, p_value, "points" if is_points else "", len(items))
