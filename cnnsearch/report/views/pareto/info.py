"""Which trials no other one beats in both value and cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.statistics.latency import latencies
from cnnsearch.report.statistics.outcome import spread, winning
from cnnsearch.report.statistics.scale import framed, wide
from cnnsearch.report.statistics.share import Share, share_of
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["COSTS", "Candidate", "Front", "Frugal", "ParetoInfo", "pareto_info"]

COSTS = {
    "latency_seconds": "latency of one picture",
    "parameters": "parameters",
    "model_bytes": "size of the model",
    "training_seconds": "seconds of training and validation",
}
"""Cost -> what it is in words; less is better in all of them."""

MOST_POINTS = 1000


@dataclass(frozen=True)
class Candidate:
    """One trial.

    Attributes:
        state: ``COMPLETED`` or ``STOPPED``.
        value: its objective in the search.
        cost: what it costs, in the unit of its front.
        low, high: between which measurements of a latency lie; elsewhere the cost itself.
    """

    trial: int
    state: str
    value: float
    cost: float
    low: float
    high: float


@dataclass(frozen=True)
class Frugal:
    """A cheaper trial whose share of right pictures in the search lies within the 95% interval of the best trial's.

    Attributes:
        candidate: the trial.
        best: the best trial.
        value: the share of the candidate in the search.
        share: that of the best trial.
    """

    candidate: Candidate
    best: Candidate
    value: float
    share: Share


@dataclass(frozen=True)
class Front:
    """Value against one cost.

    Attributes:
        cost: a key of :data:`COSTS`.
        candidates: trials that are drawn, in order of their numbers; the whole front is among them.
        front: trials that no other one beats: none is better at the same or less cost, or as good at less. Ascending
            by cost.
        frugal: the cheapest completed trial of the front that is as good as the best trial as far as the validation
            pictures tell, and surely cheaper; ``None`` where there is none.
        total: number of trials that have a value and this cost.
        log: whether the costs spread so far that only a logarithmic axis shows them.
    """

    cost: str
    candidates: tuple[Candidate, ...]
    front: tuple[Candidate, ...]
    frugal: Frugal | None
    total: int
    log: bool


@dataclass(frozen=True)
class ParetoInfo:
    """A front for each cost that differs between trials; ``best`` is the number of the best trial.

    ``frame`` are the ends of the objective's axis where a few trials would squeeze all others; ``pictures`` those of
    validation, 0 where the record does not tell.
    """

    metric: str
    mode: str
    best: int | None
    fronts: tuple[Front, ...]
    frame: tuple[float, float] | None = None
    pictures: int = 0


def pareto_info(study: Study) -> ParetoInfo:
    objective = study.experiment.objective
    fronts = (_front(study, cost) for cost in COSTS)
    values = [record.best_value for record in study.ranked]
    return ParetoInfo(
        metric=objective.metric,
        mode=str(objective.mode),
        best=study.best.trial if study.best else None,
        fronts=tuple(front for front in fronts if len({candidate.cost for candidate in front.candidates}) > 1),
        frame=framed(values, values[0] if values else None),
        pictures=pictures_of(study, "validation"),
    )


def _front(study: Study, cost: str) -> Front:
    sign = study.experiment.objective.sign
    known = _candidates(study, cost)
    front: list[Candidate] = []
    reached = -math.inf
    for candidate in sorted(known, key=lambda each: (each.cost, -sign * each.value, each.trial)):
        equal = bool(front) and (front[-1].cost, front[-1].value) == (candidate.cost, candidate.value)
        if sign * candidate.value > reached or equal:
            reached = sign * candidate.value
            front.append(candidate)
    drawn = set(spread(study, sorted(each.trial for each in known), MOST_POINTS)) | {each.trial for each in front}
    return Front(
        cost=cost,
        candidates=tuple(sorted((each for each in known if each.trial in drawn), key=lambda each: each.trial)),
        front=tuple(front),
        # Training is paid for when its seconds are known, and they say little where the machine was busy.
        frugal=None if cost == "training_seconds" else _frugal(study, front, known),
        total=len(known),
        log=wide([each.cost for each in known]),
    )


def _candidates(study: Study, cost: str) -> list[Candidate]:
    """The trials that have a value and this cost, best first."""
    found = []
    for record in study.ranked:
        if cost == "latency_seconds":
            latency = latencies(study).get(record.trial)
            spans = None if latency is None else (latency.seconds, latency.low, latency.high)
        else:
            number = _cost(record.cost, cost)
            spans = None if number is None else (float(number),) * 3
        if spans is not None:
            found.append(Candidate(record.trial, record.state, record.best_value, *spans))
    return found


def _cost(cost: Mapping[str, Any], name: str) -> float | None:
    """Training takes no account of what the trial waited for, nor of features that others computed."""
    if name == "training_seconds":
        name = "compute_seconds" if "compute_seconds" in cost else "wall_seconds"
    number: float | None = cost.get(name)
    return number


def _frugal(study: Study, front: list[Candidate], known: list[Candidate]) -> Frugal | None:
    """A stopped trial was not trained to its end, so no model of it is there to be had."""
    winner = winning(study)
    best = None if winner is None else next((each for each in known if each.trial == winner.trial), None)
    share = share_of(study, winner.metrics, winner.trial) if winner is not None else None
    if best is None or share is None:
        return None
    values = {record.trial: record.metrics.get(share.metric) or 0.0 for record in study.ranked}
    for each in front:
        if each.state == "COMPLETED" and each.high < best.low and values[each.trial] >= share.interval.low:
            return Frugal(each, best, values[each.trial], share)
    return None
