"""pasha: ASHA whose highest rung rises only while the best trials still change places there.

Bohdal et al. 2023, PASHA: Efficient HPO and NAS with Progressive Resource Allocation (ICLR). There, trials wait at
each rung to be promoted. Here, as in our ``asha``, a trial that comes to a rung goes on at once or is stopped; waiting
is for the present highest rung alone, which is the second one at first. Who comes there, and would go on, waits. With
each arrival two rankings of all that came there are compared: the one there, and the one at the rung below. Where they
differ by more than noise, the next rung becomes the highest one, and of those that wait the best ``1 / reduction`` of
all that came go on; the others are stopped. When no other trial is to come and none runs, or the minutes hold no more
than one training, nothing is left to be saved: the end of a full trial becomes the highest rung, and the best go on as
with ``asha``, so that there is a trial that was trained in full.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.search.schedulers.asha import Asha, rungs_of
from cnnsearch.search.schedulers.scheduler import (
    AUDIT,
    GRACE,
    Decision,
    Go,
    Pause,
    Release,
    SchedulerSpec,
    Stop,
    grace_of,
)
from cnnsearch.space.specs import Parameters, ParameterSpec

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = ["PASHA", "Pasha", "is_stable", "noise_of"]

_COMPARED = 32
"""Trials of which pairs are looked at for the noise, the last to come: these are 496 pairs, and of all there would be
millions in a long search."""

_PERCENTILE = 90
"""Of the distances between trials that noise alone tells apart (section 4.3 of the paper)."""


class Pasha:
    """Lets trials wait at the highest rung until the rankings there say that more epochs are worth their time.

    Args:
        grace: epochs of the first rung.
        reduction: epochs of a rung over those of the rung before.
        epochs: of a full trial.
    """

    def __init__(self, grace: int, reduction: int, epochs: int) -> None:
        self._halving = Asha(grace, reduction, epochs)
        self._rungs = rungs_of(grace, reduction, epochs - 1)
        self._highest = 1  # position among the rungs; beyond the last one it is the end of a full trial
        self._curves: dict[int, dict[int, float]] = {}
        self._arrived: list[int] = []
        self._waiting: list[int] = []
        self._released: dict[int, Release] = {}

    def begin(self, trial: int, kin: Hashable) -> None:
        pass

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:  # noqa: ARG002
        self._curves.setdefault(trial, {})[epoch] = score
        decision = self._halving.decide(trial, epoch, score)
        if epoch != self._top:
            return decision
        self._arrived.append(trial)  # to be compared, also where it is stopped
        if not self._is_settled():
            self._raise(self._highest + 1)
        elif decision == Go():
            self._waiting.append(trial)
            return Pause()
        return decision

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:  # noqa: ARG002
        self._halving.end(trial, epoch, score)
        if trial in self._waiting:
            self._waiting.remove(trial)
        if trial not in self._arrived:
            self._curves.pop(trial, None)

    def released(self) -> Mapping[int, Release]:
        found, self._released = self._released, {}
        return found

    def close(self) -> None:
        self._raise(len(self._rungs))

    @property
    def _top(self) -> int | None:
        """Epochs of the highest rung; ``None``: it is the end of a full trial."""
        return self._rungs[self._highest] if self._highest < len(self._rungs) else None

    def _raise(self, highest: int) -> None:
        """Let another rung be the highest: at the present one nobody waits any more."""
        top = self._top
        if top is not None:
            # The best first: where minutes end the search there is no time for all of them.
            for trial in sorted(self._waiting, key=lambda trial: -self._curves[trial][top]):
                self._released[trial] = Go() if self._halving.stays(trial, top) else Stop()
        self._waiting, self._arrived = [], []
        self._highest = highest

    def _is_settled(self) -> bool:
        """Whether those that came to the highest rung are ranked there as they were at the rung below."""
        below, top = self._rungs[self._highest - 1], self._rungs[self._highest]
        curves = [self._curves[trial] for trial in self._arrived if below in self._curves[trial]]
        epochs = range(self._rungs[0], top + 1)
        seen = [[curve.get(epoch, math.nan) for epoch in epochs] for curve in curves[-_COMPARED:]]
        noise = noise_of(np.array(seen)) if len(seen) > 1 else 0.0
        return is_stable([curve[below] for curve in curves], [curve[top] for curve in curves], noise)


def is_stable(below: Sequence[float], above: Sequence[float], noise: float) -> bool:
    """Whether two rankings of the same trials agree, up to what noise alone tells apart (soft ranking).

    Args:
        below, above: the score of each trial at the lower and at the higher rung.
        noise: difference of two scores at the lower rung that means nothing.
    """
    ranked = sorted(below, reverse=True)
    order = sorted(range(len(above)), key=lambda place: -above[place])  # of equal ones the first to come first
    return all(abs(below[trial] - there) <= noise for trial, there in zip(order, ranked, strict=True))


def noise_of(curves: np.ndarray) -> float:
    """How far trials lie apart that change places and change back: the curves of such a pair differ by noise alone.

    Args:
        curves: score of each trial after each epoch, ``(trials, epochs)``; NaN: not known.

    Returns:
        The 90th percentile of their distances in the last epoch; 0 where there is no such pair.
    """
    distances = []
    for first, second in itertools.combinations(curves, 2):
        gap = first - second
        signs = np.sign(gap[np.isfinite(gap) & (gap != 0)])
        if np.count_nonzero(signs[1:] != signs[:-1]) >= 2 and math.isfinite(gap[-1]):
            distances.append(abs(float(gap[-1])))
    return float(np.percentile(distances, _PERCENTILE)) if distances else 0.0


PASHA = SchedulerSpec(
    "pasha",
    "progressive asha (Bohdal et al. 2023): trials wait at a highest rung, which rises while the best change places",
    Parameters(
        GRACE,
        ParameterSpec("reduction", "int", 3, "epochs of a rung over those of the rung before", low=2, high=16),
        AUDIT,
    ),
    decides=lambda options, epochs: tuple(range(grace_of(options, epochs), epochs)),
    make=lambda options, epochs: Pasha(grace_of(options, epochs), options["reduction"], epochs),
    judges=lambda options, epochs: tuple(rungs_of(grace_of(options, epochs), options["reduction"], epochs - 1)),
    pauses=lambda options, epochs: tuple(rungs_of(grace_of(options, epochs), options["reduction"], epochs - 1)[1:]),
)
