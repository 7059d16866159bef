"""ROC curve, and precision over recall."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, FILL, INK, MUTED, PAPER, bare, hovered, label
from cnnsearch.report.numbers import compact, score
from cnnsearch.tasks.binary.views.thresholds.info import ThresholdCurve, ThresholdsInfo

__all__ = ["precision_recall_figure", "roc_figure"]

_RANGE = [-0.02, 1.02]


def roc_figure(info: ThresholdsInfo) -> go.Figure:
    """ROC curve of the best model and of the other finalists, with the threshold at which the best one decides."""
    figure = bare(400)
    figure.add_scatter(x=[0, 1], y=[0, 1], **_chance("a model that knows nothing"))
    for curve in _ordered(info):
        x, y = (0.0, *curve.false_alarms), (0.0, *curve.sensitivity)
        texts = ["nothing is positive", *map(_at, curve.thresholds)]
        figure.add_trace(_line(info, curve, x, y, texts, f"AUC {score(curve.roc_auc, info.pictures)}", "linear"))
    if info.found and info.left_alone:
        figure.add_trace(_mark(info, 1 - info.left_alone[0], info.found[0]))
    figure.update_xaxes(title_text="share of the others taken for it (1 - specificity)", range=_RANGE)
    figure.update_yaxes(title_text=f"share of {label(info.positive)} found (sensitivity)", range=_RANGE)
    return figure


def precision_recall_figure(info: ThresholdsInfo) -> go.Figure:
    """Precision over recall of the best model and of the other finalists, with the threshold of the best one."""
    figure = bare(400)
    figure.add_scatter(x=[0, 1], y=[info.prevalence] * 2, **_chance("a model that knows nothing"))
    for curve in _ordered(info):
        # A threshold gives its precision to all recall that it adds: so the area is the average precision.
        x, y = (0.0, *curve.sensitivity), (curve.precision[0], *curve.precision)
        texts = ["", *map(_at, curve.thresholds)]
        area = f"average precision {score(curve.average_precision, info.pictures)}"
        figure.add_trace(_line(info, curve, x, y, texts, area, "vh"))
    if info.found and info.precision is not None:
        figure.add_trace(_mark(info, info.found[0], info.precision))
    figure.update_xaxes(title_text=f"share of {label(info.positive)} found (recall)", range=_RANGE)
    figure.update_yaxes(title_text="share of these that is (precision)", range=_RANGE)
    return figure


def _ordered(info: ThresholdsInfo) -> list[ThresholdCurve]:
    """The best one last: it lies on top."""
    return [*info.others, *([info.best] if info.best else [])]


def _line(
    info: ThresholdsInfo,
    curve: ThresholdCurve,
    x: Sequence[float],
    y: Sequence[float],
    texts: Sequence[str],
    area: str,
    shape: str,
) -> go.Scatter:
    is_best = curve is info.best
    name = f"trial {curve.trial}" + (", the best" if is_best else "")
    return go.Scatter(
        x=x,
        y=y,
        customdata=[curve.trial],
        mode="lines",
        line={"color": FILL if is_best else FAINT, "width": 2.5 if is_best else 1.5, "shape": shape},
        name=f"{name}: {area}",
        hovertext=[f"<b>{name}</b><br>{text}" for text in texts],
        hovertemplate=f"%{{hovertext}}<br>{_place(info)}<extra></extra>",
    )


def _mark(info: ThresholdsInfo, x: float, y: float) -> go.Scatter:
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"color": INK, "symbol": "diamond", "size": 12, "line": {"color": PAPER, "width": 1}},
        name=f"threshold {compact(info.threshold)}",
        hovertemplate=f"decides from {compact(info.threshold)} on<br>{_place(info)}<extra></extra>",
        cliponaxis=False,
    )


def _place(info: ThresholdsInfo) -> str:
    """Both shares of a point, in a tooltip."""
    return f"{hovered('x', info.pictures)}, {hovered('y', info.pictures)}"


def _at(threshold: float) -> str:
    return f"positive from {compact(threshold)} on"


def _chance(name: str) -> dict[str, object]:
    line = {"color": MUTED, "width": 1, "dash": "dot"}
    return {"mode": "lines", "line": line, "name": name, "hoverinfo": "skip"}
