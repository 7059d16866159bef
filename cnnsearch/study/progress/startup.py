"""How the time to the first finished epoch of a study divides."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["startup_in_words", "startup_of"]

_WORDS = {
    "ray": "Ray",
    "data": "data",
    "pace": "measuring how long a trial takes",
    "worker": "worker",
    "tensorflow": "TensorFlow",
    "stages": "preprocessing",
    "compile": "compiling",
    "epoch": "the epoch",
}


def startup_of(study: Study) -> dict[str, float]:
    """Seconds of each phase, in order, from the call of ``run`` to the end of the first epoch that any trial finished.

    Where drivers before had come to no trial, from the call of the one that did.

    Phases: ``ray`` (started or joined), ``data`` (loaded and split), ``pace`` (of a trial, where it was measured),
    ``worker`` (Tune proposes a trial and starts a process for it), ``tensorflow`` (what was left of its import),
    ``stages`` (preprocessed data fetched), ``compile`` (the program built and traced), ``epoch`` (the first one;
    TensorFlow optimises the program in it).
    Empty where the study does not tell.
    """
    timed = [(line.time, line) for line in study.epochs if line.time is not None]
    if not timed:
        return {}
    time, epoch = min(timed, key=lambda one: one[0])
    known = _known(study.environment, time)
    if not {"began", "ray_seconds", "data_seconds"} <= set(known):
        return {}
    worker = next((record.worker for record in study.records if record.trial == epoch.trial), None)
    startup = worker and worker.startup
    if not startup or startup.set_up is None or startup.imported is None or startup.fed is None:
        return {}
    reached = known["began"] + known["ray_seconds"]
    moments = (
        known["began"],
        reached,
        reached + known["data_seconds"],
        reached + known["data_seconds"] + known.get("pace_seconds", 0.0),
        startup.set_up,
        startup.imported,
        startup.fed,
        time - epoch.seconds,
        time,
    )
    phases = {name: max(0.0, end - start) for name, (start, end) in zip(_WORDS, pairwise(moments), strict=True)}
    return {name: round(seconds, 3) for name, seconds in phases.items() if name != "pace" or seconds}


def _known(environment: Mapping[str, Any], time: float) -> Mapping[str, Any]:
    """What the driver that was at work at a time did at its beginning."""
    found: Mapping[str, Any] = environment.get("startup") or {}
    for session in environment.get("resumed", ()):
        startup = session.get("startup") or {}
        found = startup if startup.get("began", time) < time else found
    return found


def startup_in_words(startup: Mapping[str, float]) -> str:
    """``7.9 s to the first epoch: Ray 2.6, data 0.9, ...``; empty where nothing is known."""
    parts = ", ".join(f"{_WORDS[name]} {seconds:.1f}" for name, seconds in startup.items())
    return f"{sum(startup.values()):.1f} s to the first epoch: {parts}" if startup else ""
