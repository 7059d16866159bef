"""pbt: population based training (Jaderberg et al. 2017, Population Based Training of Neural Networks).

Every ``interval`` epochs the members of a population wait for each other; then the worst of them take over weights and
optimizer of the best, and go on with the runtime parameters of those, mutated. The paper's members do not wait; here
they do, so that there may be fewer workers than members, and decisions depend on neither workers nor their speed.

Weights fit one architecture only: members are compared with, and take over from, those that differ from them in nothing
but what may be mutated. Trials beyond the first population are others, one after the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.search.schedulers.scheduler import Decision, Exploit, Go, Pause, Release, SchedulerSpec
from cnnsearch.space.specs import Parameters, ParameterSpec

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = ["PBT", "Pbt", "interval_of"]

_DRAW = 0x9B7
"""Tells these draws from others that are made of a trial's number."""


@dataclass
class _Member:
    """A trial of a population.

    Attributes:
        kin: what it shares with those whose weights fit it.
        epoch: at which it met, or waits to meet, the others; 0: it has not come so far.
        score: there.
        waits: for the others.
    """

    kin: Hashable
    epoch: int = 0
    score: float = 0.0
    waits: bool = False


@dataclass
class _Population:
    """Trials that wait for each other; those that have ended are none of them any more.

    Attributes:
        begun: trials that it has ever had.
        closed: whether no other one belongs to it.
    """

    members: dict[int, _Member] = field(default_factory=dict)
    begun: int = 0
    closed: bool = False


class Pbt:
    """Lets trials meet, and those that did badly take over from others.

    Args:
        size: trials of a population.
        interval: epochs from one meeting to the next.
        quantile: share of the worst, which take over, and of the best, from which they do.
    """

    def __init__(self, size: int, interval: int, quantile: float) -> None:
        self._size = size
        self._interval = interval
        self._quantile = quantile
        self._of: dict[int, _Population] = {}
        self._open = _Population()
        self._all = [self._open]
        self._released: dict[int, Release] = {}

    def begin(self, trial: int, kin: Hashable) -> None:
        if self._open.closed:
            self._open = _Population()
            self._all.append(self._open)
        population = self._of[trial] = self._open
        population.members[trial] = _Member(kin)
        population.begun += 1
        population.closed = population.begun >= self._size

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:  # noqa: ARG002
        if epoch % self._interval:
            return Go()
        member = self._of[trial].members[trial]
        member.epoch, member.score, member.waits = epoch, score, True
        self._meet(self._of[trial])
        if self._released.get(trial) == Go() and not self._is_source(trial):
            del self._released[trial]
            return Go()  # the last one to come: it waits for nobody, and nobody for what it has
        return Pause()

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:  # noqa: ARG002
        population = self._of.pop(trial)
        del population.members[trial]
        self._meet(population)

    def released(self) -> Mapping[int, Release]:
        found, self._released = self._released, {}
        return found

    def close(self) -> None:
        self._open.closed = True
        for population in self._all:
            self._meet(population)

    def _meet(self, population: _Population) -> None:
        """Let those who wait go on if all that live have come as far as the first of them."""
        waiting = {trial: member for trial, member in population.members.items() if member.waits}
        epoch = min((member.epoch for member in waiting.values()), default=None)
        if epoch is None or not population.closed or any(each.epoch < epoch for each in population.members.values()):
            return
        here = {trial: member for trial, member in sorted(waiting.items()) if member.epoch == epoch}
        for member in here.values():
            member.waits = False
        self._released |= {trial: Go() for trial in here}
        for kin in dict.fromkeys(member.kin for member in here.values()):
            self._exploit({trial: member.score for trial, member in here.items() if member.kin == kin}, epoch)

    def _is_source(self, trial: int) -> bool:
        """Whether another one takes over from it: until that is done, it must have no more epochs than it has now."""
        return any(isinstance(each, Exploit) and each.source == trial for each in self._released.values())

    def _exploit(self, scores: Mapping[int, float], epoch: int) -> None:
        """Let the worst of some trials that are alike take over from the best."""
        ranked = sorted(scores, key=lambda trial: (-scores[trial], trial))
        count = max(1, int(self._quantile * len(ranked))) if len(ranked) > 1 else 0
        for trial in ranked[len(ranked) - count :]:
            source = ranked[int(np.random.default_rng((_DRAW, trial, epoch)).integers(count))]
            if scores[source] > scores[trial]:
                self._released[trial] = Exploit(source)


def interval_of(options: Mapping[str, Any], epochs: int) -> int:
    """Epochs from one meeting to the next."""
    interval: int | None = options["interval"]
    return max(1, round(epochs / 10)) if interval is None else interval


def _meetings(options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    interval = interval_of(options, epochs)
    return tuple(range(interval, epochs, interval))


PBT = SchedulerSpec(
    "pbt",
    "population based training (Jaderberg et al. 2017): the worst take over weights of the best, and mutate parameters",
    Parameters(
        ParameterSpec("population", "int", 8, "trials that are trained beside each other", low=2, high=10_000),
        ParameterSpec(
            "interval",
            "int",
            None,
            "epochs after which they are compared, again and again; null takes a tenth of all, at least 1",
            low=1,
            nullable=True,
        ),
        ParameterSpec(
            "quantile",
            "float",
            0.25,
            "share of the worst, which take over from as many of the best; one at least",
            low=0.01,
            high=0.5,
        ),
        ParameterSpec(
            "factor", "float", 1.2, "by which a parameter is multiplied or divided when it mutates", low=1.0, high=10.0
        ),
        ParameterSpec("resample", "float", 0.25, "chance of a parameter to be drawn anew instead", low=0.0, high=1.0),
    ),
    decides=_meetings,
    make=lambda options, epochs: Pbt(options["population"], interval_of(options, epochs), options["quantile"]),
    judges=lambda _options, _epochs: (),
    pauses=_meetings,
    together=lambda options: options["population"],
)
