"""The headline of a study with its 95% interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import score
from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.finalists import FinalistsInfo, finalists_info
from cnnsearch.report.statistics.measured import searched_interval
from cnnsearch.report.statistics.resampled import ResampledMean, resampled_mean
from cnnsearch.report.statistics.share import share_interval
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.task import is_share
from cnnsearch.study.pictures import pictures_of
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.headline import Headline

__all__ = ["HeadlineInfo", "headline_info", "outer_interval"]


@dataclass(frozen=True)
class HeadlineInfo:
    """The number that a study is known by.

    Attributes:
        headline: the number, and what it is.
        low, high: its 95% interval: over outer folds; over seeds and pictures of a mean over fresh seeds, over pictures
            of a value in the search, over folds of a mean over these that is no share; ``None`` where none is known.
        by_groups: whether pictures that belong together count together in it.
    """

    headline: Headline
    low: float | None
    high: float | None
    by_groups: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """In words: the headline, then the winner's other numbers, each with what it is."""
        one = self.headline
        # A winner of fresh seeds has been trained to its end since, whatever became of its trial.
        early = f" ({one.early})" if one.early and one.kind == "search" else ""
        what = "Chosen" if one.beside else "Best"
        first = f"{what}: trial {one.trial}, {one.name} {one.said}{self.interval}{early}"
        return (first, *(f"  {number.name}: {number.text}" for number in one.others))

    @property
    def interval(self) -> str:
        """In words, after a blank; empty where none is known."""
        if self.low is None or self.high is None:
            return ""
        pictures = self.headline.pictures
        by = ", by groups" if self.by_groups else ""
        return f" (95% interval {score(self.low, pictures)} to {score(self.high, pictures)}{by})"

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only."""
        by = {"by_groups": True} if self.by_groups else {}
        return {**self.headline.to_dict(), "low": self.low, "high": self.high, **by}


def headline_info(study: Study, finalists: FinalistsInfo | None = None) -> HeadlineInfo | None:
    """The headline; ``None`` where no trial has a value.

    Args:
        study: whose.
        finalists: of the study, where they have been computed.
    """
    headline = study.headline
    if headline is None:
        return None
    if headline.kind == "nested":
        return HeadlineInfo(headline, *outer_interval(study, headline.outer))
    if headline.kind == "finalists":
        info = finalists or finalists_info(study)
        winner = info.rows[0]
        return HeadlineInfo(headline, winner.low, winner.high, info.groups > 0)
    pictures = pictures_of(study, "validation")
    by_groups = clusters_of(study, "validation", pictures).told > 0
    if is_share(study, headline.metric) and pictures:
        interval = share_interval(study, headline.value, headline.metric, pictures, headline.trial)
        low, high = (None, None) if interval is None else (interval.low, interval.high)
        return HeadlineInfo(headline, low, high, by_groups)
    if (over := _over_folds(study, headline)) is not None:
        return HeadlineInfo(headline, *over)
    low, high = searched_interval(study) or (None, None)
    return HeadlineInfo(headline, low, high, by_groups)


def _over_folds(study: Study, headline: Headline) -> tuple[float, float] | None:
    """Interval of the search's mean over folds, without what the metric cannot be."""
    evaluation = study.experiment.cross_validation
    line = next(record for record in study.ranked if record.trial == headline.trial)
    values = [value for value in line.folds if value is not None]
    if evaluation is None or len(values) < 2:
        return None
    return _within(study, resampled_mean(values, evaluation.folds))


def outer_interval(study: Study, values: Sequence[float]) -> tuple[float | None, float | None]:
    """Of the mean over the outer folds of nested cross-validation; ``None`` where all are alike and tell none.

    That of a share is no narrower than its pictures would have it, as a few folds may agree by chance.
    """
    mean = resampled_mean(values, len(values))
    found = _within(study, mean)
    pictures = sum(fold.pictures for fold in study.outer_folds)
    if not is_share(study, study.experiment.objective.metric) or not pictures:
        return found or (None, None)
    least = wilson(mean.mean, pictures)
    low, high = found or (mean.mean, mean.mean)
    return min(low, least.low), max(high, least.high)


def _within(study: Study, mean: ResampledMean) -> tuple[float, float] | None:
    """Its interval, where it has one, without what the objective's metric cannot be."""
    found = mean.interval()
    if found is None:
        return None
    low, high = found
    metric = study.experiment.predicted.metric(metric_of(study.experiment.objective.metric))
    return (low, high) if metric is None else (max(low, metric.low), min(high, metric.high))
