"""What was asked of a sweep from outside, and what became of it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnnsearch.numbers import plural
from cnnsearch.study.record.lines import RequestLine

__all__ = ["NESTED_BUDGET", "in_words", "with_trials"]

NESTED_BUDGET = "all searches of nested cross-validation have the same budget"
"""Why that of one is not extended."""

_TAKEN: Mapping[str, str] = {
    "queue": "queued",
    "stop-trial": "it stops at its next report",
    "stop": "it ends",
    "extend": "the budget has them",
}


def in_words(line: RequestLine) -> str:
    """A request and its answer, as who watches the sweep is told of it."""
    what = {
        "queue": "a config to run next",
        "stop-trial": f"trial {line.trial} to be stopped",
        "stop": "the sweep to end",
        "extend": f"{line.trials} trials in all",
    }[line.what]
    but = "" if line.configs is None else f", but the search has no more than {plural(line.configs, 'config')}"
    answer = f"refused: {line.refused}" if line.refused is not None else f"{_TAKEN[line.what]}{but}"
    return f"asked from {line.host}: {what}; {answer}"


def with_trials(lines: Iterable[RequestLine], trials: Mapping[str, int]) -> list[str]:
    """Requests in words, configs with what became of them: request -> trial, as far as they have been proposed."""
    found = []
    for line in lines:
        became = ""
        if line.what == "queue" and line.refused is None:
            became = f": trial {trials[line.request]}" if line.request in trials else ", not yet run"
        found.append(in_words(line) + became)
    return found
