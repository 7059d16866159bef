"""The page: the views of each study, laid out in one HTML file that asks for nothing from outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from cnnsearch.report.drawing.style import DARK
from cnnsearch.report.of_texts import are_of_texts, figure_of_texts, of_texts
from cnnsearch.report.stacked import stacked
from cnnsearch.report.table import COMPARISONS, FIRST, QUESTIONS, views_by_place, views_of
from cnnsearch.report.templates import embedded_json, environment, style

if TYPE_CHECKING:
    from jinja2 import Environment

    from cnnsearch.report.view import Drawing, View
    from cnnsearch.study import Study

__all__ = ["embedded_script", "frame", "render", "sections"]

_FOLDER = Path(__file__).parent
_SCRIPTS = ("selection", "folding", "figures", "table", "sorting", "copying", "front", "contents")
"""In the order in which they need each other."""

_STUDY = "study-1"
"""With which the ids of a study's views begin."""


@dataclass(frozen=True)
class _Placed:
    """One view of one subject, ready to be put on the page.

    Attributes:
        id: unique on the page.
        missing: why it has nothing to show, or empty.
        quiet: the line that it is folded to, or empty.
        half: whether half of the first screen's width is enough.
        width: pixels that its widest figure needs, 0 where all of them shrink.
    """

    id: str
    name: str
    title: str
    lead: str
    notes: tuple[str, ...]
    missing: str
    quiet: str
    half: bool
    width: int
    content: Markup


@dataclass(frozen=True)
class _Question:
    """One of the questions under which the views of a study stand, folded."""

    id: str
    title: str
    views: tuple[_Placed, ...]


@dataclass(frozen=True)
class _Chapter:
    """One study: what is seen at once, and what is under the questions."""

    id: str
    name: str
    first: tuple[_Placed, ...]
    questions: tuple[_Question, ...]


@dataclass(frozen=True)
class _Compared:
    """Several studies.

    Attributes:
        names: theirs.
        pages: the addresses of their own reports, ``None`` for one that has none.
        views: what compares them.
    """

    names: tuple[str, ...]
    pages: tuple[str | None, ...]
    views: tuple[_Placed, ...]


def render(studies: Sequence[Study], pages: Sequence[str | None] = ()) -> str:
    """The HTML of the report on one study, or of the comparison of several.

    Args:
        studies: at least one.
        pages: of several, the address of each one's own report, as seen from the comparison; ``None``: it has none.
    """
    templates = environment()
    several = len(studies) > 1
    return templates.get_template("page.html.jinja").render(
        title=", ".join(study.name for study in studies),
        compared=_compared(templates, studies, pages) if several else None,
        chapter=None if several else _chapter(templates, studies[0]),
        **frame(),
    )


def frame(more: str = "") -> dict[str, Any]:
    """What ``base.html.jinja`` needs beside a title: style and scripts.

    Args:
        more: JavaScript of a page of another kind, which knows all names of the report's own.
    """
    script = embedded_script(_script(more))
    return {"style": style(), "plotly": embedded_script(get_plotlyjs()), "script": script, "dark": DARK}


def sections(study: Study, names: Collection[str]) -> dict[str, str]:
    """Some of a study's views, each for itself: id on the page -> HTML, in the order of the page.

    Args:
        names: of the views; one that has nothing to say of this study is left out.
    """
    templates = environment()
    views = [view for view in views_of(study) if view.name in names]
    section = templates.get_template("section.html.jinja").module.section  # type: ignore[attr-defined]
    return {each.id: str(section(each, 2)) for each in _placed(templates, views, study, _STUDY)}


def _compared(templates: Environment, studies: Sequence[Study], pages: Sequence[str | None]) -> _Compared:
    names, known = tuple(study.name for study in studies), tuple(pages) or (None,) * len(studies)
    return _Compared(names, known, _placed(templates, COMPARISONS, studies, "studies", known))


def _chapter(templates: Environment, study: Study) -> _Chapter:
    placed = {place: _placed(templates, views, study, _STUDY) for place, views in views_by_place(study).items()}
    questions = (_Question(f"{_STUDY}-{place}", title, placed[place]) for place, title in QUESTIONS.items())
    return _Chapter(_STUDY, study.name, placed[FIRST], tuple(each for each in questions if each.views))


def embedded_script(source: str) -> Markup:
    """JavaScript that cannot end its own ``<script>`` element, nor open a comment in it."""
    return Markup(source.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _script(more: str) -> str:
    """Our own scripts in one scope, so that none of their names is global; names of ``more`` may be used twice."""
    parts = [(_FOLDER / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + f"\n{{\n{more}}}\n}})();\n"


def _placed(
    templates: Environment,
    views: Sequence[View[Any, Any]],
    subject: Any,
    prefix: str,
    pages: Sequence[str | None] = (),
) -> tuple[_Placed, ...]:
    infos, is_of_texts = [(view, view.info(subject)) for view in views], are_of_texts(subject)
    shown = [(view, info) for view, info in infos if not view.absent(info)]
    found = tuple(_place(templates, view, info, prefix, pages, is_of_texts) for view, info in shown)
    return tuple(map(_said_of_texts, found)) if is_of_texts else found


_OF_USERS = ("mistakes", "ngrams", "suspicious", "checks", "provenance")
"""Views whose content is the user's own, word by word."""


def _said_of_texts(placed: _Placed) -> _Placed:
    """A view in the words of texts; its content where that is ours."""
    content = placed.content if placed.name in _OF_USERS else Markup(of_texts(placed.content))
    title, lead, missing, quiet = map(of_texts, (placed.title, placed.lead, placed.missing, placed.quiet))
    notes = tuple(map(of_texts, placed.notes))
    return replace(placed, title=title, lead=lead, notes=notes, missing=missing, quiet=quiet, content=content)


def _place(
    templates: Environment,
    view: View[Any, Any],
    info: Any,
    prefix: str,
    pages: Sequence[str | None],
    is_of_texts: bool,
) -> _Placed:
    missing = view.missing(info) or ""
    widths = {drawing.name: _width(drawing, info) for drawing in view.drawings if drawing.on_page and not missing}
    name = f"{prefix}-{view.name}"
    return _Placed(
        id=name,
        name=view.name,
        title=view.title,
        lead=view.lead(info),
        notes=view.notes(info),
        missing=missing,
        quiet="" if missing else view.quiet(info) or "",
        half=view.half,
        width=max(widths.values(), default=0),
        content=Markup("") if missing else _content(templates, view, info, name, widths, pages, is_of_texts),
    )


def _width(drawing: Drawing[Any], info: Any) -> int:
    return drawing.width(info) if drawing.width else 0


def _content(
    templates: Environment,
    view: View[Any, Any],
    info: Any,
    name: str,
    widths: dict[str, int],
    pages: Sequence[str | None],
    is_of_texts: bool,
) -> Markup:
    shown = [drawing for drawing in view.drawings if drawing.name in widths]
    drawn = {drawing.name: (drawing.draw(info), _title(drawing, info)) for drawing in shown}
    if is_of_texts:  # by each of its texts: in JSON they stand in quotes, as what is the user's does in a sentence
        drawn = {name: (figure_of_texts(figure), of_texts(title)) for name, (figure, title) in drawn.items()}
    figures = {name: _figure(figure, title, widths[name]) for name, (figure, title) in drawn.items()}
    if view.template:
        template = templates.get_template(str(view.template))
        return stacked(template.render(info=info, id=name, figures=figures, widths=widths, pages=pages))
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
