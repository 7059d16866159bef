"""Live progress of a sweep in the terminal; plain lines now and then where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.text import Text

from cnnsearch.cli.terminal.console import plain, status
from cnnsearch.numbers import duration
from cnnsearch.study.progress.words import in_words

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.progress.progress import Progress

__all__ = ["ProgressDisplay", "in_lines"]

_LINE_SECONDS = 5.0
_WIDTH = 40

READING, STARTING = "reading the data", "starting workers"


class ProgressDisplay:
    """Shows what is being started, then trials done and running, the best so far with its config, and the time left.

    Args:
        metric: name of the objective.
        epochs: epochs of a full trial.
        quiet: show nothing.
    """

    def __init__(self, metric: str, epochs: int, quiet: bool) -> None:
        self._metric = metric
        self._epochs = epochs
        self._pictures = 0
        self._phase, self._since = READING, time.monotonic()
        self._progress: Progress | None = None
        shows = status.is_terminal and not quiet
        self._live = Live(console=status, refresh_per_second=4, get_renderable=self._drawn) if shows else None
        self._quiet = quiet
        self._next_line = 0.0
        self._told: tuple[str, bool, str] | None = None
        self._has_linked = False
        self._answers = 0

    def __enter__(self) -> ProgressDisplay:
        self._since = time.monotonic()
        if self._live:
            self._live.start()
        elif not self._quiet:
            status.print(f"{self._phase} ...")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def telling(
        self, tell: Callable[[Experiment, Mapping[str, Any]], None]
    ) -> Callable[[Experiment, Mapping[str, Any]], None]:
        """``tell``, which is called when the data is read; from then on workers are what is waited for."""

        def told(experiment: Experiment, described: Mapping[str, Any]) -> None:
            tell(experiment, described)
            self._epochs, self._phase = experiment.epochs, STARTING
            self._pictures = sum(described.get("counts", {}).get("validation", {}).values())
            if not self._live and not self._quiet:
                status.print(f"{self._phase} ...")

        return told

    def __call__(self, progress: Progress) -> None:
        """Show ``progress``; called after each change of the sweep."""
        if progress.dashboard and not self._has_linked and not self._quiet:
            self._has_linked = True
            status.print(f"Ray's dashboard: {progress.dashboard}", soft_wrap=True)
        for text in progress.answers[self._answers :]:
            self._answers += 1
            if not self._quiet:
                status.print(text, markup=False, highlight=False, soft_wrap=True)
        self._progress = progress
        told = progress.search, progress.finalists is None, progress.making
        is_new = told != self._told  # what begins is told before it takes long
        if not self._live and not self._quiet and (is_new or time.monotonic() >= self._next_line) and progress.ended:
            self._next_line, self._told = time.monotonic() + _LINE_SECONDS, told
            lines = in_lines(progress, self._metric, self._epochs, self._pictures, brief=True)
            status.print(" | ".join(line.plain for line in lines), soft_wrap=True)

    def _drawn(self) -> Group:
        """A bar, which moves as long as nothing tells how long it will take, and what there is to tell."""
        found = self._progress
        if found is None or not (found.ended or any(found.running.values())):
            since = duration(time.monotonic() - self._since)
            return Group(_on_its_own_line(ProgressBar(width=_WIDTH, pulse=True)), Text(f"{self._phase}, {since}"))
        total = None if found.left is None else found.elapsed + found.left
        bar = ProgressBar(total=total, completed=found.elapsed, width=_WIDTH, pulse=not total)
        return Group(_on_its_own_line(bar), *in_lines(found, self._metric, self._epochs, self._pictures))


def _on_its_own_line(bar: ProgressBar) -> Padding:
    """A bar alone ends no line."""
    return Padding(bar, 0)


def in_lines(
    progress: Progress, metric: str, epochs: int, pictures: int = 0, brief: bool = False, over: bool = False
) -> list[Text]:
    """Trials done, the best one, and what runs; ``brief`` leaves out its config and what runs.

    Args:
        progress: what to tell.
        metric: name of the objective.
        epochs: epochs of a full trial.
        pictures: of the validation split; 0 where that is not known.
        brief: for one line.
        over: nothing runs any more; what has not ended is interrupted.
    """
    words = in_words(progress, metric, epochs, pictures, over)
    lines = [Text(words.done)]
    if words.best:
        lines.append(Text(words.best, style="bold green"))
    if brief:
        return lines
    if words.config:
        lines.append(plain(f"  {words.config}"))
    return lines + [Text(line, style="dim") for line in (words.queued, words.running) if line]
