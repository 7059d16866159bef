"""``cnnsearch report``, and what commands that read a study share: its argument, its headline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.terminal.console import out, print_text, status
from cnnsearch.cli.trust import asking
from cnnsearch.errors import Problem, unwritten
from cnnsearch.numbers import plural
from cnnsearch.study import Study
from cnnsearch.study.control.requests import Queue, waiting
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT, find_study
from cnnsearch.study.hold import hold_study, life_of
from cnnsearch.study.store.atomic import write_atomic
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.replacement import refit_in_words

__all__ = [
    "StudyName",
    "load_study",
    "print_headline",
    "print_next",
    "print_verdict",
    "report",
    "tell_model",
    "tell_refit",
    "unanswered",
]

Output = Annotated[str, typer.Option(help="Folder that holds the studies: a path or a URI, as s3://bucket/studies.")]
StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="Study, or packed study: path, URI, or name in the output.")
]
Moved = Annotated[
    Path | None,
    typer.Option("--data", help="Where the study's own data lies now, if it was moved; its content must be the same."),
]


class Form(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MD = "md"


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load_study(study: str, output: str) -> Study:
    """The study of that path, URI or name."""
    return Study.load(find_study(study, output))


def report(
    studies: Annotated[list[str], typer.Argument(metavar="STUDY...", help="One study, or several to compare.")],
    file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--file",
            help="File; left out: report.html in the study, comparison.html in the first of several, or beside a "
            "packed one; md is printed.",
        ),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="html: the page; md: a short summary to paste into a pull request.")
    ] = Form.HTML,
    looked: Annotated[
        bool,
        typer.Option(
            "--looked",
            help="Lay over the pictures of mistakes where the network looked (Grad-CAM); kept in the study.",
        ),
    ] = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Write the report of one study, or a comparison of several, as one HTML file; or its verdict in Markdown."""
    found = [load_study(study, output) for study in studies]
    if looked:
        _look(found)

    from cnnsearch.report import markdown, write_report

    if form is Form.HTML:
        written = str(write_report(found, file))
    elif file is None:
        print_text(markdown(found))
        return
    else:
        written = str(_write_text(markdown(found), file))
    out.print(written, markup=False, soft_wrap=True)


def _look(studies: list[Study]) -> None:
    from cnnsearch.serving.looked_mistakes import look_at_mistakes

    for study in studies:
        study.store.check_writable()
        with hold_study(study.store):
            count, pictures = look_at_mistakes(study, asking(False))
        told = f"{study.name}: where the network looked in {count} of {pictures} pictures of mistakes"
        status.print(told, markup=False, highlight=False, soft_wrap=True)


def print_headline(study: Study) -> None:
    """The number that a study is known by, and the others of its winner, each with what it is."""
    from cnnsearch.report import headline

    found = headline(study)
    for line in found.lines if found is not None else ():
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def print_verdict(study: Study) -> None:
    """The verdict in plain words, an answer a line, but for what to do next; what is grave is red."""
    from cnnsearch.report.views.verdict.info import verdict_info

    found = verdict_info(study)
    for caution in found.cautions:
        if caution.kind == "grave":
            out.print(caution.text, style="bold red", markup=False, soft_wrap=True)
    for answer in found.answers:
        if answer.about != "Next":
            text = f"{answer.about + ':':<9}{answer.calling(study.source)}"
            out.print(text, markup=False, highlight=False, soft_wrap=True)


def print_next(study: Study) -> None:
    """The one thing to do next, with a command that can be copied."""
    from cnnsearch.report.statistics.next_step import next_step

    text = next_step(study).text(study.source)
    out.print(f"{'Next:':<9}{text}", markup=False, highlight=False, soft_wrap=True)


def tell_model(study: Study) -> None:
    """Whose model is used, and what must be known of it."""
    held = find_best(study)
    if held is not None:
        status.print(f"model: {held.whose}", markup=False, soft_wrap=True)
    tell_refit(study)


def tell_refit(study: Study) -> None:
    """Where the model in ``best/`` saw the validation pictures too, or is an ensemble, or was to be: say so."""
    if told := refit_in_words(study):
        status.print(f"note: {told}", markup=False, soft_wrap=True)


def unanswered(study: Study) -> list[str]:
    """What lies in the study and no driver has answered, in words."""
    known = {line.request for line in study.requests}
    open_ = [request for request in waiting(study.store) if request.id not in known]
    kept = sum(isinstance(request.wish, Queue) for request in open_)
    others = len(open_) - kept
    runs = life_of(study.store).may_run
    found = [f"{plural(kept, 'config')} queued, not yet taken" + ("" if runs else ": by resume")] if kept else []
    return found + ([f"{plural(others, 'request')} not yet answered"] if others else [])


def _write_text(text: str, file: Path) -> Path:
    try:
        write_atomic(file, text)
    except OSError as error:
        raise unwritten(Problem("", f"cannot write the summary: {error.strerror}", str(file)), error) from None
    return file
