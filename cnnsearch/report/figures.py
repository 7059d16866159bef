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
from cnnsearch.report import views

if TYPE_CHECKING:
    from cnnsearch.report.view import View
    from cnnsearch.study import Study

__all__ = [
    "confusion_matrix",
    "history_by_time",
    "history_by_trial",
    "importance",
    "learning_curves",
    "parallel_coordinates",
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


def _drawn(view: View[Any, Any], subject: Study | Sequence[Study], name: str) -> go.Figure:
    info = view.info(subject)
    missing = view.missing(info) or ("the study has none of it" if view.absent(info) else None)
    if missing:
        raise InputError(Problem(name, f"cannot be drawn: {missing}"))
    return next(drawing for drawing in view.drawings if drawing.name == name).draw(info)
