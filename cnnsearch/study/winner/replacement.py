"""Replacement: a refit or an ensemble, which takes the place of the winner's model, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnsearch.numbers import plural, times_in_words
from cnnsearch.study.record.lines import RefitLine
from cnnsearch.study.winner.ensemble import Ensemble, ensemble_in_words, model_of_ensemble, planned_ensemble
from cnnsearch.study.winner.refit import Refit, middle, model_of_refit, planned_refit, was_cut

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.study import Study

__all__ = ["is_settled", "model_of_line", "planned", "refit_in_force", "refit_in_words", "refit_is_due"]


def refit_in_force(lines: Iterable[RefitLine], trial: int, run: int | None) -> RefitLine | None:
    """The line of the refit whose model takes the place of a training's; ``None`` where there is none.

    One that failed keeps the model of before; one that was to bring a lost model back, and failed, does not.
    """
    found = None
    for line in lines:
        if (line.trial, line.run) == (trial, run):
            if line.state != "FAILED":
                found = line
            elif line.again:
                found = None
    return found


def refit_is_due(study: Study, experiment: Experiment) -> bool:
    """Whether the model of the winner, of a study whose search and finalists are over, is still to be replaced."""
    plan = planned(study, experiment)
    return plan is not None and not is_settled(study, plan)


def is_settled(study: Study, plan: Refit | Ensemble) -> bool:
    """Whether a plan was tried and that still counts: it failed, or nothing else has taken the place of its model."""
    tried = next((line for line in reversed(study.refits) if plan.is_of(line)), None)
    if tried is None or tried.state == "FAILED":
        return tried is not None
    in_force = refit_in_force(study.refits, plan.trial, plan.run)
    return in_force is not None and plan.is_of(in_force)


def planned(study: Study, experiment: Experiment) -> Refit | Ensemble | None:
    """What is to take the place of the winner's model; ``None``: nothing is, or there is no winner.

    Of an ensemble of refits that has but one member that is the refit of the winner.
    """
    return planned_ensemble(study, experiment) or planned_refit(study, experiment)


def refit_in_words(study: Study) -> str | None:
    """What must be known of a model that was refitted or is an ensemble, or was to; ``None``: that was not asked for.

    Without it, what stands in ``best/`` of a study whose trials are judged by folds.
    """
    best = study.best
    if best is None:
        return None
    ensemble = planned_ensemble(study, study.experiment)
    plan = None if ensemble is not None else planned_refit(study, study.experiment)
    failed = next((each for each in reversed(study.refits) if plan is not None and plan.is_of(each)), None)
    failed = None if failed is None or failed.state != "FAILED" else failed
    has_members = best.refit is not None and bool(best.refit.members)
    if study.experiment.final == "ensemble" or ensemble is not None or has_members:
        told = ensemble_in_words(study)
        return told if failed is None else f"The refit failed ({failed.reason}). {told}"
    line = best.refit
    if line is not None:
        return (
            f"The model in best/ was refitted: trained again on all {line.pictures:,} training and validation pictures "
            f"for {plural(line.epochs, 'epoch')}{_why_so_many(study, line)}{_how_long(study, line)}. "
            f"These pictures cannot judge it any more.{_cooled(line)}{_missed(line)}{_alone(study)}"
        )
    if failed is not None:
        return (
            f"The refit on training and validation pictures together failed ({failed.reason}): "
            f"best/ keeps the model of before, {_of_before(study)}."
        )
    return None if study.experiment.cross_validation is None else f"The model in best/ is {_of_before(study)}."


def _how_long(study: Study, line: RefitLine) -> str:
    """Each of its epochs, where more than those of a trial was asked for."""
    if line.times > 1:
        return f", each {times_in_words(line.times)} as long as those of its trial"
    if study.experiment.refit_times > 1:
        return ", no longer than those of its trial, as it is not known to gain by more"
    return ""


def _cooled(line: RefitLine) -> str:
    """That its last epochs were trained otherwise than those of its trial."""
    return " At its end the learning rate went down to 0, whatever its schedule." if line.cooled else ""


def _missed(line: RefitLine) -> str:
    """That it is not on the seed that a reader of the record would expect."""
    if not line.missed:
        return ""
    return " On the seed of its trial it had not learnt what the trial had, so it was trained on another one."


def _alone(study: Study) -> str:
    """Why a refit is of one network where an ensemble was asked for."""
    asked = study.experiment.ensemble
    if not study.experiment.ships_ensemble or asked is None:
        return ""
    return f" It is one network, not {asked}: no other config came near enough to the winner's to be its second one."


def _of_before(study: Study) -> str:
    """What the model is that a refit was to replace."""
    if study.experiment.cross_validation is None:
        return "which saw the training pictures only"
    return "that of the fold with the median value, which saw the pictures of all others"


def _why_so_many(study: Study, line: RefitLine) -> str:
    """Where they are not those up to the best epoch."""
    if line.run is None and any(each.trial == line.trial and was_cut(each) for each in study.records):
        return " (all that there are, as the minutes ended its trial before)"
    if not line.best_epochs or line.planned == middle(line.best_epochs):
        return ""
    trained = [each for each in (*study.records, *study.finalist_lines) if each.trial == line.trial]
    if line.planned > max((each.epochs for each in trained), default=line.planned):
        how_many = "all that there are" if line.planned == study.experiment.epochs else "more than its trial had"
        return f" ({how_many}, as patience ended its training while it got no worse)"
    return f" (as good as the best one, epoch {middle(line.best_epochs)}, within one standard error)"


def model_of_line(line: RefitLine) -> str:
    """Where the model of a refit, or an ensemble, lies until it is in ``best/``."""
    return (model_of_ensemble if line.members else model_of_refit)(line.trial, line.run)
