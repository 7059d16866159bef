"""What of an experiment a scheduler cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.errors import Problem
from cnnsearch.experiment.configs.mutable import mutable
from cnnsearch.search.schedulers import milestones

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["scheduler_problems"]

_PBT = "pbt"


def scheduler_problems(experiment: Experiment) -> list[Problem]:
    """Of population based training: a trial of it has no one config, and a model that no training of one gives."""
    return list(_of_population(experiment)) if experiment.scheduler["name"] == _PBT else []


def _of_population(experiment: Experiment) -> Iterator[Problem]:
    scheduler, trials = experiment.scheduler, experiment.budget.trials
    schedule = "a trial of scheduler 'pbt' is trained by a schedule of configs, on weights of other trials too"
    if experiment.finalists is not None:
        yield Problem("finalists", f"train one config on fresh seeds, and {schedule}: leave them out")
    if experiment.final != "keep" and experiment.cross_validation is None:  # with folds that is what is meant
        yield Problem(
            "final", f"trains one config again, and {schedule}: leave it out, or write keep", experiment.final
        )
    if experiment.repeats > 1:
        yield Problem("repeats", "must be 1 with scheduler 'pbt', whose trials take over weights", experiment.repeats)
    if not mutable(experiment):
        rule = (
            "has nothing that scheduler 'pbt' could mutate: a runtime parameter in a range, as learning_rate, dropout"
        )
        yield Problem("space", rule)
    if not milestones(_PBT, scheduler, experiment.epochs):
        rule = f"must be less than the {experiment.epochs} epochs of a trial, or no trial takes over from another"
        yield Problem("scheduler.interval", rule, scheduler["interval"])
    if trials is not None and trials < scheduler["population"]:
        rule = f"must be no more than budget.trials, {trials}"
        yield Problem("scheduler.population", rule, scheduler["population"])
