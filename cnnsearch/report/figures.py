"""Every figure of the report, from Python: one function each, Study -> plotly figure.

>>> from cnnsearch import Study
>>> from cnnsearch.report import figures
>>> figures.learning_curves(Study.load("results/digits-cnn")).show()  # doctest: +SKIP

Colours are those of a light page. A study that gives a figure nothing to show is an ``InputError`` that says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from cnnsearch.errors import InputError, Problem
from cnnsearch.report import table as views
from cnnsearch.tasks.classification.views.paired.figure import difference_figure
from cnnsearch.tasks.classification.views.paired.info import paired_info

if TYPE_CHECKING:
    from cnnsearch.report.view import View
    from cnnsearch.study import Study

__all__ = [
    "calibration",
    "confidences",
    "confusion_difference",
    "confusion_matrix",
    "distribution_of_results",
    "each_parameter",
    "finalists",
    "history_by_time",
    "history_by_trial",
    "history_by_worker_hours",
    "importance",
    "learning_curves",
    "overall_importance",
    "pairs",
    "parallel_coordinates",
    "pareto_fronts",
    "path_to_winner",
    "rung_foretelling",
    "rung_survivors",
    "time_to_target",
    "timeline",
    "training_and_validation_loss",
    "training_gap",
]


def history_by_trial(study: Study) -> go.Figure:
    """Best value so far, over the numbers of the trials."""
    return _drawn(views.history.VIEW, study, "history_by_trial")


def history_by_time(study: Study) -> go.Figure:
    """Best value so far, over the minutes from the first proposal."""
    return _drawn(views.history.VIEW, study, "history_by_time")


def learning_curves(study: Study) -> go.Figure:
    """The objective by epoch, one line a trial; of many trials the best and an even sample of the others."""
    return _drawn(views.curves.VIEW, study, "learning_curves")


def parallel_coordinates(study: Study) -> go.Figure:
    """Each trial as a line through its parameters to its objective."""
    return _drawn(views.parallel.VIEW, study, "parallel_coordinates")


def importance(study: Study) -> go.Figure:
    """Importance of the parameters by PED-ANOVA, with what chance alone would reach."""
    return _drawn(views.importance.VIEW, study, "importance")


def confusion_matrix(study: Study) -> go.Figure:
    """Confusion matrix of the best trial on the validation pictures."""
    return _drawn(views.confusion.VIEW, study, "confusion_matrix")


def history_by_worker_hours(study: Study) -> go.Figure:
    """Best value so far, over the hours that all workers together spent on trials."""
    return _drawn(views.history.VIEW, study, "history_by_worker_hours")


def training_gap(study: Study) -> go.Figure:
    """Validation accuracy over training accuracy, one point a trial."""
    return _drawn(views.gap.VIEW, study, "training_gap")


def training_and_validation_loss(study: Study) -> go.Figure:
    """Losses of the best trial by epoch."""
    return _drawn(views.gap.VIEW, study, "training_and_validation_loss")


def pareto_fronts(study: Study) -> go.Figure:
    """The objective against latency, parameters, bytes and training seconds, with the fronts."""
    return _drawn(views.pareto.VIEW, study, "pareto_fronts")


def overall_importance(study: Study) -> go.Figure:
    """Permutation importance over all trials, with 95% intervals."""
    return _drawn(views.overall_importance.VIEW, study, "overall_importance")


def each_parameter(study: Study) -> go.Figure:
    """Each parameter against the objective, with an alarm where the best stand at an edge."""
    return _drawn(views.slices.VIEW, study, "each_parameter")


def pairs(study: Study) -> go.Figure:
    """Median of the objective by the values of two parameters."""
    return _drawn(views.pairs.VIEW, study, "pairs")


def path_to_winner(study: Study) -> go.Figure:
    """From the default config to the best trial's, one change at a time."""
    return _drawn(views.path.VIEW, study, "path_to_winner")


def confusion_difference(study: Study, first: int | None = None, other: int | None = None) -> go.Figure:
    """Confusion matrix of one trial minus that of another.

    Args:
        study: theirs.
        first: a trial whose predictions were kept; left out, the best one.
        other: likewise; left out, the next best one.
    """
    info = paired_info(study, first, other)
    if info.missing:
        raise InputError(Problem("confusion_difference", f"cannot be drawn: {info.missing}"))
    return difference_figure(info)


def calibration(study: Study) -> go.Figure:
    """How often the best trial is right, over the probability that it gives."""
    return _drawn(views.calibration.VIEW, study, "calibration")


def confidences(study: Study) -> go.Figure:
    """How many pictures the best trial gives which probability."""
    return _drawn(views.calibration.VIEW, study, "confidences")


def finalists(study: Study) -> go.Figure:
    """The best trials on fresh seeds, with what the search had promised."""
    return _drawn(views.finalists.VIEW, study, "finalists")


def rung_survivors(study: Study) -> go.Figure:
    """Trials that reached each rung of the scheduler, by what became of them there."""
    return _drawn(views.rungs.VIEW, study, "rung_survivors")


def rung_foretelling(study: Study) -> go.Figure:
    """How well the ranking at each rung of the scheduler foretold the final one."""
    return _drawn(views.rungs.VIEW, study, "rung_foretelling")


def timeline(study: Study) -> go.Figure:
    """What each worker did when."""
    return _drawn(views.timeline.VIEW, study, "timeline")


def distribution_of_results(studies: Sequence[Study]) -> go.Figure:
    """Share of each study's trials that are at least so good, over the objective."""
    return _drawn(views.distribution.VIEW, studies, "distribution_of_results")


def time_to_target(studies: Sequence[Study]) -> go.Figure:
    """Best value so far of several studies over their time, and the best value that all of them reached."""
    return _drawn(views.target.VIEW, studies, "time_to_target")


def _drawn(view: View[Any, Any], subject: Study | Sequence[Study], name: str) -> go.Figure:
    info = view.info(subject)
    missing = view.missing(info) or ("the study has none of it" if view.absent(info) else None)
    if missing:
        raise InputError(Problem(name, f"cannot be drawn: {missing}"))
    return next(drawing for drawing in view.drawings if drawing.name == name).draw(info)
