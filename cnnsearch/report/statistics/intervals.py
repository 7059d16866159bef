"""How far any metric of some predictions can be trusted: what other pictures of the same kind would give."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.report.statistics.clusters import Clusters
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.statistics.unseen import unseen, widened
from cnnsearch.tasks.contract.metrics import UndefinedError, metric_of
from cnnsearch.tasks.contract.predictions import Counting, Summed
from cnnsearch.tasks.jackknife import are_of_each

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.metrics import Metric
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["MetricInterval", "metric_intervals", "metrics_of"]

_SEED = 0xB007

_MOST_RESAMPLES, _FEWEST_RESAMPLES = 1000, 50
_WORK = 20_000_000
"""Numbers that are looked at for the intervals of one set of predictions: half a second to a second."""

_MOST_NUMBERS = 1_000_000
"""Of more predicted numbers no resample is taken."""

_ENDS = (0.025, 0.975)
_TOLD_ENDS = 200
"""Of so many resamples the percentiles tell the ends; of fewer, which are of many pictures, the normal distribution."""

_ONE = "all are of one group, and others may be different"
"""Why there is no interval."""

_SAME = "it is the same in every resample, which does not tell how different it may be"

_MOST_UNDEFINED = 0.05
"""Share of the resamples in which a metric may be undefined: those that are left are like all of them."""


@dataclass(frozen=True)
class MetricInterval:
    """A metric with its 95% interval over pictures.

    Attributes:
        name: of the metric.
        value: of these predictions; ``None`` where they do not define it.
        low, high: the interval; ``None`` where there is none.
        method: how it was found.
        why: there is no value, or no interval.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    method: Literal["Wilson", "bootstrap"] | None = None
    why: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types, without its name."""
        told = {"value": self.value, "low": self.low, "high": self.high, "interval": self.method}
        return told if self.why is None else {**told, "why": self.why}


def metric_intervals(
    predictions: Predictions,
    metrics: Iterable[Metric],
    known: Mapping[str, float] | None = None,
    items: Mapping[str, np.ndarray] | None = None,
    group_of: np.ndarray | None = None,
) -> tuple[MetricInterval, ...]:
    """Metrics of some predictions with their intervals, in the order in which they are given.

    Wilson's for shares of pictures, also for shares of some of them, as the recall of a class; for all else the
    percentiles of a bootstrap of the pictures (Efron and Tibshirani 1993, chapter 13), always the same one. There are
    50 to 1,000 resamples, the fewer the more pictures and outputs; of less than 200 the spread is taken, as that of a
    normal distribution. Of more than a million numbers, as of 20,000 pictures of 100 classes, there is none. Pictures
    of a group are drawn together, and Wilson's interval is that of as many pictures as the groups are worth
    (:meth:`~cnnsearch.report.statistics.clusters.Clusters.worth`). Classes that are right throughout, however few their
    pictures, make an interval wider by what they may hide (:mod:`cnnsearch.report.statistics.unseen`).

    Args:
        predictions: of pictures that stand for others.
        metrics: of their task.
        known: what they are by the record, which may be more exact than what was kept, or have more in it.
        items: what each picture contributes, ``(n,)``, to metrics that cannot be computed here.
        group_of: ``(n,)``, the number of the group of each; ``None``: each is by itself.
    """
    clusters = Clusters.of(group_of, len(predictions))
    return _Intervals(predictions, known or {}, items or {}, clusters).of(tuple(metrics))


def metrics_of(study: Study) -> dict[str, Metric]:
    """Those of its task and the objective, by name."""
    task, name = study.experiment.predicted, metric_of(study.experiment.objective.metric)
    return {metric.name: metric for metric in (*task.metrics, task.metric(name)) if metric is not None}


class _Intervals:
    def __init__(
        self,
        predictions: Predictions,
        known: Mapping[str, float],
        items: Mapping[str, np.ndarray],
        clusters: Clusters,
    ) -> None:
        self._predictions = predictions
        self._clusters = clusters
        self._known = known
        self._items = items
        numbers = predictions.numbers if isinstance(predictions, Summed) else predictions.pair[1].size
        self._numbers = max(numbers, 1)

    def of(self, metrics: tuple[Metric, ...]) -> tuple[MetricInterval, ...]:
        found = {metric.name: self._simple(metric) for metric in metrics}
        resampled = self._resampled([metric for metric in metrics if found[metric.name] is None])
        return tuple(found[metric.name] or resampled[metric.name] for metric in metrics)

    def _simple(self, metric: Metric) -> MetricInterval | None:
        """What needs no resample: no value, or a share."""
        name = metric.name
        try:
            value = self._value(name)
        except (TrialError, ValueError) as error:
            return MetricInterval(name, None, why=str(error))
        except KeyError:  # a loss whose parameters are not known here
            return MetricInterval(name, None, why=f"{name} is not known of these predictions")
        items = self._items.get(name)
        if items is not None and not (self._clusters.are_single or are_of_each(items)):
            return MetricInterval(name, value, why="what each whole group contributes to it was not kept")
        share = self._share(metric)
        if share is None:
            return None
        right, among = share
        if not among.any():
            return MetricInterval(name, value, why="no picture counts")
        if self._clusters.is_one:
            return MetricInterval(name, value, why=_ONE)
        return _wilson(name, value, self._clusters.worth(right, among))

    def _value(self, name: str) -> float:
        """By the record, else of the predictions.

        Raises:
            ValueError: they do not define it.
        """
        if name in self._known:
            return self._known[name]
        value = self._predictions.scores([name])[name]
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}")
        return value

    def _share(self, metric: Metric) -> tuple[np.ndarray, np.ndarray] | None:
        """Where each picture is right, and which of them count, ``(n,)`` booleans; ``None``: it is no share."""
        if metric.kind == "share":
            right = self._predictions.per_item(metric.name)
            return right, np.ones(len(right), bool)
        return self._predictions.counted_for(metric.name) if isinstance(self._predictions, Counting) else None

    def _resampled(self, metrics: list[Metric]) -> dict[str, MetricInterval]:
        by_item = {metric.name: items for metric in metrics if (items := self._of_items(metric)) is not None}
        whole = [metric for metric in metrics if metric.name not in by_item]
        many = min(_MOST_RESAMPLES, max(_FEWEST_RESAMPLES, _WORK // self._numbers))
        found: dict[str, list[float]] = {metric.name: [] for metric in metrics}
        for chosen in _choices(self._clusters, many if metrics else 0):
            for name, items in by_item.items():
                found[name].append(float(items[chosen].mean()))
            if whole and self._numbers <= _MOST_NUMBERS:
                _score(self._predictions.take(chosen), [metric.name for metric in whole], found)
        return {metric.name: self._interval(metric, np.array(found[metric.name])) for metric in metrics}

    def _of_items(self, metric: Metric) -> np.ndarray | None:
        """What each picture contributes, where a resample's metric is the mean of that."""
        if metric.name in self._items:
            return self._items[metric.name]
        if metric.kind != "mean":
            return None
        try:
            return np.asarray(self._predictions.per_item(metric.name), float)
        except (KeyError, UndefinedError):  # a loss that was not kept
            return None

    def _interval(self, metric: Metric, values: np.ndarray) -> MetricInterval:
        name, value = metric.name, self._value(metric.name)
        finite = values[np.isfinite(values)]
        if self._clusters.is_one:
            return MetricInterval(name, value, why=_ONE)
        if not len(values):
            return MetricInterval(name, value, why="there are too many numbers to resample")
        if len(finite) < (1 - _MOST_UNDEFINED) * len(values):
            return MetricInterval(name, value, why="in many resamples it is not defined")
        low, high = np.quantile(finite, _ENDS) if len(values) >= _TOLD_ENDS else _normal_ends(finite)
        moved = value - self._of_predictions(metric)
        low, high = float(low) + moved, float(high) + moved
        hidden = unseen([self._predictions], name, self._clusters)
        if low == high and not any(hidden):
            return self._alike(metric, value)
        method: Literal["Wilson", "bootstrap"] = "Wilson" if low == high else "bootstrap"
        low, high = widened(value, low, high, hidden)
        return MetricInterval(name, value, max(metric.low, low), min(metric.high, high), method)

    def _alike(self, metric: Metric, value: float) -> MetricInterval:
        """Where all resamples give the same."""
        whole = metric.high - metric.low
        if value not in (metric.low, metric.high) or not math.isfinite(whole):
            return MetricInterval(metric.name, value, why=_SAME)
        # Where all is right, more pictures might still hold a mistake.
        scaled = wilson((value - metric.low) / whole, self._clusters.fewest)
        low, high = metric.low + whole * scaled.low, metric.low + whole * scaled.high
        return MetricInterval(metric.name, value, low, high, "Wilson")

    def _of_predictions(self, metric: Metric) -> float:
        """What the resamples vary around: a loss by the record has the regularisation in it."""
        items = self._of_items(metric)
        if items is not None:
            return float(items.mean())
        return self._predictions.scores([metric.name])[metric.name]


def _normal_ends(values: np.ndarray) -> tuple[float, float]:
    half = 1.959963984540054 * float(values.std(ddof=1))
    return float(values.mean()) - half, float(values.mean()) + half


def _wilson(name: str, value: float, n: float) -> MetricInterval:
    interval = wilson(min(1.0, max(0.0, value)), n)
    return MetricInterval(name, value, interval.low, interval.high, "Wilson")


def _choices(clusters: Clusters, many: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(_SEED)
    for _ in range(many):
        yield clusters.drawn(generator)


def _score(resample: Predictions, names: list[str], found: dict[str, list[float]]) -> None:
    """Add what a resample gives, NaN where it does not define a metric."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of undefined metrics, which are counted
        for name in names:
            try:
                found[name].append(resample.scores([name])[name])
            except (TrialError, ValueError, KeyError):  # a function of the user's own may fail on some of the pictures
                found[name].append(math.nan)
