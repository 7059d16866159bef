"""``cnnsearch watch``: the progress of a sweep from another terminal or machine, read from its record."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from cnnsearch.cli.studies import Output, StudyName, load_study
from cnnsearch.cli.terminal.console import out, plain, status
from cnnsearch.cli.terminal.progress import in_lines
from cnnsearch.numbers import duration
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import cut_short
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT
from cnnsearch.study.hold import Life, life_of
from cnnsearch.study.outer import outer_in_progress
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.progress import Follower, Progress, SweepTime, silence

__all__ = ["watch"]

_WINNER = "winner: "

_CAUTION = "caution: "


def watch(
    study: StudyName,
    once: Annotated[bool, typer.Option("--once", help="Show how far it is, and end.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="Between two looks at the record.")] = 1.0,
    web: Annotated[
        bool, typer.Option("--web", help="Serve a page that follows the sweep, on this machine alone.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of that page; 0 takes one that is free.")] = 0,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Watch a sweep until it ends; Ctrl-C ends the watching, and not the sweep."""
    found = load_study(study, output)
    if web:
        _serve(found, port)
        return
    follower, at = Follower(found), SweepTime()
    if once:
        progress, lines = _look(found, follower, at, life_of(found.store))
        for line in [*lines, *map(plain, progress.answers)]:
            out.print(line, soft_wrap=True)
        return
    live = Live(console=out, refresh_per_second=4) if out.is_terminal else None
    shown: Mapping[str, int] | None = None
    answers = 0
    with live or contextlib.nullcontext():
        while True:
            life = life_of(found.store)  # before the record is read, so that nothing of it is missed
            over = not life.may_run
            progress, lines = _look(found, follower, at, life)
            for text in progress.answers[answers:]:
                out.print(text, markup=False, highlight=False, soft_wrap=True)
            answers = len(progress.answers)
            if live:
                live.update(Group(*lines))
            elif over or progress.ended != shown:  # a line for each trial that ended
                shown = progress.ended
                won = [line.plain for line in lines if line.plain.startswith((_WINNER, _CAUTION))]
                out.print("; ".join([f"{lines[0].plain}: {lines[1].plain}", *won]), markup=False, soft_wrap=True)
            if over:
                return
            time.sleep(seconds)


def _serve(found: Study, port: int) -> None:
    from cnnsearch.live.server import served
    from cnnsearch.live.watching import Watching

    with served(Watching(found.store), port) as address:
        out.print(address, markup=False, highlight=False, soft_wrap=True)
        status.print(
            "Whoever knows this address sees the sweep, from this machine alone. Ctrl-C ends the page, not the sweep."
        )
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


def _look(found: Study, follower: Follower, at: SweepTime, life: Life) -> tuple[Progress, list[Text]]:
    over = not life.may_run
    follower.read()
    now = at.of(follower.last)
    progress = follower.read(None if over else now)
    told = found.experiment.objective.metric, found.experiment.epochs, pictures_of(found, "validation")
    lines = in_lines(progress, *told, over=over)
    if not progress.ended and not progress.running and (outer := outer_in_progress(found)):
        lines.append(plain(outer))
    ended = Study.load(found.store) if over else None
    number, cut = (None, None) if ended is None else (ended.headline, cut_short(ended))
    if cut:
        lines.append(Text(f"{_CAUTION}{cut}", style="yellow"))
    if number is not None and (number.kind != "search" or number.tested is not None):
        lines.append(Text(f"{_WINNER}{number.text}", style="bold green"))
    head = plain(found.name)
    head.stylize("bold")
    if life.state != "running":
        head.append(f"  ({life.text or 'no sweep runs'})", style="default")
    silent = 0.0 if over else silence(follower.last, now)
    if silent:
        lines.append(Text(f"nothing was recorded for {duration(silent)}", style="yellow"))
    return progress, [head, *lines]
