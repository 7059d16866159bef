"""The page: the views of each study, laid out in one HTML file that asks for nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from cnnsearch.report.drawing.style import DARK
from cnnsearch.report.table import COMPARISONS, views_of
from cnnsearch.report.templates import embedded_json, environment, style

if TYPE_CHECKING:
    from jinja2 import Environment

    from cnnsearch.report.view import Drawing, View
    from cnnsearch.study import Study

__all__ = ["embedded_script", "render"]

_FOLDER = Path(__file__).parent
_SCRIPTS = ("selection", "figures", "table", "sorting", "copying", "front", "contents")
"""In the order in which they need each other."""


@dataclass(frozen=True)
class _Placed:
    """One view of one subject, ready to be put on the page; ``id`` is unique there."""

    id: str
    name: str
    title: str
    lead: str
    notes: tuple[str, ...]
    content: Markup


@dataclass(frozen=True)
class _Chapter:
    """One study."""

    id: str
    name: str
    views: tuple[_Placed, ...]


def render(studies: Sequence[Study]) -> str:
    """The HTML of the report."""
    templates = environment()
    return templates.get_template("page.html.jinja").render(
        comparison=_placed(templates, COMPARISONS, studies, "studies") if len(studies) > 1 else (),
        chapters=[
            _Chapter(f"study-{number}", study.name, _placed(templates, views_of(study), study, f"study-{number}"))
            for number, study in enumerate(studies, start=1)
        ],
        style=style(),
        plotly=embedded_script(get_plotlyjs()),
        script=embedded_script(_script()),
        dark=DARK,
    )


def embedded_script(source: str) -> Markup:
    """JavaScript that cannot end its own ``<script>`` element, nor open a comment in it."""
    return Markup(source.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _script() -> str:
    """Our own scripts in one scope, so that none of their names is global."""
    parts = [(_FOLDER / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _placed(templates: Environment, views: Sequence[View[Any, Any]], subject: Any, prefix: str) -> tuple[_Placed, ...]:
    infos = [(view, view.info(subject)) for view in views]
    return tuple(
        _Placed(
            id=f"{prefix}-{view.name}",
            name=view.name,
            title=view.title,
            lead=view.lead(info),
            notes=view.notes(info),
            content=_content(templates, view, info, f"{prefix}-{view.name}"),
        )
        for view, info in infos
        if not view.absent(info)
    )


def _content(templates: Environment, view: View[Any, Any], info: Any, name: str) -> Markup:
    missing = view.missing(info)
    if missing:
        return Markup("<p>Left out: {}.</p>").format(missing)
    widths = {drawing.name: drawing.width(info) if drawing.width else 0 for drawing in view.drawings}
    figures = {
        drawing.name: _figure(drawing.draw(info), _title(drawing, info), widths[drawing.name])
        for drawing in view.drawings
    }
    if view.template:
        template = templates.get_template(str(view.template))
        return Markup(template.render(info=info, id=name, figures=figures, widths=widths))
    cells = Markup("").join(Markup("<div>{}</div>").format(figure) for figure in figures.values())
    return Markup('<div class="columns">{}</div>').format(cells)


def _title(drawing: Drawing[Any], info: Any) -> str:
    return drawing.title if isinstance(drawing.title, str) else drawing.title(info)


def _figure(figure: go.Figure, title: str, width: int = 0) -> Markup:
    """A figure's place on the page, with what is drawn there.

    Args:
        title: what a screen reader says.
        width: pixels below which the place scrolls sideways within itself, or its panels are put below each other.
    """
    meta = figure.layout.meta or {}
    return Markup(
        '<div class="scroller" role="figure" aria-label="{}"{}>'
        '<div class="figure"{} style="height:{}px;min-width:{}px">'
        '<script type="application/json">{}</script></div></div>'
    ).format(
        title,
        Markup(' tabindex="0"') if width else "",
        Markup(' data-stacked="{}"').format(meta["stacked"]) if "stacked" in meta else "",
        figure.layout.height,
        width,
        embedded_json(str(figure.to_json())),
    )
