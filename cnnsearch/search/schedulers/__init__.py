"""The schedulers that an experiment may name: each one's spec and what it decides stand in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.search.schedulers.asha import ASHA
from cnnsearch.search.schedulers.hyperband import HYPERBAND
from cnnsearch.search.schedulers.lengths import mean_epochs, shares_going_on
from cnnsearch.search.schedulers.median import MEDIAN
from cnnsearch.search.schedulers.none import NONE
from cnnsearch.search.schedulers.pasha import PASHA
from cnnsearch.search.schedulers.pbt import PBT
from cnnsearch.search.schedulers.scheduler import (
    Decision,
    Exploit,
    Go,
    Pause,
    Release,
    Scheduler,
    SchedulerSpec,
    Stop,
    grace_of,
)
from cnnsearch.table import Table

__all__ = [
    "DEFAULT_SCHEDULER",
    "NONE",
    "SCHEDULERS",
    "Decision",
    "Exploit",
    "Go",
    "Pause",
    "Release",
    "Scheduler",
    "SchedulerSpec",
    "Stop",
    "grace_of",
    "judgements",
    "least_epochs",
    "make_scheduler",
    "milestones",
    "pauses",
    "shares",
    "together",
]

SCHEDULERS: Table[SchedulerSpec] = Table("scheduler")
for _spec in (NONE, ASHA, PASHA, HYPERBAND, MEDIAN, PBT):
    SCHEDULERS.add(_spec.name, _spec)

DEFAULT_SCHEDULER = ASHA.name
"""Of an experiment that names none."""


def milestones(name: str, options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    """Epochs after which the scheduler ``name`` decides, ascending and below ``epochs``."""
    spec = SCHEDULERS[name]
    return spec.decides(spec.options.filled(options), epochs)


def judgements(name: str, options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    """Those of the :func:`milestones` after which trials are held against each other to be stopped."""
    spec = SCHEDULERS[name]
    return (spec.judges or spec.decides)(spec.options.filled(options), epochs)


def least_epochs(name: str, options: Mapping[str, Any], epochs: int) -> float:
    """Mean epochs of a trial where each of the :func:`judgements` lets only its share go on."""
    return mean_epochs(name, options, epochs, judgements(name, options, epochs))


def shares(name: str, options: Mapping[str, Any], epochs: int) -> dict[int, float]:
    """Of the trials that come to each of the :func:`judgements`, the share that goes on, before any has been judged."""
    return shares_going_on(name, options, epochs, judgements(name, options, epochs))


def pauses(name: str, options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    """Those of the :func:`milestones` after which a trial may have to wait."""
    spec = SCHEDULERS[name]
    return spec.pauses(spec.options.filled(options), epochs)


def together(name: str, options: Mapping[str, Any]) -> int:
    """Trials that are trained beside each other, however few workers there are."""
    spec = SCHEDULERS[name]
    return spec.together(spec.options.filled(options))


def make_scheduler(options: Mapping[str, Any], epochs: int, objectives: int = 1) -> Scheduler:
    """The scheduler of an experiment.

    Args:
        options: ``name`` and the scheduler's options, as ``Experiment.scheduler`` has them.
        epochs: of a full trial.
        objectives: how many it judges by.
    """
    spec = SCHEDULERS[options["name"]]
    make = spec.make if objectives == 1 or spec.make_several is None else spec.make_several
    return make(spec.options.filled(options), epochs)
