"""The finalists: what the best trials of the search came to on fresh seeds, and which of them are tied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnsearch.experiment.evaluation import folds_in_words
from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.crossed import CrossedMean, crossed_mean
from cnnsearch.report.statistics.items import items_of, moved_to, share_p_value
from cnnsearch.report.statistics.outcome import described
from cnnsearch.report.statistics.resampled import ResampledMean, resampled_mean
from cnnsearch.report.statistics.unseen import unseen, widened
from cnnsearch.report.task import is_share, kept
from cnnsearch.study.pictures import pictures_of
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine
    from cnnsearch.study.winner.finalists import Finalists, Standing

__all__ = ["LEVEL", "FinalistRow", "FinalistsInfo", "finalists_info"]

LEVEL = 0.05
"""Share of studies, at most, in which the truly best of the configs compared is not among the winner and its ties."""


@dataclass(frozen=True)
class FinalistRow:
    """One finalist.

    Attributes:
        config: its searched parameters, one text each.
        search: its value in the search.
        runs: its value on each fresh seed; ``None`` where the run failed or has not ended.
        failed: runs that failed.
        mean: over the runs that are compared; ``None`` where it has no value.
        low, high: 95% interval of the mean, over seeds and pictures; ``None`` where fewer than two runs tell, or all
            of them the same.
        shrinkage: by how much the search's value was better than the mean.
        gap: by how much the mean is worse than the winner's, 0 for the winner; ``None`` where it is not compared.
        gap_low, gap_high: interval of the gap; the low end is above 0 exactly where the two are not tied; ``None``
            where all differences are alike, which tells no spread.
        p_value: one-sided, that the winner is no better, corrected for the number of finalists.
        tied: whether it is statistically tied with the winner.
    """

    trial: int
    config: tuple[str, ...]
    search: float
    runs: tuple[float | None, ...]
    failed: int
    mean: float | None
    low: float | None = None
    high: float | None = None
    shrinkage: float | None = None
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    p_value: float | None = None
    tied: bool | None = None


@dataclass(frozen=True)
class FinalistsInfo:
    """The finalists of a study.

    Attributes:
        metric: name of the objective.
        seeds: fresh seeds that were asked for.
        rows: the winner first.
        winner: its number; ``None`` while none is named.
        run, seed: of the winner's run with the median value, which ``best/`` holds.
        compared: runs in which all were compared.
        pictures: validation pictures whose predictions took part; 0 where the seeds alone were compared.
        groups: that these are of, by which they were compared; 0 where each is by itself.
        from_pictures: share of the uncertainty of the smallest gap that comes from the pictures, not the seeds.
        remaining: runs that have not ended; where a winner was named before, the rows are of then.
        folds: of which the mean on each fresh seed is, each on a fresh partition, as ``5 folds``; empty where there are
            none.
        validation: pictures of that split; 0 where the record does not tell.
        several: whether the winner was chosen by several objectives, so that nobody is tied with it, or worse.
        refitted, ensemble: whether the model in best/ is that of a refit of the winner's run, or an ensemble with it.
        missing: why there are none; ``None`` where there are.
    """

    metric: str
    seeds: int = 0
    rows: tuple[FinalistRow, ...] = ()
    winner: int | None = None
    run: int | None = None
    seed: int | None = None
    compared: int = 0
    pictures: int = 0
    from_pictures: float | None = None
    remaining: int = 0
    folds: str = ""
    validation: int = 0
    groups: int = 0
    several: bool = False
    refitted: bool = False
    ensemble: bool = False
    missing: str | None = None


def finalists_info(study: Study) -> FinalistsInfo:
    """The winner, and which finalists are tied with it.

    A finalist is not tied if the one-sided test of the paired differences (``statistics/crossed.py``) to
    the winner gives less than :data:`LEVEL`, divided by the number of the others. The truly best one is wrongly left
    out only if another one seems better than it by so much; there are as many others as the level is divided by
    (subset selection of Gupta 1965, with Bonferroni's inequality). So it does not matter that the winner was chosen by
    the same data.

    Under cross-validation the differences are those of the folds, and the test is that of ``statistics/resampled.py``.
    """
    metric = study.experiment.objective.metric
    if study.finals is None:
        asked = study.experiment.finalists is not None
        why = "no finalist has been trained yet" if asked else "the experiment asks for no finalists"
        return FinalistsInfo(metric, missing=why)
    finalists = study.finals.decided
    chosen = finalists.chosen
    scores = _scores(study, finalists)
    evaluation = study.experiment.cross_validation
    by_picture = evaluation is None and all(len(row) > 1 for of in scores.values() for row in of)
    validation = pictures_of(study, "validation")
    groups = clusters_of(study, "validation", validation).told if by_picture else 0
    rows, gaps = _rows(study, finalists, scores)
    closest = min(gaps, key=lambda gap: gap.mean, default=None)
    return FinalistsInfo(
        metric=metric,
        seeds=_seeds(finalists),
        rows=rows,
        winner=finalists.winner,
        run=chosen.run if chosen else None,
        seed=chosen.seed if chosen else None,
        compared=len(finalists.compared),
        pictures=_pictures(scores, validation if groups else 0) if by_picture else 0,
        groups=groups,
        from_pictures=closest.from_pictures if isinstance(closest, CrossedMean) and by_picture else None,
        remaining=len(study.finals.remaining),
        folds="" if evaluation is None else folds_in_words(evaluation.folds),
        validation=validation,
        several=finalists.ranking is not None,
        refitted=study.headline is not None and study.headline.refitted,
        ensemble=study.headline is not None and study.headline.ensemble,
    )


def _pictures(scores: Mapping[int, Sequence[np.ndarray]], grouped: int) -> int:
    """Those that took part: of groups there is one score each."""
    return grouped or next((len(row) for of in scores.values() for row in of), 0)


def _rows(
    study: Study, finalists: Finalists, scores: Mapping[int, Sequence[np.ndarray]]
) -> tuple[tuple[FinalistRow, ...], list[CrossedMean | ResampledMean]]:
    records = {record.trial: record for record in study.records}
    winner = finalists.winner
    rivals = sum(standing.compared for standing in finalists.standings) - 1
    rows: list[FinalistRow] = []
    gaps: list[CrossedMean | ResampledMean] = []
    for standing in finalists.standings:
        row = _row(study, finalists, standing, records[standing.trial], scores.get(standing.trial, ()))
        # Of several objectives none is worse by what it has in one.
        is_rival = finalists.ranking is None and standing.compared and standing.trial != winner
        if winner is not None and is_rival:
            gap = _mean(study, [one - other for one, other in zip(scores[winner], scores[standing.trial], strict=True)])
            if gap is not None:
                gaps.append(gap)
                row = _with_gap(row, gap, rivals, _by_share(study, finalists, standing.trial, gap))
        elif standing.trial == winner:
            row = replace(row, gap=0.0)
        rows.append(row)
    return tuple(rows), gaps


def _row(
    study: Study, finalists: Finalists, standing: Standing, record: TrialLine, scores: Sequence[np.ndarray]
) -> FinalistRow:
    low = high = None
    mean = _mean(study, scores) if standing.compared else None
    if mean is not None:
        share = is_share(study, study.experiment.objective.metric)
        if share and isinstance(mean, CrossedMean) and mean.pictures > 1:
            interval = mean.share_interval(pictures_of(study, "validation"))
            low, high = interval.low, interval.high
        else:
            low, high = _over_seeds(study, finalists, standing, mean) or (None, None)
    return FinalistRow(
        trial=standing.trial,
        config=described(study, record.config),
        search=record.best_value,
        runs=tuple(standing.values.get(run) for run in range(_seeds(finalists))),
        failed=standing.failed,
        mean=standing.mean,
        low=low,
        high=high,
        shrinkage=None if standing.mean is None else finalists.sign * (record.best_value - standing.mean),
    )


def _over_seeds(
    study: Study, finalists: Finalists, standing: Standing, mean: CrossedMean | ResampledMean
) -> tuple[float, float] | None:
    """Wider by what classes hide that are right in all runs; ``None`` where all scores are alike and hide nothing."""
    value = finalists.sign * mean.mean
    ends = mean.interval()
    low, high = (value, value) if ends is None else sorted(finalists.sign * end for end in ends)
    told = [kept(study, standing.trial, run) for run in finalists.compared]
    judged = [each for each in told if not isinstance(each, str)]
    hidden = (0.0, 0.0)
    if judged and len(judged) == len(told):
        clusters = clusters_of(study, "validation", len(judged[0]))
        hidden = unseen(judged, metric_of(study.experiment.objective.metric), clusters)
    if ends is None and not any(hidden):
        return None
    return _within(study, *widened(value, low, high, hidden))


def _within(study: Study, low: float, high: float) -> tuple[float, float]:
    """An interval without what the objective cannot be."""
    metric = study.experiment.predicted.metric(metric_of(study.experiment.objective.metric))
    return (low, high) if metric is None else (max(low, metric.low), min(high, metric.high))


def _seeds(finalists: Finalists) -> int:
    return len({run.run for run in finalists.planned})


def _by_share(study: Study, finalists: Finalists, rival: int, gap: CrossedMean | ResampledMean) -> float | None:
    """Where all differences are alike: by which pictures are right, on the seed that tells the least."""
    winner = finalists.winner
    if winner is None or isinstance(gap, ResampledMean) or not gap.is_alike or gap.pictures == 1 or gap.mean <= 0:
        return None
    found: list[float | None] = []
    for run in finalists.compared:
        ours, theirs = kept(study, winner, run), kept(study, rival, run)
        found.append(None if isinstance(ours, str) or isinstance(theirs, str) else share_p_value(study, ours, theirs))
    told = [each for each in found if each is not None]
    return max(told) if told and len(told) == len(found) else None


def _with_gap(row: FinalistRow, gap: CrossedMean | ResampledMean, rivals: int, by_share: float | None) -> FinalistRow:
    low, high = gap.interval(1 - 2 * LEVEL / rivals) or (None, None)
    p_value = min(1.0, rivals * (gap.p_above if by_share is None else min(gap.p_above, by_share)))
    return replace(row, gap=gap.mean, gap_low=low, gap_high=high, p_value=p_value, tied=p_value >= LEVEL)


def _mean(study: Study, scores: Sequence[np.ndarray]) -> CrossedMean | ResampledMean | None:
    import numpy as np

    if study.experiment.cross_validation is not None and scores:
        return resampled_mean(np.concatenate(scores).tolist(), study.experiment.cross_validation.folds)
    if not scores or (len(scores) == 1 and len(scores[0]) == 1):
        return None
    return crossed_mean(np.array(scores))


def _scores(study: Study, finalists: Finalists) -> dict[int, list[np.ndarray]]:
    """Of each finalist that is compared, one array a run, larger being better: by picture, else of one number.

    Under cross-validation by fold.
    """
    import numpy as np

    contenders = [standing for standing in finalists.standings if standing.compared]
    if study.experiment.cross_validation is not None:
        lines = {one.trial: [finalists.ended[one.trial, run] for run in finalists.compared] for one in contenders}
        return {
            trial: [finalists.sign * np.array(line.folds or (line.best_value,), float) for line in of]
            for trial, of in lines.items()
        }
    stored = {(one.trial, run): kept(study, one.trial, run) for one in contenders for run in finalists.compared}
    told = {key: one for key, one in stored.items() if not isinstance(one, str) and len(one) > 1}
    first = next(iter(told.values()), None)
    alike = first is not None and len(told) == len(stored) and all(map(first.is_alike, told.values()))
    items = {key: items_of(study, one, *key) for key, one in told.items()} if alike else {}
    by_picture = bool(items) and all(each is not None for each in items.values())
    found: dict[int, list[np.ndarray]] = {}
    for one in contenders:
        for run in finalists.compared:
            value, of_run = one.values[run], items.get((one.trial, run))
            by = moved_to(value, of_run) if by_picture and of_run is not None else [value]
            found.setdefault(one.trial, []).append(finalists.sign * np.asarray(by, float))
    return found
