"""A view: one question, and what it takes to answer it on the page and in Python."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Drawing", "View", "views_in"]

Subject = TypeVar("Subject")
Info = TypeVar("Info")


def _nothing(info: Any) -> None:  # noqa: ARG001 - stands where a view asks its info
    return None


def _no_notes(info: Any) -> tuple[str, ...]:  # noqa: ARG001
    return ()


@dataclass(frozen=True)
class Drawing(Generic[Info]):
    """One figure of a view.

    Attributes:
        name: of the function in :mod:`cnnsearch.report.figures` that draws it, and in the view's template.
        title: what a screen reader says, or info -> that.
        draw: info -> figure; its docstring is that of the function.
        width: info -> pixels below which the figure scrolls sideways within itself; ``None``: it shrinks.
        on_page: whether the page shows it; a figure that says there what another one says is for Python alone.
    """

    name: str
    title: str | Callable[[Info], str]
    draw: Callable[[Info], go.Figure]
    width: Callable[[Info], int] | None = None
    on_page: bool = True


@dataclass(frozen=True)
class View(Generic[Subject, Info]):
    """One section of the page: a heading, a sentence, what is to be noted, figures, and what its template adds.

    Attributes:
        name: in the ids of the page, ``study-1-NAME``.
        title: its heading, and its entry in the contents.
        lead: info -> which question it answers and how to read it, plain text.
        info: computes what is shown, of a study or, in a comparison, of several.
        drawings: its figures, side by side where there is room and no template places them.
        template: a file beside the view that gets ``info``, ``id`` (of the section), ``figures`` (drawing's name ->
            HTML), ``widths`` (-> pixels, 0 where it shrinks) and, of several studies, ``pages`` (the addresses of their
            own reports, ``None`` for one that has none); ``None``: the drawings alone.
        notes: info -> paragraphs below the lead, plain text: what was thinned, which method, what to beware of.
        missing: info -> why there is nothing to show, said in place of figures and template, as in 'Left out: ...'.
        quiet: info -> a sentence where nothing in it is beyond chance: the view is folded to this line.
        half: on the first screen: whether half of its width is enough, where there is as much.
        absent: info -> whether not even that is worth saying: no section, no entry in the contents.
    """

    name: str
    title: str
    lead: Callable[[Info], str]
    info: Callable[[Subject], Info]
    drawings: tuple[Drawing[Info], ...] = ()
    template: Path | None = None
    notes: Callable[[Info], tuple[str, ...]] = _no_notes
    missing: Callable[[Info], str | None] = _nothing
    quiet: Callable[[Info], str | None] = _nothing
    half: bool = False
    absent: Callable[[Info], bool | None] = _nothing


def views_in(package: str, names: Iterable[str]) -> tuple[View[Any, Any], ...]:
    """The ``VIEW`` of each of some folders of a package; a dotted name is of a folder elsewhere, and whole."""
    folders = (name if "." in name else f"{package}.{name}" for name in names)
    return tuple(importlib.import_module(f"{folder}.view").VIEW for folder in folders)
