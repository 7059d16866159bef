"""What a scheduler is: it is told how trials do, and decides which of them go on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cnnsearch.space.specs import Parameters, ParameterSpec

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = [
    "AUDIT",
    "GRACE",
    "Decision",
    "Exploit",
    "Go",
    "Pause",
    "Release",
    "Scheduler",
    "SchedulerSpec",
    "Stop",
    "Unpausing",
    "grace_of",
]


@dataclass(frozen=True)
class Go:
    """The trial goes on."""


@dataclass(frozen=True)
class Stop:
    """The trial ends here, as STOPPED."""


@dataclass(frozen=True)
class Pause:
    """The trial waits where it is, and holds no worker, until the scheduler releases it."""


Decision = Go | Stop | Pause
"""What becomes of a trial that reports. Who carries decisions out matches every kind, so that mypy names each place
that a new one must reach."""


@dataclass(frozen=True)
class Exploit:
    """The trial goes on with weights and optimizer of another one, and with that one's config, mutated.

    Attributes:
        source: the other's number; it waits too, after as many epochs.
    """

    source: int


Release = Go | Stop | Exploit
"""What becomes of a trial that waited."""


class Scheduler(Protocol):
    """Decides on trials by their numbers; told the same in the same order, any two of a kind decide alike."""

    def begin(self, trial: int, kin: Hashable) -> None:
        """A trial was proposed.

        Args:
            trial: its number, above those before.
            kin: the same for trials of which one may take over the weights of the other.
        """

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:
        """Whether a trial goes on.

        Args:
            trial: its number.
            epoch: counted from 1; after it the trial waits for this decision. Above that of the decision before.
            score: of that epoch, larger being better: the objective times its sign.
            beside: what its model costs where that is an objective too, more being better; -inf: not known.
        """

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        """A trial has ended: by a stop of this scheduler, by itself, or because it failed.

        Args:
            trial: its number; of trials that ended before their first decision, too.
            epoch: its last one.
            score: of that epoch; ``None`` where the trial failed.
            beside: as of :meth:`decide`.
        """

    def released(self) -> Mapping[int, Release]:
        """The trials that need wait no longer, each told once; asked after every decision and every end."""

    def close(self) -> None:
        """Of those who wait now some must be released: no other trial will come, and none runs, or time is short.

        May be told again.
        """


class Unpausing:
    """What schedulers have in common that let no trial wait, and to which trials are scores alone."""

    def begin(self, trial: int, kin: Hashable) -> None:
        pass

    def released(self) -> Mapping[int, Release]:
        return {}

    def close(self) -> None:
        pass


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
        judges: epochs after which trials are held against each other to be stopped, where it decides at others for
            other reasons, as to see the curve; given the same. ``None``: all after which it decides.
        pauses: those after which a trial may have to wait: its worker leaves a checkpoint there before it reports.
        together: trials that are trained beside each other, however few workers there are, given the option values.
        make_several: as ``make``, of several objectives; ``None``: it knows one only.
    """

    name: str
    doc: str
    options: Parameters
    decides: Callable[[Mapping[str, Any], int], tuple[int, ...]]
    make: Callable[[Mapping[str, Any], int], Scheduler]
    judges: Callable[[Mapping[str, Any], int], tuple[int, ...]] | None = None
    pauses: Callable[[Mapping[str, Any], int], tuple[int, ...]] = lambda _options, _epochs: ()
    together: Callable[[Mapping[str, Any]], int] = lambda _options: 1
    make_several: Callable[[Mapping[str, Any], int], Scheduler] | None = None


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
