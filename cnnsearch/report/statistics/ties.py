"""Which trials of a search the validation pictures cannot tell from the best one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.crossed import crossed_mean
from cnnsearch.report.statistics.finalists import LEVEL
from cnnsearch.report.statistics.items import items_of, moved_to, pictures_items_of, share_p_value
from cnnsearch.report.statistics.uncertainty import difference_p_value, one_sided_p_value
from cnnsearch.report.task import is_share, kept
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.winner.best import KEPT_PREDICTIONS

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["Tie", "TiesInfo", "ties_info"]


@dataclass(frozen=True)
class Tie:
    """A trial that is statistically tied with the best one; ``p_value`` is corrected for all that were compared."""

    trial: int
    value: float
    p_value: float


@dataclass(frozen=True)
class TiesInfo:
    """The best trial of the search against all others that ended as it did.

    Attributes:
        best: its number; ``None`` where no trial has a value.
        compared: how many others were compared.
        paired: how many of these by their predictions on the same pictures.
        tied: those that are tied, in order of the ranking.
        untold: how many could not be compared: what their pictures contribute is not known, and the objective is no
            share.
        pictures: validation pictures; 0 where the record does not say.
        groups: that these are of; 0 where each is by itself.
    """

    best: int | None
    compared: int = 0
    paired: int = 0
    tied: tuple[Tie, ...] = ()
    untold: int = 0
    pictures: int = 0
    groups: int = 0


def ties_info(study: Study) -> TiesInfo:
    """One training of each trial tells nothing of what another seed would give: pictures are all that varies here.

    One-sided tests at :data:`~cnnsearch.report.statistics.finalists.LEVEL` divided by the number of the others, as
    there: McNemar's exact test where the predictions of both were kept, the paired t test of what each picture
    contributes where the objective is no share, else the test of two shares, which cannot see on which pictures both
    are right. Of pictures in groups it is the same by groups, and where the predictions were not kept these are worth
    the fewest pictures that they can be.
    """
    if not study.ranked:
        return TiesInfo(None)
    best, *others = [record for record in study.ranked if record.state == study.ranked[0].state]
    pictures, metric = pictures_of(study, "validation"), study.experiment.objective.metric
    ours, clusters = kept(study, best.trial, None), clusters_of(study, "validation", pictures)
    judged = None if isinstance(ours, str) else _judged(study, ours, best)
    found: list[tuple[TrialLine, float]] = []
    paired = 0
    for place, record in enumerate(others):
        # Predictions are kept of the best few only: of thousands of others there is no need to look for them.
        near = place < KEPT_PREDICTIONS and judged is not None
        theirs = kept(study, record.trial, None) if near else ""
        rival = None
        if not isinstance(ours, str) and not isinstance(theirs, str) and ours.is_alike(theirs):
            rival = _judged(study, theirs, record)
        if judged is not None and rival is not None:
            paired += 1
            found.append((record, _paired(study, judged, rival)))
        elif is_share(study, metric) and pictures and not clusters.is_one:
            n = pictures if clusters.are_single else clusters.fewest
            p_value = difference_p_value(best.best_value, record.best_value, n) / 2
            found.append((record, p_value))
    ties = [Tie(record.trial, record.best_value, min(1.0, len(others) * p_value)) for record, p_value in found]
    return TiesInfo(
        best=best.trial,
        compared=len(found),
        paired=paired,
        tied=tuple(tie for tie in ties if tie.p_value >= LEVEL),
        untold=len(others) - len(found),
        pictures=pictures,
        groups=clusters.told,
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """A trial with its predictions, and what each picture, or group of them, contributes to the objective."""

    line: TrialLine
    predictions: Predictions
    items: np.ndarray

    def moved(self) -> np.ndarray:
        return moved_to(self.line.best_value, self.items)


def _judged(study: Study, told: Predictions, of: TrialLine) -> _Judged | None:
    """By what each picture contributes to a share, as its test counts them; to all else by what each group does."""
    if is_share(study, study.experiment.objective.metric):
        is_one = clusters_of(study, "validation", len(told)).is_one
        items = None if is_one else pictures_items_of(study, told, of.trial, None)
    else:
        items = items_of(study, told, of.trial, None)
    return None if items is None else _Judged(of, told, items)


def _paired(study: Study, best: _Judged, other: _Judged) -> float:
    objective = study.experiment.objective
    clusters = clusters_of(study, "validation", len(best.predictions))
    if is_share(study, objective.metric):
        return one_sided_p_value(best.items, other.items, clusters)
    gap = crossed_mean(objective.sign * (best.moved() - other.moved())[None])
    by_share = share_p_value(study, best.predictions, other.predictions) if gap.is_alike and gap.mean > 0 else None
    return gap.p_above if by_share is None else min(gap.p_above, by_share)
