"""What a scheduler is: it is told how trials do, and decides which of them go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["AUDIT", "GRACE", "Decision", "Go", "Scheduler", "SchedulerSpec", "Stop", "grace_of"]


@dataclass(frozen=True)
class Go:
    """The trial goes on."""


@dataclass(frozen=True)
class Stop:
    """The trial ends here, as STOPPED."""


Decision = Go | Stop
"""What a scheduler decides. Open: ``Pause`` comes with the first scheduler in which trials wait for each other
(Hyperband), ``Exploit`` with the first in which they take over weights (population based training). Who carries
decisions out matches every kind, so that mypy names each place that a new one must reach."""


class Scheduler(Protocol):
    """Decides on trials by their numbers; told the same in the same order, any two of a kind decide alike."""

    def decide(self, trial: int, epoch: int, score: float) -> Decision:
        """Whether a trial goes on.

        Args:
            trial: its number.
            epoch: counted from 1; after it the trial waits for this decision. Above that of the decision before.
            score: of that epoch, larger being better: the objective times its sign.
        """

    def end(self, trial: int, epoch: int, score: float | None) -> None:
        """A trial has ended: by a stop of this scheduler, by itself, or because it failed.

        Args:
            trial: its number; of trials that ended before their first decision, too.
            epoch: its last one.
            score: of that epoch; ``None`` where the trial failed.
        """


@dataclass(frozen=True)
class SchedulerSpec:
    """The declaration of a scheduler.

    Attributes:
        name: what ``scheduler:`` says.
        doc: one line of documentation.
        options: its options.
        decides: epochs after which it decides, ascending and below the epochs of a full trial, given the option values
            and these. Between two of them a worker trains without asking.
        make: a new one, given the option values and the epochs of a full trial.
    """

    name: str
    doc: str
    options: Parameters
    decides: Callable[[Mapping[str, Any], int], tuple[int, ...]]
    make: Callable[[Mapping[str, Any], int], Scheduler]


GRACE = ParameterSpec(
    "grace_epochs",
    "int",
    None,
    "epochs that every trial may run; null takes a ninth of all, at least 1",
    low=1,
    nullable=True,
)


def grace_of(options: Mapping[str, Any], epochs: int) -> int:
    """The epochs of :data:`GRACE`, for trials of so many epochs.

    A share of all leaves ASHA two rungs at its usual reduction, however long trials are; after 2 of many epochs trials
    are judged before they tell much (``benchmarks/SEARCH.md``).
    """
    grace: int | None = options["grace_epochs"]
    return max(1, round(epochs / 9)) if grace is None else grace


AUDIT = ParameterSpec(
    "audit",
    "float",
    None,
    "share of the trials it would stop that finish all the same, drawn by seed, to estimate what stopping cost",
    low=0.0,
    high=1.0,
    nullable=True,
)
"""An option of every scheduler that stops trials; :class:`~cnnsearch.search.audit.Audit` carries it out."""
