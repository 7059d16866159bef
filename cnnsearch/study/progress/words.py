"""How far a sweep is, in words: for the terminal and for the page."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.numbers import duration, plural, score, setting
from cnnsearch.study.progress.progress import Progress

__all__ = ["Words", "in_words"]

_MOST_RUNNING = 8


@dataclass(frozen=True)
class Words:
    """A line each, empty where there is nothing to say.

    Attributes:
        done: how much has ended, in which time, and how long the rest will take.
        best: the best value so far, and of which trial it is.
        config: of that trial.
        queued: configs of users that wait.
        running: trials in flight, with their epochs.
    """

    done: str
    best: str = ""
    config: str = ""
    queued: str = ""
    running: str = ""


def in_words(progress: Progress, metric: str, epochs: int, pictures: int = 0, over: bool = False) -> Words:
    """What there is to tell.

    Args:
        progress: what to tell.
        metric: name of the objective.
        epochs: epochs of a full trial.
        pictures: of the validation split; 0 where that is not known.
        over: nothing runs any more; what has not ended is interrupted.
    """
    left = "" if over else _rest(progress)
    search = f"{progress.search}: " if progress.search else ""
    done = f"{search}{_done(progress)}, {duration(progress.elapsed)}{left}"
    if not _is_search(progress):
        return Words(done, _best(progress, metric, pictures))
    return Words(
        done,
        _best(progress, metric, pictures),
        ", ".join(f"{name}={setting(value)}" for name, value in (progress.best_config or {}).items()),
        "" if over or not progress.queued else f"queued: {plural(progress.queued, 'config')}",
        _running(progress, epochs, over),
    )


def _is_search(progress: Progress) -> bool:
    return progress.finalists is None and progress.refitting is None


def _done(progress: Progress) -> str:
    if progress.refitting is not None:
        return _replacing(progress)
    if progress.finalists is not None:
        ended, planned = progress.finalists
        return f"{ended}/{planned} runs of the finalists ended"
    of = f"/{progress.trials}" if progress.trials else ""
    states = ", ".join(f"{count} {state.lower()}" for state, count in progress.ended.items())
    refused = f", {plural(progress.refused, 'config')} refused" if progress.refused else ""
    return f"{sum(progress.ended.values())}{of} trials ended" + (f" ({states})" if states else "") + refused


def _best(progress: Progress, metric: str, pictures: int) -> str:
    if progress.best_value is None:
        return ""
    where = "" if _is_search(progress) else " in the search"
    what = "chosen of the front:" if progress.of_front else "best"
    return f"{what} {metric}{where} {score(progress.best_value, pictures)} (trial {progress.best_trial})"


def _running(progress: Progress, epochs: int, over: bool) -> str:
    if not progress.running:
        return ""
    running = [f"{number} ({epoch}/{epochs})" for number, epoch in progress.running.items()]
    more = f" and {len(running) - _MOST_RUNNING} more" if len(running) > _MOST_RUNNING else ""
    return ("interrupted: " if over else "running: ") + ", ".join(running[:_MOST_RUNNING]) + more


def _replacing(progress: Progress) -> str:
    """What becomes of the winner's model."""
    if progress.refitting:
        return progress.making
    if progress.ensemble:
        return "the ensemble has ended"
    return "the refit has ended"


def _rest(progress: Progress) -> str:
    """How long all will still take, after a comma, or that the minutes are over and trials in flight are waited for."""
    is_late = progress.seconds is not None and progress.elapsed >= progress.seconds
    if is_late and progress.finalists is None and progress.refitting is None:
        return ", the minutes are over" + (" and the trials in flight end" if progress.running else "")
    if not progress.left:
        return ""
    late = f", {duration(progress.late)} after the minutes" if not _is_search(progress) and progress.late >= 1 else ""
    return f", about {duration(progress.left)} left{late}"
