"""Our schedulers decide as Ray's own do, whatever arrives, in whatever order."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ray.tune.schedulers import AsyncHyperBandScheduler, MedianStoppingRule, TrialScheduler

from cnnsearch.search.schedulers import Decision, Go, Scheduler, Stop, milestones
from cnnsearch.search.schedulers.asha import Asha
from cnnsearch.search.schedulers.median import MedianRule


@dataclass(frozen=True)
class FakeTrial:
    """As much of Ray's trial as its schedulers read."""

    trial_id: str


class OfRay:
    """A scheduler of Ray's behind our contract, as sweeps used it before there were schedulers of our own."""

    def __init__(self, scheduler: TrialScheduler, mode: str) -> None:
        self._scheduler = scheduler
        self._scheduler.set_search_properties("objective", mode)
        self._sign = 1.0 if mode == "max" else -1.0
        self._added: set[int] = set()

    def decide(self, trial: int, epoch: int, score: float) -> Decision:
        decision = self._told(self._scheduler.on_trial_result, trial, epoch, score)
        assert decision in (TrialScheduler.CONTINUE, TrialScheduler.STOP)
        return Stop() if decision == TrialScheduler.STOP else Go()

    def end(self, trial: int, epoch: int, score: float | None) -> None:
        if score is not None:  # Ray's median rule would look for the objective of a trial that failed
            self._told(self._scheduler.on_trial_complete, trial, epoch, score)

    def _told(self, method: Callable[..., Any], trial: int, epoch: int, score: float) -> Any:
        fake = FakeTrial(str(trial))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, where a rung holds nothing but NaN
            if trial not in self._added:
                self._added.add(trial)
                self._scheduler.on_trial_add(None, fake)
            return method(None, fake, {"epoch": epoch, "objective": self._sign * score})


def asha_of_ray(grace: int, reduction: int, epochs: int, mode: str) -> OfRay:
    return OfRay(
        AsyncHyperBandScheduler(
            time_attr="epoch", max_t=epochs, grace_period=grace, reduction_factor=reduction, brackets=1
        ),
        mode,
    )


def median_of_ray(grace: int, least: int, mode: str) -> OfRay:
    # Nor does it ever pause a trial, which would start again from its first epoch.
    rule = MedianStoppingRule(
        time_attr="epoch", grace_period=grace, min_samples_required=least, min_time_slice=math.inf
    )
    return OfRay(rule, mode)


TRIALS, STEPS = 15, 150
SCORES = (0.0, 0.25, 0.5, 0.5 + 1e-9, 0.75, math.nan)
"""Some that come again and again: equal ones, near ones, and one that is no number."""

SEEDS = st.integers(0, 2**32 - 1)
MODES = st.sampled_from(["max", "min"])


def assert_alike(ours: Scheduler, theirs: Scheduler, seed: int, ahead: int, asked: Sequence[int] = ()) -> None:
    """Tell both the same, in a random order: trials report, end by themselves, fail, and end where they are stopped.

    Args:
        ours, theirs: the schedulers.
        seed: of what happens.
        ahead: epochs from one report of a trial to the next, at most.
        asked: epochs that no trial passes without a report; at the last of them it ends.
    """
    rng = np.random.default_rng(seed)
    at = dict.fromkeys(range(TRIALS), 0)
    for _ in range(STEPS):
        if not at:
            return
        trial = int(rng.choice(list(at)))
        before = at[trial]
        at[trial] = epoch = min([before + int(rng.integers(1, ahead + 1)), *(each for each in asked if each > before)])
        score = float(rng.choice(SCORES)) if rng.random() < 0.3 else float(rng.normal())
        last: float | None = score
        if rng.random() < 0.05 or epoch in asked[-1:]:
            last = score if rng.random() < 0.7 else None
        else:
            decision = ours.decide(trial, epoch, score)
            assert decision == theirs.decide(trial, epoch, score)
            if decision == Go():
                continue
        del at[trial]
        ours.end(trial, epoch, last)
        theirs.end(trial, epoch, last)


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.integers(1, 4), st.integers(2, 5), st.integers(0, 20), MODES, SEEDS)
def test_asha_decides_as_ray_does_whatever_arrives(grace: int, reduction: int, more: int, mode: str, seed: int) -> None:
    epochs = grace + more
    assert_alike(Asha(grace, reduction, epochs), asha_of_ray(grace, reduction, epochs, mode), seed, ahead=4)


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(MODES, SEEDS)
def test_asha_decides_as_ray_does_in_a_sweep_where_rays_logarithm_misses_the_last_rung(mode: str, seed: int) -> None:
    """log(243) / log(3) is 4.999...: without a rung at the end, who had skipped a lower one would be counted there."""
    rungs = milestones("asha", {"grace_epochs": 1, "reduction": 3}, 243)
    assert_alike(Asha(1, 3, 243), asha_of_ray(1, 3, 243, mode), seed, ahead=150, asked=(*rungs, 243))


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.integers(1, 4), st.integers(1, 5), MODES, SEEDS)
def test_median_decides_as_ray_does_whatever_arrives(grace: int, least: int, mode: str, seed: int) -> None:
    assert_alike(MedianRule(grace, least), median_of_ray(grace, least, mode), seed, ahead=2)


@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 10, 20, 27, 81, 100, 243, 1000])
@pytest.mark.parametrize(("grace", "reduction"), [(1, 2), (1, 3), (2, 3), (3, 4), (5, 2), (1, 10), (7, 3)])
def test_asha_has_the_rungs_of_ray(grace: int, reduction: int, epochs: int) -> None:
    declared = milestones("asha", {"grace_epochs": grace, "reduction": reduction}, epochs)
    if not declared:
        assert epochs <= grace
        return
    theirs = asha_of_ray(grace, reduction, epochs, "max")._scheduler
    assert declared == tuple(sorted(rung for rung, _ in theirs._brackets[0]._rungs if rung < epochs))
