"""The page: infos and figures of each study, laid out in one HTML file that asks for nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from cnnsearch.report import numbers
from cnnsearch.report.figure.confusion import confusion_figure, confusion_width
from cnnsearch.report.figure.curves import curves_figure
from cnnsearch.report.figure.history import history_by_time, history_by_trial
from cnnsearch.report.figure.importance import importance_figure
from cnnsearch.report.figure.parallel import parallel_figure, parallel_width
from cnnsearch.report.figure.style import DARK
from cnnsearch.report.info.backbones import BackbonesInfo, backbones_info
from cnnsearch.report.info.comparison import comparison_info
from cnnsearch.report.info.confusion import ConfusionInfo, confusion_info
from cnnsearch.report.info.curves import CurvesInfo, curves_info
from cnnsearch.report.info.history import HistoryInfo, history_info
from cnnsearch.report.info.importance import ImportanceInfo, importance_info
from cnnsearch.report.info.parallel import ParallelInfo, parallel_info
from cnnsearch.report.info.provenance import ProvenanceInfo, provenance_info
from cnnsearch.report.info.stages import StagesInfo, stages_info
from cnnsearch.report.info.summary import SummaryInfo, summary_info
from cnnsearch.report.info.trials import TrialsInfo, trials_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["embedded_json", "embedded_script", "render"]

_FOLDER = Path(__file__).parent

SYMBOLS = {
    "COMPLETED": "M6 1.5a4.5 4.5 0 1 0 .01 0z",
    "STOPPED": "M1.5 2.5h9L6 10.5z",
    "FAILED": "M2 2l8 8M10 2l-8 8",
    "INTERRUPTED": "M6 1l5 5-5 5-5-5z",
}
"""State -> SVG path in a square of 12, shaped as the markers of the figures."""


@dataclass(frozen=True)
class _Chapter:
    """Everything that the page says about one study; ``id`` is unique on the page."""

    id: str
    summary: SummaryInfo
    history: HistoryInfo
    curves: CurvesInfo
    parallel: ParallelInfo
    importance: ImportanceInfo
    confusion: ConfusionInfo
    backbones: BackbonesInfo
    trials: TrialsInfo
    stages: StagesInfo
    provenance: ProvenanceInfo


def render(studies: Sequence[Study]) -> str:
    """The HTML of the report."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(numbers, name) for name in numbers.__all__ if name != "ABSENT"})
    environment.globals.update(
        by_trial=lambda info: _placed(history_by_trial(info), "best value by trial"),
        by_time=lambda info: _placed(history_by_time(info), "best value by time"),
        curves=lambda info: _placed(curves_figure(info), "learning curves"),
        parallel=lambda info: _placed(parallel_figure(info), "parallel coordinates", parallel_width(info)),
        importance=lambda info: _placed(importance_figure(info), "importance of the parameters"),
        confusion=lambda info: _placed(confusion_figure(info), "confusion matrix", confusion_width(info)),
        confusion_width=confusion_width,
        symbols=SYMBOLS,
    )
    return environment.get_template("page.html.jinja").render(
        chapters=[_chapter(study, f"study-{number}") for number, study in enumerate(studies, start=1)],
        comparison=comparison_info(studies) if len(studies) > 1 else None,
        style=Markup((_FOLDER / "page.css").read_text(encoding="utf-8")),
        plotly=embedded_script(get_plotlyjs()),
        script=embedded_script((_FOLDER / "page.js").read_text(encoding="utf-8")),
        dark=embedded_json(json.dumps(DARK)),
    )


def embedded_script(source: str) -> Markup:
    """JavaScript that cannot end its own ``<script>`` element, nor open a comment in it."""
    return Markup(source.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def embedded_json(text: str) -> Markup:
    """JSON without the characters that mean something to HTML."""
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _chapter(study: Study, name: str) -> _Chapter:
    return _Chapter(
        id=name,
        summary=summary_info(study),
        history=history_info(study),
        curves=curves_info(study),
        parallel=parallel_info(study),
        importance=importance_info(study),
        confusion=confusion_info(study),
        backbones=backbones_info(study),
        trials=trials_info(study),
        stages=stages_info(study),
        provenance=provenance_info(study),
    )


def _placed(figure: go.Figure, title: str, width: int = 0) -> Markup:
    """A figure's place on the page, with what is drawn there.

    Args:
        title: what a screen reader says.
        width: pixels below which the place scrolls sideways within itself.
    """
    return Markup(
        '<div class="scroller" role="figure" aria-label="{}"{}>'
        '<div class="figure" style="height:{}px;min-width:{}px"><script type="application/json">{}</script></div></div>'
    ).format(title, Markup(' tabindex="0"') if width else "", figure.layout.height, width, _as_json(figure))


def _as_json(figure: go.Figure) -> Markup:
    return embedded_json(str(figure.to_json()))
