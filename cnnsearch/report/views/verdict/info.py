"""The verdict: which trial won, how sure that is, which others are as good, what it cost, what to beware of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cnnsearch.numbers import score
from cnnsearch.report.statistics.cautions import Caution, cautions
from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.finalists import FinalistsInfo, finalists_info
from cnnsearch.report.statistics.headline import HeadlineInfo, headline_info
from cnnsearch.report.statistics.measured import on_test
from cnnsearch.report.statistics.next_step import NextStep, next_step
from cnnsearch.report.statistics.share import Share, share_of
from cnnsearch.report.statistics.ties import TiesInfo, ties_info
from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.report.task import share_of_task
from cnnsearch.report.views.verdict.words import Answer, answers, answers_without_model
from cnnsearch.study.progress.so_far import so_far_in_words
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import Ended

__all__ = ["Cost", "RunnerUp", "TestReading", "VerdictInfo", "verdict_info"]


@dataclass(frozen=True)
class RunnerUp:
    """The next best trial.

    Attributes:
        value: its own, on the same footing as the winner's.
        gap: by how much that is worse.
        p_value: one-sided, corrected for all that were compared; ``None`` where it could not be compared.
    """

    trial: int
    value: float
    gap: float
    p_value: float | None


@dataclass(frozen=True)
class TestReading:
    """What the winner's model gave on the test split.

    Attributes:
        metric: the share that the task tells, or the objective where it tells none.
        value: of that.
        interval: Wilson's of a share, else of a bootstrap over the pictures, of groups by these; ``None`` where none is
            known.
        objective: name, value and interval of the objective, where that is another metric and is told.
        pictures: of the split.
        groups: that these are of; 0 where each is by itself.
        metrics: all that were computed.
    """

    __test__ = False  # no test of pytest's

    metric: str
    value: float
    interval: Interval | None
    pictures: int
    metrics: Mapping[str, float]
    objective: tuple[str, float, Interval | None] | None = None
    groups: int = 0

    @property
    def first(self) -> tuple[str, float, Interval | None]:
        """What it is told by first: name, value and interval of the objective, else of the metric."""
        return self.objective or (self.metric, self.value, self.interval)

    def said(self, interval: Interval | None) -> str:
        """An interval in words, after a blank; empty where none is known."""
        if interval is None:
            return ""
        by = ", by groups" if self.groups else ""
        ends = f"{score(interval.low, self.pictures)} to {score(interval.high, self.pictures)}"
        return f" (95% interval {ends}{by})"


@dataclass(frozen=True)
class Cost:
    """What the sweep took.

    Attributes:
        seconds: wall time, from the first proposal to the last thing recorded, of all sessions together.
        worker_seconds: that all workers together spent on trials, finalists and the refit.
        compute_seconds: of these in training and validation.
        trials, runs: that ended: trials of the search, and runs of finalists.
    """

    seconds: float
    worker_seconds: float
    compute_seconds: float
    trials: int
    runs: int


@dataclass(frozen=True)
class VerdictInfo:
    """The first thing that the report says.

    Attributes:
        basis: ``finalists`` where fresh seeds named the winner, ``search`` where it is the search's best trial,
            ``none`` where no trial has a value.
        trial: the winner.
        state: how it ended in the search.
        run, seed: of the training that ``best/`` holds; ``run`` is ``None`` for the trial's own in the search.
        value: the mean over fresh seeds, or the search's value.
        low, high: 95% interval: of the value where the winner was named from finalists, else of ``share``; ``None``
            where neither is known.
        share: of the validation pictures, that belongs to the value in a search; ``None`` where none is known.
        pictures: validation pictures.
        groups: that these are of; 0 where each is by itself.
        tied: trials that are statistically tied with the winner, best first.
        compared: how many others were compared with it.
        untold: how many others, of those that are to be, could not be: by one run, or without their predictions.
        shrinkage: by how much the search's value of the winner was better than its mean over fresh seeds.
        test: of the winner's model; ``None`` where it was not read.
        headline: the value with its name, and the winner's other numbers; ``None`` where no trial has a value.
        then: what to do next; ``None`` where nothing was begun.
        answers: all this in plain words, each with its label.
    """

    metric: str
    basis: Literal["finalists", "search", "none"]
    trial: int | None
    state: str | None
    run: int | None
    seed: int | None
    value: float | None
    low: float | None
    high: float | None
    share: Share | None
    pictures: int
    runner_up: RunnerUp | None
    tied: tuple[int, ...]
    compared: int
    shrinkage: float | None
    test: TestReading | None
    cost: Cost
    cautions: tuple[Caution, ...]
    headline: HeadlineInfo | None
    then: NextStep | None = None
    answers: tuple[Answer, ...] = ()
    untold: int = 0
    groups: int = 0

    @property
    def tested_interval(self) -> str:
        """Of the number that stands beside the headline, what the test split gave; empty where none is known."""
        number = None if self.headline is None else self.headline.headline.tested
        if self.test is None or number is None or self.test.first[1] != number.value:
            return ""
        return self.test.said(self.test.first[2])

    @property
    def text(self) -> str:
        """The answers, one after another."""
        return " ".join(answer.text for answer in self.answers)


def verdict_info(study: Study) -> VerdictInfo:
    finalists, ties = finalists_info(study), ties_info(study)
    cost, warned = _cost(study), cautions(study, finalists)
    if finalists.winner is not None:
        return _of_finalists(study, finalists, ties, cost, warned)
    if study.best is not None:
        return _of_search(study, finalists, ties, cost, warned)
    nothing = "nothing was proposed yet" if not sum(study.counts.values()) else "none completed or was stopped with one"
    none = f"No trial has a value: {nothing}."
    if study.broken_limits:
        none = "No trial can be the best: the models of all that have a value break limits."
    then = next_step(study) if sum(study.counts.values()) else None
    return VerdictInfo(
        metric=finalists.metric,
        basis="none",
        **dict.fromkeys(
            ("trial", "state", "run", "seed", "value", "low", "high", "share", "runner_up", "shrinkage", "test")
        ),
        pictures=ties.pictures,
        tied=(),
        compared=0,
        untold=0,
        groups=ties.groups,
        cost=cost,
        cautions=warned,
        headline=None,
        then=then,
        answers=answers_without_model(study, so_far_in_words(study) or none, then),
    )


def _of_finalists(
    study: Study, finalists: FinalistsInfo, ties: TiesInfo, cost: Cost, warned: tuple[Caution, ...]
) -> VerdictInfo:
    winner, *others = finalists.rows
    compared = [row for row in others if row.gap is not None]
    tied = tuple(row.trial for row in compared if row.tied)
    second = compared[0] if compared and not study.experiment.objective.beside else None
    runner_up = None
    if second is not None and second.mean is not None and second.gap is not None:
        runner_up = RunnerUp(second.trial, second.mean, second.gap, second.p_value)
    test = _test(study)
    info = VerdictInfo(
        metric=finalists.metric,
        basis="finalists",
        trial=winner.trial,
        state=next(record.state for record in study.records if record.trial == winner.trial),
        run=finalists.run,
        seed=finalists.seed,
        value=winner.mean,
        low=winner.low,
        high=winner.high,
        share=None,
        pictures=finalists.pictures or ties.pictures,
        groups=ties.groups,
        runner_up=runner_up,
        tied=tied,
        compared=len(compared),
        untold=len(others) - len(compared),
        shrinkage=winner.shrinkage,
        test=test,
        cost=cost,
        cautions=warned,
        headline=headline_info(study, finalists),
    )
    return _worded(study, info, finalists)


def _of_search(
    study: Study, finalists: FinalistsInfo, ties: TiesInfo, cost: Cost, warned: tuple[Caution, ...]
) -> VerdictInfo:
    best, *others = [record for record in study.ranked if record.state == study.ranked[0].state]
    share = share_of(study, best.metrics, best.trial)
    runner_up = None
    if others and not study.experiment.objective.beside:
        second = others[0]
        p_value = next((tie.p_value for tie in ties.tied if tie.trial == second.trial), None)
        gap = study.experiment.objective.sign * (best.best_value - second.best_value)
        runner_up = RunnerUp(second.trial, second.best_value, gap, p_value)
    info = VerdictInfo(
        metric=study.experiment.objective.metric,
        basis="search",
        trial=best.trial,
        state=best.state,
        run=None,
        seed=best.seed,
        value=best.value,
        low=share.interval.low if share else None,
        high=share.interval.high if share else None,
        share=share,
        pictures=ties.pictures,
        groups=ties.groups,
        runner_up=runner_up,
        tied=tuple(tie.trial for tie in ties.tied),
        compared=ties.compared,
        untold=ties.untold,
        shrinkage=None,
        test=_test(study),
        cost=cost,
        cautions=warned,
        headline=headline_info(study, finalists),
    )
    return _worded(study, info, None)


def _test(study: Study) -> TestReading | None:
    """The first reading with the model that ``best/`` holds; ``None`` also where it does not define the metric."""
    read = study.headline.test if study.headline else None
    if read is None:
        return None
    metrics = {name: value for name, value in read.items() if name != "count"}
    share, aim = share_of_task(study), metric_of(study.experiment.objective.metric)
    metric = metric_of(share) if share else aim
    if metrics.get(metric) is None:
        return None
    interval = _tested(study, metric, read[metric], read["count"], share is not None)
    sought = metrics.get(aim) if aim != metric else None
    objective = None if sought is None else (aim, sought, _resampled(study, aim, read["count"]))
    groups = clusters_of(study, "test", read["count"]).told
    return TestReading(metric, read[metric], interval, read["count"], metrics, objective, groups)


def _tested(study: Study, metric: str, value: float, pictures: int, is_share: bool) -> Interval | None:
    """Of pictures in groups a share needs the predictions; without these they are worth the fewest."""
    clusters = clusters_of(study, "test", pictures)
    if is_share and clusters.are_single:
        return wilson(value, pictures)
    found = _resampled(study, metric, pictures)
    return wilson(value, clusters.fewest) if found is None and is_share and not clusters.is_one else found


def _resampled(study: Study, metric: str, pictures: int) -> Interval | None:
    found = on_test(study).get(metric)
    if found is None or found.low is None or found.high is None:
        return None
    return Interval(found.low, found.high, pictures)


def _cost(study: Study) -> Cost:
    runs = study.finalist_lines
    lines: list[Ended] = [*study.records, *runs, *study.refits]
    return Cost(
        seconds=study.seconds,
        worker_seconds=sum((line.worked_seconds for line in lines), 0.0),
        compute_seconds=float(sum(line.cost.get("compute_seconds", 0.0) for line in lines)),
        trials=len(study.records),
        runs=len(runs),
    )


def _worded(study: Study, info: VerdictInfo, finalists: FinalistsInfo | None) -> VerdictInfo:
    then = next_step(study)
    return replace(info, then=then, answers=answers(study, info, finalists, then))
