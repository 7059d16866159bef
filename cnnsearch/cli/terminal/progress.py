"""Live progress of a sweep in the terminal; plain lines now and then where there is no terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.text import Text

from cnnsearch.cli.terminal.console import plain, status
from cnnsearch.study.duration import duration

if TYPE_CHECKING:
    from cnnsearch.study.progress import Progress

__all__ = ["ProgressDisplay", "in_lines"]

_LINE_SECONDS = 5.0
_MOST_RUNNING = 8


class ProgressDisplay:
    """Shows trials done and running, the best so far with its config, and the time left.

    Args:
        metric: name of the objective.
        epochs: epochs of a full trial.
        quiet: show nothing.
    """

    def __init__(self, metric: str, epochs: int, quiet: bool) -> None:
        self._metric = metric
        self._epochs = epochs
        self._live = Live(console=status, refresh_per_second=4) if status.is_terminal and not quiet else None
        self._quiet = quiet
        self._next_line = 0.0
        self._has_linked = False
        self._answers = 0

    def __enter__(self) -> ProgressDisplay:
        if self._live:
            self._live.start()
            self._live.update(Text("starting workers ..."))
        elif not self._quiet:
            status.print("starting workers ...")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, progress: Progress) -> None:
        """Show ``progress``; called after each change of the sweep."""
        if progress.dashboard and not self._has_linked and not self._quiet:
            self._has_linked = True
            status.print(f"Ray's dashboard: {progress.dashboard}", soft_wrap=True)
        for text in progress.answers[self._answers :]:
            self._answers += 1
            if not self._quiet:
                status.print(text, markup=False, highlight=False, soft_wrap=True)
        if self._live:
            self._live.update(Group(*in_lines(progress, self._metric, self._epochs)))
        elif not self._quiet and time.monotonic() >= self._next_line and progress.ended:
            self._next_line = time.monotonic() + _LINE_SECONDS
            lines = in_lines(progress, self._metric, self._epochs, brief=True)
            status.print(" | ".join(line.plain for line in lines), soft_wrap=True)


def in_lines(progress: Progress, metric: str, epochs: int, brief: bool = False, over: bool = False) -> list[Text]:
    """Trials done, the best one, and what runs; ``brief`` leaves out its config and what runs.

    Args:
        progress: what to tell.
        metric: name of the objective.
        epochs: epochs of a full trial.
        brief: for one line.
        over: nothing runs any more; what has not ended is interrupted.
    """
    done = sum(progress.ended.values())
    states = ", ".join(f"{count} {state.lower()}" for state, count in progress.ended.items())
    of = f"/{progress.trials}" if progress.trials else ""
    left = None if over else _rest(progress)
    refused = f", {progress.refused} config{'' if progress.refused == 1 else 's'} refused" if progress.refused else ""
    first = f"{done}{of} trials ended" + (f" ({states})" if states else "") + f"{refused}, {duration(progress.elapsed)}"
    lines = [Text(first + (f", {left}" if left else ""))]
    if progress.finalists is not None:
        ended, planned = progress.finalists
        lines = [Text(f"{ended}/{planned} runs of the finalists ended, {duration(progress.elapsed)}")]
    if progress.refitting is not None:
        lines = [Text(f"{_replacing(progress)}, {duration(progress.elapsed)}")]
    if progress.search:
        lines = [Text(f"{progress.search}: ").append_text(lines[0])]
    if progress.best_value is not None:
        where = "" if progress.finalists is None and progress.refitting is None else " in the search"
        what = "chosen of the front:" if progress.of_front else "best"
        told = f"{what} {metric}{where} {progress.best_value:.4f} (trial {progress.best_trial})"
        lines.append(Text(told, style="bold green"))
    if brief:
        return lines
    if progress.finalists is not None or progress.refitting is not None:
        return lines
    if progress.best_config is not None:
        lines.append(plain("  " + ", ".join(f"{k}={_short(v)}" for k, v in progress.best_config.items())))
    running = [f"{number} ({epoch}/{epochs})" for number, epoch in progress.running.items()]
    more = f" and {len(running) - _MOST_RUNNING} more" if len(running) > _MOST_RUNNING else ""
    if over and not running:
        return lines
    if progress.queued and not over:
        lines.append(Text(f"queued: {progress.queued} config{'' if progress.queued == 1 else 's'}", style="dim"))
    what = "interrupted" if over else "running"
    lines.append(Text(f"{what}: " + ", ".join(running[:_MOST_RUNNING]) + more, style="dim"))
    return lines


def _replacing(progress: Progress) -> str:
    """What becomes of the winner's model."""
    if progress.ensemble:
        return "the ensemble is being made" if progress.refitting else "the ensemble has ended"
    return "the winner is trained again on training + validation" if progress.refitting else "the refit has ended"


def _rest(progress: Progress) -> str | None:
    """How long it will still take, or that the minutes are over and it is trials in flight that are waited for."""
    if progress.seconds is not None and progress.elapsed >= progress.seconds:
        return "the minutes are over" + (" and the trials in flight end" if progress.running else "")
    left = _seconds_left(progress)
    return f"about {duration(left)} left" if left else None


def _seconds_left(progress: Progress) -> float | None:
    """To the end by the pace so far, at most what the minutes leave."""
    done = sum(progress.ended.values())
    estimates = []
    if progress.trials is not None and done:
        estimates.append((progress.trials - done) * progress.elapsed / done)
    if progress.seconds is not None:
        estimates.append(progress.seconds - progress.elapsed)
    return min(estimates, default=None)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
