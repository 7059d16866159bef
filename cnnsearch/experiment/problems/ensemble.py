"""What an experiment must have for what it ships to be an ensemble, or trained for longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.errors import Problem

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["ensemble_problems", "members_of_ensemble"]


def members_of_ensemble(experiment: Experiment) -> int:
    """The most networks that the model to ship may have; 1 where it is no ensemble."""
    if experiment.final == "refit":
        return experiment.ensemble or 1
    if experiment.final != "ensemble":
        return 1
    if experiment.cross_validation is not None:
        return experiment.cross_validation.trainings
    return experiment.ensemble or (1 if experiment.finalists is None else experiment.finalists.top)


def ensemble_problems(experiment: Experiment) -> Iterator[Problem]:
    """What of an experiment does not go together with an ensemble, its number of members, or a longer refit."""
    members, finalists, final = experiment.ensemble, experiment.finalists, experiment.final
    key, value = ("final", "ensemble") if final == "ensemble" else ("ensemble", members)
    if experiment.refit_times > 1 and "final" not in experiment.model_fields_set and final != "refit":
        rule = "is how many times as long as its trial final: refit trains: write that too, or leave it out"
        yield Problem("refit_times", rule, experiment.refit_times)
    other = "write keep or refit" if final == "ensemble" else "leave it out"
    if final == "keep":
        if members is not None:
            rule = "counts the networks of final: ensemble, or those that final: refit trains: write one of these too"
            yield Problem("ensemble", f"{rule}, or leave it out", members)
        return
    if not experiment.ships_ensemble:
        return
    if experiment.predicted.reads == "boxes":
        yield Problem(key, f"is the mean of several models, and a mean of boxes is none: {other}", value)
    elif experiment.objective.beside:
        rule = "is the mean of several models, and costs what they cost together, which no trial was chosen by: "
        yield Problem(key, f"{rule}with several objectives {other}", value)
    elif members is not None and finalists is not None and members > finalists.top:
        yield Problem("ensemble", f"must be no more than finalists.top, {finalists.top}", members)
    elif final == "refit":
        return
    elif experiment.cross_validation is not None:
        if members is not None:
            rule = "counts finalists, and with evaluation the members are the winner's folds: leave it out"
            yield Problem("ensemble", rule, members)
    elif finalists is None or finalists.top < 2:
        rule = "takes the models of two or more finalists: write finalists: {top: 3, seeds: 3}"
        yield Problem("final", f"{rule}, or evaluation: {{folds: 5}} for the winner's folds", "ensemble")
