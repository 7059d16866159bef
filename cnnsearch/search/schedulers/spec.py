"""The schedulers that an experiment may name, with their options and how many epochs may run unasked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.table import Table

__all__ = ["SCHEDULERS", "SchedulerSpec", "milestones"]


@dataclass(frozen=True)
class SchedulerSpec:
    """The declaration of a scheduler.

    Attributes:
        name: what ``scheduler:`` says.
        doc: one line of documentation.
        options: its options.
        decides: epochs after which it decides, given the option values and the epochs of a full trial. Between two
            of them a worker trains without asking.
    """

    name: str
    doc: str
    options: Parameters
    decides: Callable[[Mapping[str, Any], int], tuple[int, ...]]


def milestones(name: str, options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    """Epochs after which the scheduler ``name`` decides, ascending and below ``epochs``."""
    spec = SCHEDULERS[name]
    return spec.decides(spec.options.filled(options), epochs)


def _asha_rungs(options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    rungs = []
    rung = options["grace_epochs"]
    while rung < epochs:
        rungs.append(rung)
        rung *= options["reduction"]
    return tuple(rungs)


def _every_epoch(options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    return tuple(range(options["grace_epochs"], epochs))


def _never(options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:  # noqa: ARG001 - the signature of decides
    return ()


_GRACE = ParameterSpec("grace_epochs", "int", 2, "epochs that every trial may run", low=1)

_AUDIT = ParameterSpec(
    "audit",
    "float",
    None,
    "share of the trials it would stop that finish all the same, drawn by seed, to estimate what stopping cost",
    low=0.0,
    high=1.0,
    nullable=True,
)

SCHEDULERS: Table[SchedulerSpec] = Table("scheduler")

SCHEDULERS.add("none", SchedulerSpec("none", "every trial runs all its epochs", Parameters(), _never))
SCHEDULERS.add(
    "asha",
    SchedulerSpec(
        "asha",
        "asynchronous successive halving (Li et al. 2020): at each rung the best 1/reduction go on",
        Parameters(
            _GRACE,
            ParameterSpec("reduction", "int", 3, "epochs of a rung over those of the rung before", low=2, high=16),
            _AUDIT,
        ),
        _asha_rungs,
    ),
)
SCHEDULERS.add(
    "median",
    SchedulerSpec(
        "median",
        "median stopping rule (Golovin et al. 2017): stops below the median of the running averages of the others",
        Parameters(
            _GRACE,
            ParameterSpec("min_trials", "int", 3, "trials to compare with before any is stopped", low=1),
            _AUDIT,
        ),
        _every_epoch,
    ),
)
