"""Studies of texts in their own words: most of a report is written of pictures, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.inputs.texts.spec import INPUTS as _TEXTS
from cnnsearch.inputs.words import said_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["are_of_texts", "figure_of_texts", "of_texts"]


def are_of_texts(subject: Any) -> bool:
    """Whether a study, or all of several, are of texts, and neither they nor classes have names that would change."""
    studies = [subject] if not isinstance(subject, (tuple, list)) else subject
    return all(
        study.experiment.family.reads_texts and all(name == of_texts(name) for name in (study.name, *study.names))
        for study in studies
    )


def of_texts(sentence: str) -> str:
    """In which pictures are texts."""
    return said_of(_TEXTS, sentence)


def figure_of_texts(figure: go.Figure) -> go.Figure:
    """With all that is written in it: titles, axes, legends, and what is told where a mouse is."""
    traces = [_said(trace.to_plotly_json()) for trace in figure.data]  # the figure's own would encode their numbers
    return type(figure)(traces, _said(figure.layout.to_plotly_json()))


def _said(part: Any) -> Any:
    if isinstance(part, str):
        return of_texts(part)
    if isinstance(part, dict):
        return {key: _said(value) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_said(value) for value in part]
    if isinstance(part, np.ndarray) and part.dtype.kind in "OU":
        return np.array([_said(value) for value in part.ravel()], object).reshape(part.shape)
    return part
