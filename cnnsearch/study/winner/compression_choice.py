"""Which of a study's compressed models is the one to take: of those that lose little enough the least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.compression.choosing.spec import Choice
from cnnsearch.tasks.contract.metrics import Metric, is_function, metric_of

if TYPE_CHECKING:
    from cnnsearch.study.study import Study
    from cnnsearch.study.winner.compressed import Compressed

__all__ = ["Chosen", "choices_of", "chosen_of", "compared_metric", "least_keeps"]


@dataclass(frozen=True)
class Chosen:
    """What a choice comes to.

    Attributes:
        choice: which.
        name: of the compressed model; ``None``: none loses little enough, or is smaller or faster than the float model.
        count: compressed models that lose little enough.
        of: compressed models in all.
    """

    choice: Choice
    name: str | None
    count: int
    of: int


def compared_metric(study: Study) -> Metric:
    """By which compressed models are compared: the objective's, or where that cannot be, its task's first.

    A loss has regularisation in it, and a function of the user's own is not run for a report.
    """
    task, name = study.experiment.predicted, metric_of(study.experiment.objective.metric)
    found = None if is_function(name) or name == "loss" else task.metric(name)
    first = task.metric(metric_of(task.first_aim))
    if found is None and first is None:
        raise ValueError(f"task {study.experiment.task} tells no metric")  # of a task that is no task
    return found or first  # type: ignore[return-value]  # one of them is there


def choices_of(study: Study, known: Sequence[Compressed]) -> list[Choice]:
    """Those of the experiment, and those of commands, each once."""
    asked = [each.choice for each in study.experiment.asked if each.choice is not None]
    told = [choice for each in known if (choice := each.line.choice) is not None]
    return list(dict.fromkeys((*asked, *told)))


def chosen_of(metric: Metric, choice: Choice, known: Sequence[Compressed]) -> Chosen:
    """Of all that were made, whoever asked for them."""
    made = [each for each in known if not each.line.is_float]
    kept = [each for each in made if _keeps(metric, choice, each)]
    least = _least(choice, kept, below=1.0)
    return Chosen(choice, None if least is None else least.line.name, len(kept), len(made))


def least_keeps(metric: Metric, choice: Choice, made: Sequence[Compressed]) -> bool:
    """Whether the smallest or fastest of these loses little enough.

    Also where it is no smaller or faster than the float model: then none that loses fewer filters is, and more must go.
    """
    least = _least(choice, made)
    return least is not None and _keeps(metric, choice, least)


def _least(choice: Choice, made: Sequence[Compressed], below: float = math.inf) -> Compressed | None:
    """``None``: of none of them it is known, and over that of the float model ``below`` so much."""
    costs = [(cost, each) for each in made if (cost := _cost(choice, each)) is not None and cost < below]
    return min(costs, key=lambda pair: pair[0])[1] if costs else None


def _keeps(metric: Metric, choice: Choice, each: Compressed) -> bool:
    """Whether a compressed model loses little enough, on the same pictures as the float model, over its trainings."""
    before, after = each.of.mean(metric.name), each.line.mean(metric.name)
    if before is None or after is None:
        return False
    lost = before - after if metric.mode != "min" else after - before
    return lost <= choice.lose + 1e-9  # 0.91 - 0.9 is a little more than 0.01


def _cost(choice: Choice, each: Compressed) -> float | None:
    """Over that of the float model beside it; ``None``: it was not timed."""
    if choice.then == "bytes":
        return each.line.bytes / each.of.bytes
    if choice.then == "gzipped":
        return each.line.gzipped / each.of.gzipped
    one, other = each.line.timing(1, each.line.runtime), each.of.timing(1)
    if one is None or other is None or other.median_seconds <= 0:
        return None
    return one.median_seconds / other.median_seconds
