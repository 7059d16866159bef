"""Our schedulers decide as Ray's own do, whatever arrives, in whatever order."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
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


Step = tuple[int, int, float, bool, bool]
"""Trial, epochs until it is heard of again, its score then, whether it ends with that by itself, whether it fails."""

SCORES = st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-9, 0.75, math.nan]) | st.floats(-1e3, 1e3)
STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 4), SCORES, st.sampled_from([False] * 7 + [True]), st.booleans()),
    max_size=80,
)
MODES = st.sampled_from(["max", "min"])


def assert_alike(ours: Scheduler, theirs: Scheduler, steps: list[Step], epochs: int, asked: Sequence[int]) -> None:
    """Tell both the same, step after step.

    Args:
        ours, theirs: the schedulers.
        steps: what happens.
        epochs: with which a trial ends at the latest.
        asked: epochs that no trial passes without asking.
    """
    at: dict[int, int] = {}
    ended: set[int] = set()
    for trial, ahead, score, ends, fails in steps:
        if trial in ended:
            continue
        before = at.get(trial, 0)
        at[trial] = epoch = min([before + ahead, epochs, *(each for each in asked if each > before)])
        if ends or epoch == epochs:
            last = None if fails else score
        else:
            decision = ours.decide(trial, epoch, score)
            assert decision == theirs.decide(trial, epoch, score)
            if decision == Go():
                continue
            last = score
        ended.add(trial)
        ours.end(trial, epoch, last)
        theirs.end(trial, epoch, last)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(2, 5), st.integers(2, 30), MODES, STEPS)
def test_asha_decides_as_ray_does_whatever_arrives(
    grace: int, reduction: int, epochs: int, mode: str, steps: list[Step]
) -> None:
    assume(grace <= epochs)
    theirs = asha_of_ray(grace, reduction, epochs, mode)
    assert_alike(Asha(grace, reduction, epochs), theirs, steps, epochs, asked=())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(2, 12), MODES, STEPS)
def test_median_decides_as_ray_does_whatever_arrives(
    grace: int, least: int, epochs: int, mode: str, steps: list[Step]
) -> None:
    assert_alike(MedianRule(grace, least), median_of_ray(grace, least, mode), steps, epochs, asked=())


@settings(max_examples=20, deadline=None)
@given(MODES, STEPS)
def test_asha_decides_as_ray_does_in_a_sweep_where_rays_logarithm_misses_the_last_rung(
    mode: str, steps: list[Step]
) -> None:
    """log(243) / log(3) is 4.999...: without a rung at the end, one who had skipped a rung would be counted there."""
    far = [(trial, 40 * ahead, score, ends, fails) for trial, ahead, score, ends, fails in steps]
    rungs = milestones("asha", {"grace_epochs": 1, "reduction": 3}, 243)
    assert_alike(Asha(1, 3, 243), asha_of_ray(1, 3, 243, mode), far, 243, asked=rungs)


@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 10, 20, 27, 81, 100, 243, 1000])
@pytest.mark.parametrize(("grace", "reduction"), [(1, 2), (1, 3), (2, 3), (3, 4), (5, 2), (1, 10), (7, 3)])
def test_asha_has_the_rungs_of_ray(grace: int, reduction: int, epochs: int) -> None:
    declared = milestones("asha", {"grace_epochs": grace, "reduction": reduction}, epochs)
    if not declared:
        assert epochs <= grace
        return
    theirs = asha_of_ray(grace, reduction, epochs, "max")._scheduler
    assert declared == tuple(sorted(rung for rung, _ in theirs._brackets[0]._rungs if rung < epochs))
