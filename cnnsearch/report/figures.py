"""Every figure of the report, from Python: one function each, Study -> plotly figure.

>>> from cnnsearch import Study
>>> from cnnsearch.report import figures
>>> figures.learning_curves(Study.load("results/digits-cnn")).show()  # doctest: +SKIP

Colours are those of a light page. A study that gives a figure nothing to show is an ``InputError`` that says why.
The functions are made of the views' drawings, those of all tasks included.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.report.of_texts import are_of_texts, figure_of_texts
from cnnsearch.report.table import COMPARISONS, every_view, views_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnnsearch.report.view import Drawing, View
    from cnnsearch.study import Study


def _function(name: str, view: View[Any, Any], drawing: Drawing[Any]) -> Callable[..., go.Figure]:
    """What draws it of a study, or of several; takes what its view may be asked besides."""

    def draw(*args: Any, **options: Any) -> go.Figure:
        bound = signature.bind(*args, **options)
        return _drawn(name, bound.args[0], bound.args[1:], bound.kwargs)

    asked = inspect.signature(view.info)
    signature = asked.replace(return_annotation="go.Figure")
    told = [inspect.getdoc(drawing.draw) or drawing.name]
    if len(asked.parameters) > 1:
        told += (inspect.getdoc(view.info) or "").partition("\n\n")[2:]
    draw.__name__ = draw.__qualname__ = name
    draw.__doc__ = "\n\n".join(told)
    draw.__dict__["__signature__"] = signature
    return draw


def _drawn(name: str, subject: Study | Sequence[Study], args: Sequence[Any], options: dict[str, Any]) -> go.Figure:
    views: tuple[View[Any, Any], ...] = COMPARISONS if isinstance(subject, Sequence) else views_of(subject)
    places = [(view, drawing) for view in views for drawing in view.drawings if drawing.name == name]
    if not places:
        raise InputError(Problem(name, "cannot be drawn of several studies" if views is COMPARISONS else _NOT_OF_ONE))
    view, drawing = places[0]
    info = view.info(subject, *args, **options)
    missing = view.missing(info) or ("the study has none of it" if view.absent(info) else None)
    if missing:
        raise InputError(Problem(name, f"cannot be drawn: {missing}"))
    figure = drawing.draw(info)
    return figure_of_texts(figure) if are_of_texts(subject) else figure


_NOT_OF_ONE = "cannot be drawn of this study: it is of several studies, in a list, or of another task"

_FUNCTIONS = {
    drawing.name: _function(drawing.name, view, drawing) for view in every_view() for drawing in view.drawings
}

__all__ = sorted(_FUNCTIONS)  # noqa: PLE0605 - a list, made of the tables of views

globals().update(_FUNCTIONS)


def __getattr__(name: str) -> Callable[..., go.Figure]:
    # For type checkers, which do not see the functions: whatever else is asked for is not there.
    raise AttributeError(f"there is no figure {name!r}; there are {', '.join(__all__)}")
