"""hyperband: brackets of asynchronous successive halving, each with another grace.

Li et al. 2018, Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization; no trial waits for the others
of its bracket, as in Li et al. 2020. Where early epochs mislead, brackets that wait longer find what the first stops.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.search.schedulers.asha import Asha, Rule, rungs_of
from cnnsearch.search.schedulers.scheduler import AUDIT, GRACE, Decision, SchedulerSpec, Unpausing, grace_of
from cnnsearch.space.specs import Parameters, ParameterSpec

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = ["HYPERBAND", "Hyperband", "graces_of", "sizes_of"]


class Hyperband(Unpausing):
    """Each trial belongs to one bracket by its number, and is judged among those of its bracket.

    Args:
        graces: epochs of the first rung of each bracket, ascending.
        reduction: epochs of a rung over those of the rung before.
        epochs: of a full trial.
        rule: of each bracket, as of :class:`Asha`.
    """

    def __init__(self, graces: tuple[int, ...], reduction: int, epochs: int, rule: Rule | None = None) -> None:
        self._brackets = [Asha(grace, reduction, epochs, rule) for grace in graces]
        self._turns = _turns(sizes_of(len(graces), reduction))

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:
        return self._of(trial).decide(trial, epoch, score, beside)

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        self._of(trial).end(trial, epoch, score, beside)

    def _of(self, trial: int) -> Asha:
        return self._brackets[self._turns[trial % len(self._turns)]]


def graces_of(options: Mapping[str, Any], epochs: int) -> tuple[int, ...]:
    """Epochs of the first rung of each bracket, ascending; those beyond the end of a trial are left out."""
    first, reduction = grace_of(options, epochs), options["reduction"]
    graces = [first * reduction**bracket for bracket in range(options["brackets"])]
    return (first, *(grace for grace in graces[1:] if grace <= epochs))


def sizes_of(brackets: int, reduction: int) -> tuple[int, ...]:
    """Trials of each bracket in a round, the first bracket first: the sooner one stops, the more it gets."""
    return tuple(math.ceil(brackets / (left + 1) * reduction**left) for left in reversed(range(brackets)))


def _turns(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The brackets of the trials of a round, each spread over it evenly: always the one that is most behind."""
    whole = sum(sizes)
    given = [0] * len(sizes)
    turns = []
    for place in range(1, whole + 1):
        behind = [size * place - whole * count for size, count in zip(sizes, given, strict=True)]
        bracket = behind.index(max(behind))
        given[bracket] += 1
        turns.append(bracket)
    return tuple(turns)


def _make_several(options: Mapping[str, Any], epochs: int) -> Hyperband:
    from cnnsearch.search.schedulers.by_fronts import by_fronts  # a study is not imported for its name

    reduction = options["reduction"]
    return Hyperband(graces_of(options, epochs), reduction, epochs, by_fronts(reduction))


HYPERBAND = SchedulerSpec(
    "hyperband",
    "asynchronous Hyperband (Li et al. 2018): brackets as asha, some of which wait longer before they stop",
    Parameters(
        GRACE,
        ParameterSpec("reduction", "int", 3, "epochs of a rung over those of the rung before", low=2, high=16),
        ParameterSpec(
            "brackets",
            "int",
            3,
            "graces that are tried beside each other, each that of the one before x reduction",
            low=1,
            high=8,
        ),
        AUDIT,
    ),
    decides=lambda options, epochs: tuple(rungs_of(grace_of(options, epochs), options["reduction"], epochs - 1)),
    make=lambda options, epochs: Hyperband(graces_of(options, epochs), options["reduction"], epochs),
    make_several=_make_several,
)
