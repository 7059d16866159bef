"""The page: how far the sweep is, the report's own views of what there is so far, and what trials print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from cnnsearch.escaping import shell_line, without_colours
from cnnsearch.report.page import frame, sections
from cnnsearch.report.templates import environment
from cnnsearch.study import Study
from cnnsearch.study.hold import Life
from cnnsearch.study.outer import outer_in_progress
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.progress.words import in_words

__all__ = ["Shown", "head_of", "page_of", "sections_of"]

_FOLDER = Path(__file__).parent

_VIEWS = ("front", "finalists", "history", "curves", "timeline", "failures")
"""Of the report."""

_AT_END = "verdict"
"""What the report says of a search that is over: what to do next is not for one that runs."""

_MOST_PRINTED, _LINES = 8, 20
"""Trials whose last lines are shown, and how many lines of each."""


@dataclass(frozen=True)
class Shown:
    """A sweep at one moment.

    Attributes:
        study: as it was read last.
        progress: how far it is.
        life: of its driver.
        over: nothing runs any more.
        silent: seconds since anything was recorded, where that is long ago; else 0.
    """

    study: Study
    progress: Progress
    life: Life
    over: bool
    silent: float


def page_of(shown: Shown, version: int, drawn: Mapping[str, str]) -> str:
    """The whole page.

    Args:
        shown: as it stands.
        version: of the sections.
        drawn: id -> HTML of each section.
    """
    return (
        environment()
        .get_template(str(_FOLDER / "page.html.jinja"))
        .render(
            title=shown.study.name,
            version=version,
            over=shown.over,
            head=Markup(head_of(shown)),
            sections=map(Markup, drawn.values()),
            **frame((_FOLDER / "live.js").read_text(encoding="utf-8")),
        )
    )


def head_of(shown: Shown) -> str:
    """How far it is, as HTML."""
    study, progress = shown.study, shown.progress
    experiment = study.experiment
    words = in_words(
        progress, experiment.objective.metric, experiment.epochs, pictures_of(study, "validation"), shown.over
    )
    outer = "" if progress.ended or progress.running else outer_in_progress(study)
    template = environment().get_template(str(_FOLDER / "head.html.jinja"))
    return template.render(
        state=_state(shown.life),
        silent=shown.silent,
        share=_share(shown),
        words=words,
        outer=outer,
        answers=progress.answers,
    )


def _state(life: Life) -> str:
    told = {"running": "The sweep runs", "none": "The sweep has ended"}.get(life.state, life.text)
    return f"{told[0].upper()}{told[1:]}."


def _share(shown: Shown) -> float | None:
    """Of the time that all takes, how much is over; ``None`` where nothing tells yet."""
    progress = shown.progress
    if shown.over:
        return 1.0
    return None if progress.left is None else progress.elapsed / ((progress.elapsed + progress.left) or 1.0)


def sections_of(study: Study, progress: Progress, over: bool) -> dict[str, str]:
    """Id -> HTML of what there is to see so far."""
    printed = {trial: without_colours(study.log(trial)) for trial in [*progress.running][:_MOST_PRINTED]}
    last = {trial: "\n".join(text.splitlines()[-_LINES:]) for trial, text in printed.items() if text.strip()}
    template = environment().get_template(str(_FOLDER / "printed.html.jinja"))
    views = (*_VIEWS, *([_AT_END] if over else []))
    return {**sections(study, views), "printed": template.render(printed=last, study=shell_line([study.name]))}
