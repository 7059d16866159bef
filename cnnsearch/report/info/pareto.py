"""Which trials no other one beats in both value and cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.info.history import wide
from cnnsearch.report.info.outcome import spread, validation_size
from cnnsearch.report.info.uncertainty import wilson

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["COSTS", "Candidate", "Front", "ParetoInfo", "pareto_info"]

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
        value: its objective.
        cost: what it costs, in the unit of its front.
    """

    trial: int
    state: str
    value: float
    cost: float


@dataclass(frozen=True)
class Front:
    """Value against one cost.

    Attributes:
        cost: a key of :data:`COSTS`.
        candidates: trials that are drawn, in order of their numbers; the whole front is among them.
        front: trials that no other one beats: none is better at the same or less cost, or as good at less. Ascending
            by cost.
        frugal: of the front the cheapest whose ``val_accuracy`` lies within the 95% interval of the best trial's;
            ``None`` where that is the best trial, or the size of the validation set is not known.
        total: number of trials that have a value and this cost.
        log: whether the costs spread so far that only a logarithmic axis shows them.
    """

    cost: str
    candidates: tuple[Candidate, ...]
    front: tuple[Candidate, ...]
    frugal: Candidate | None
    total: int
    log: bool


@dataclass(frozen=True)
class ParetoInfo:
    """A front for each cost that differs between trials; ``best`` is the number of the best trial."""

    metric: str
    mode: str
    best: int | None
    fronts: tuple[Front, ...]


def pareto_info(study: Study) -> ParetoInfo:
    objective = study.experiment.objective
    fronts = (_front(study, cost) for cost in COSTS)
    return ParetoInfo(
        metric=objective.metric,
        mode=str(objective.mode),
        best=study.best.trial if study.best else None,
        fronts=tuple(front for front in fronts if len({candidate.cost for candidate in front.candidates}) > 1),
    )


def _front(study: Study, cost: str) -> Front:
    sign = study.experiment.objective.sign
    known = [
        Candidate(record["trial"], record["state"], float(record["value"]), float(number))
        for record in study.ranked
        if (number := _cost(record["cost"], cost)) is not None
    ]
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
        frugal=_frugal(study, front),
        total=len(known),
        log=wide([each.cost for each in known]),
    )


def _cost(cost: Mapping[str, Any], name: str) -> float | None:
    """Training takes no account of what the trial waited for, nor of features that others computed."""
    if name == "training_seconds":
        name = "compute_seconds" if "compute_seconds" in cost else "wall_seconds"
    number: float | None = cost.get(name)
    return number


def _frugal(study: Study, front: list[Candidate]) -> Candidate | None:
    pictures = validation_size(study)
    best = study.best
    if best is None or not pictures or "val_accuracy" not in best.metrics:
        return None
    accuracies = {record["trial"]: record["metrics"].get("val_accuracy", 0.0) for record in study.ranked}
    least = wilson(best.metrics["val_accuracy"], pictures).low
    found = next((each for each in front if accuracies[each.trial] >= least), None)
    return None if found is None or found.trial == best.trial else found
