"""The verdict: which trial won, how sure that is, which others are as good, what it cost, what to beware of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cnnsearch.report.numbers import significant
from cnnsearch.report.statistics.cautions import Caution, cautions
from cnnsearch.report.statistics.finalists import FinalistsInfo, finalists_info
from cnnsearch.report.statistics.headline import HeadlineInfo, headline_info
from cnnsearch.report.statistics.outcome import worked_seconds
from cnnsearch.report.statistics.share import Share, share_of
from cnnsearch.report.statistics.ties import TiesInfo, ties_info
from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.report.task import share_of_task
from cnnsearch.study.endings import better_stopped_in_words
from cnnsearch.study.front_words import aims_of, front_in_words
from cnnsearch.study.refit import refit_in_words
from cnnsearch.study.so_far import so_far_in_words
from cnnsearch.tasks.task import metric_of

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
        objective: name and value of the objective, where that is another metric and is told.
        interval: Wilson's; ``None`` where the metric is no share.
        pictures: of the split.
        metrics: all that were computed.
    """

    __test__ = False  # no test of pytest's

    metric: str
    value: float
    interval: Interval | None
    pictures: int
    metrics: Mapping[str, float]
    objective: tuple[str, float] | None = None


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
        tied: trials that are statistically tied with the winner, best first.
        compared: how many others were compared with it.
        shrinkage: by how much the search's value of the winner was better than its mean over fresh seeds.
        test: of the winner's model; ``None`` where it was not read.
        headline: the value with its name, and the winner's other numbers; ``None`` where no trial has a value.
        sentences: all this in words.
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
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences, one after another."""
        return " ".join(self.sentences)


def verdict_info(study: Study) -> VerdictInfo:
    finalists, ties = finalists_info(study), ties_info(study)
    cost, warned = _cost(study), cautions(study, finalists, ties)
    if finalists.winner is not None:
        return _of_finalists(study, finalists, ties, cost, warned)
    if study.best is not None:
        return _of_search(study, finalists, ties, cost, warned)
    nothing = "nothing was proposed yet" if not sum(study.counts.values()) else "none completed or was stopped with one"
    none = f"No trial has a value: {nothing}."
    if study.broken_limits:
        none = "No trial can be the best: the models of all that have a value break limits."
    return VerdictInfo(
        metric=finalists.metric,
        basis="none",
        **dict.fromkeys(
            ("trial", "state", "run", "seed", "value", "low", "high", "share", "runner_up", "shrinkage", "test")
        ),
        pictures=ties.pictures,
        tied=(),
        compared=0,
        cost=cost,
        cautions=warned,
        headline=None,
        sentences=(so_far_in_words(study) or none,),
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
        runner_up=runner_up,
        tied=tied,
        compared=len(compared),
        shrinkage=winner.shrinkage,
        test=test,
        cost=cost,
        cautions=warned,
        headline=headline_info(study, finalists),
        sentences=(),
    )
    return _worded(study, info, finalists)


def _of_search(
    study: Study, finalists: FinalistsInfo, ties: TiesInfo, cost: Cost, warned: tuple[Caution, ...]
) -> VerdictInfo:
    best, *others = [record for record in study.ranked if record.state == study.ranked[0].state]
    share = share_of(study, best.metrics)
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
        runner_up=runner_up,
        tied=tuple(tie.trial for tie in ties.tied),
        compared=ties.compared,
        shrinkage=None,
        test=_test(study),
        cost=cost,
        cautions=warned,
        headline=headline_info(study, finalists),
        sentences=(),
    )
    return _worded(study, info, None)


def _test(study: Study) -> TestReading | None:
    """The first reading with the model that ``best/`` holds."""
    read = study.headline.test if study.headline else None
    if read is None:
        return None
    metrics = {name: value for name, value in read.items() if name != "count"}
    share, aim = share_of_task(study), metric_of(study.experiment.objective.metric)
    metric = metric_of(share) if share else aim
    interval = wilson(read[metric], read["count"]) if share else None
    sought = metrics.get(aim) if aim != metric else None
    objective = None if sought is None else (aim, sought)
    return TestReading(metric, read[metric], interval, read["count"], metrics, objective)


def _cost(study: Study) -> Cost:
    runs = study.finalist_lines
    lines: list[Ended] = [*study.records, *runs, *study.refits]
    return Cost(
        seconds=study.seconds,
        worker_seconds=sum(map(worked_seconds, lines), 0.0),
        compute_seconds=float(sum(line.cost.get("compute_seconds", 0.0) for line in lines)),
        trials=len(study.records),
        runs=len(runs),
    )


def _worded(study: Study, info: VerdictInfo, finalists: FinalistsInfo | None) -> VerdictInfo:
    refit, stopped = refit_in_words(study), better_stopped_in_words(study)
    if study.experiment.objective.beside:
        front, aimed = front_in_words(study), _aimed(study, finalists)
        said = [front, aimed, stopped, _shrunk(info, info.metric), refit, _tested(info)]
    else:
        won, tied = _won(info, finalists), _tied(info, finalists)
        said = [won, tied, stopped, _shrunk(info), refit, _tested(info)]
    return replace(info, sentences=tuple(sentence for sentence in said if sentence))


def _aimed(study: Study, finalists: FinalistsInfo | None) -> str:
    """What the chosen trial has in each of several objectives."""
    best, objective = study.best, study.experiment.objective
    if best is None:
        return ""
    if finalists is not None and study.finals is not None:
        decided = study.finals.decided
        vector = decided.vector(best.trial) or ()
        values = [vector[0] * objective.sign, *(-each for each in vector[1:])] if vector else []
        over = f"Its means over {_fresh(finalists)} are"
    else:
        line = next(record for record in study.records if record.trial == best.trial)
        values = [value for value in aims_of(study, line).values() if value is not None]
        over = "In the search it had"
    told = " and ".join(f"{name} {significant(value)}" for name, value in zip(objective.names, values, strict=False))
    return f"{over} {told}."


def _won(info: VerdictInfo, finalists: FinalistsInfo | None) -> str:
    value = significant(info.value)
    between = f"{significant(info.low, 3)} to {significant(info.high, 3)}"
    if finalists is not None:
        interval = f" (95% interval {between})" if info.low is not None else ""
        return f"Trial {info.trial} has the best mean {info.metric} over {_fresh(finalists)}: {value}{interval}."
    interval = ""
    if info.share is not None:
        what = "" if info.share.metric == info.metric else f"{info.share.metric} {significant(info.share.value)}, "
        interval = f" ({what}95% interval {between}, of {info.pictures:,} validation pictures)"
    mean = (
        ""
        if info.headline is None or not info.headline.headline.folds
        else f", mean over {info.headline.headline.folds}"
    )
    return f"Trial {info.trial} has the best {info.metric} of the search{mean}: {value}{interval}."


def _fresh(finalists: FinalistsInfo) -> str:
    """On what the finalists were trained."""
    several = "s" if finalists.compared > 1 else ""
    if not finalists.folds:
        return f"{finalists.compared} fresh seed{several}"
    return f"{finalists.compared} fresh partition{several} of {finalists.folds} each, on fresh seeds"


def _tied(info: VerdictInfo, finalists: FinalistsInfo | None) -> str:
    if not info.compared:
        return "There is no other trial to compare it with."
    by = "seeds and pictures" if finalists and finalists.pictures else "seeds" if finalists else "pictures"
    if finalists and finalists.folds:
        by = "folds"
    if info.tied:
        sentence = f"It is a tie: {_trials(info.tied)} cannot be told from it by these {by}"
        if info.runner_up is not None:
            behind = significant(info.runner_up.gap, 2)
            has_same = info.runner_up.gap <= 0
            sentence += " (the next has the same value)" if has_same else f" (the next is worse by {behind})"
        return sentence + "."
    others = "the other one" if info.compared == 1 else f"all {info.compared} others"
    gap = f", the next by {significant(info.runner_up.gap, 2)}" if info.runner_up else ""
    return f"It is better than {others}{gap}, by more than chance in these {by} explains."


def _shrunk(info: VerdictInfo, metric: str = "") -> str:
    """By how much the search was too good, or what to expect; where there are several objectives, of which."""
    if info.headline is not None and info.headline.headline.outer:
        one = info.headline
        return (
            f"On new pictures expect {metric_of(one.headline.metric)} {significant(one.headline.value)}{one.interval}: "
            f"the mean over {one.headline.basis}, each of which judged the winner of a search that never saw it."
        )
    if info.basis == "search" and info.headline is not None and info.headline.headline.folds:
        return (
            "One partition says nothing of other draws, and the best of many is too good: expect somewhat less."
            if "times" not in info.headline.headline.folds
            else "The best of many is too good: expect somewhat less."
        )
    if info.basis == "search":
        return "One training each says nothing of other seeds, and the best of many is too good: expect somewhat less."
    if info.shrinkage is None:
        return ""
    if info.shrinkage <= 0:
        return f"The search had promised no more{f' of {metric}' if metric else ''}."
    return f"The search had promised {significant(info.shrinkage, 2)} more{f' of {metric}' if metric else ''}."


def _tested(info: VerdictInfo) -> str:
    if info.test is None:
        return ""
    test, interval = info.test, info.test.interval
    between = f"95% interval {significant(interval.low, 3)} to {significant(interval.high, 3)}, " if interval else ""
    found = [(test.metric, test.value), *([test.objective] if test.objective else [])]
    (first, value), *rest = reversed(found)  # what was searched for, then the share
    also = "".join(f", and the {name} {significant(number)}" for name, number in rest)
    headline = None if info.headline is None else info.headline.headline
    is_another = headline is not None and (headline.refitted or headline.ensemble)
    whose = headline.shipped if headline is not None and is_another else "its model"
    told = f"the {first} of {whose} is {significant(value)}{also}"
    return f"On the test split {told} ({between}{test.pictures:,} pictures)."


def _trials(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"trial {numbers[0]}"
    shown = list(map(str, numbers[:10])) if len(numbers) > 11 else list(map(str, numbers[:-1]))
    last = f"{len(numbers) - 10} more" if len(numbers) > 11 else str(numbers[-1])
    return f"trials {', '.join(shown)} and {last}"
