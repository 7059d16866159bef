from __future__ import annotations

from typing import Any

import pytest
from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, MedianStoppingRule, TrialScheduler

from cnnsearch.search.schedulers.spec import SCHEDULERS, milestones
from cnnsearch.sweep.tune.scheduler_factories import OBJECTIVE, SCHEDULER_FACTORIES, TIME, make_scheduler


class Trial:
    """As much of Ray's trial as a scheduler reads."""

    def __init__(self, number: int) -> None:
        self.trial_id = str(number)
        self.status = "RUNNING"


class Controller:
    """As much of Ray's controller as a scheduler reads; others wait to be started."""

    def __init__(self) -> None:
        self.waiting = Trial(99)
        self.waiting.status = "PENDING"

    def get_live_trials(self) -> list[Trial]:
        return [self.waiting]


def options(name: str, **given: Any) -> dict[str, Any]:
    return {"name": name, **SCHEDULERS[name].options.filled(given)}


def scheduler(name: str, epochs: int = 9, **given: Any) -> TrialScheduler:
    made = make_scheduler(options(name, **given), epochs)
    made.set_search_properties(OBJECTIVE, "max")
    return made


def play(made: TrialScheduler, *curves: tuple[float, ...], epochs: int = 9) -> list[int]:
    """Run the curves one after another, reporting each epoch; returns after how many epochs each trial ended."""
    controller = Controller()
    lengths = []
    for number, curve in enumerate(curves):
        trial = Trial(number)
        made.on_trial_add(controller, trial)
        for epoch, value in enumerate(curve, 1):
            result = {TIME: epoch, OBJECTIVE: value}
            if epoch == epochs:
                made.on_trial_complete(controller, trial, result)
            elif (decision := made.on_trial_result(controller, trial, result)) != TrialScheduler.CONTINUE:
                assert decision == TrialScheduler.STOP, "a paused trial would start again"
                break
        lengths.append(epoch)
    return lengths


def test_every_declared_scheduler_is_made() -> None:
    assert set(SCHEDULER_FACTORIES) == set(SCHEDULERS)
    for name in SCHEDULERS:
        assert isinstance(scheduler(name), TrialScheduler)


@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 10, 20, 27, 81, 100, 243, 1000])
@pytest.mark.parametrize(("grace", "reduction"), [(1, 2), (1, 3), (2, 3), (3, 4), (5, 2), (1, 10), (7, 3)])
def test_milestones_are_the_rungs_of_asha(grace: int, reduction: int, epochs: int) -> None:
    given = options("asha", grace_epochs=grace, reduction=reduction)
    declared = milestones("asha", given, epochs)
    made = make_scheduler(given, epochs)
    if not declared:
        assert epochs <= grace
        assert type(made) is FIFOScheduler
        return
    assert isinstance(made, AsyncHyperBandScheduler)
    (bracket,) = made._brackets
    assert declared == tuple(sorted(rung for rung, _ in bracket._rungs if rung < epochs))


def test_median_decides_after_every_epoch_from_grace_on() -> None:
    assert milestones("median", {"grace_epochs": 3}, 6) == (3, 4, 5)
    assert isinstance(make_scheduler(options("median"), 6), MedianStoppingRule)
    assert type(make_scheduler(options("median", grace_epochs=6), 6)) is FIFOScheduler


def test_none_stops_nothing() -> None:
    assert milestones("none", {}, 100) == ()
    assert play(scheduler("none"), (0.9,) * 9, (0.1,) * 9) == [9, 9]


def test_asha_stops_the_weak_at_its_rungs() -> None:
    curves = [(0.5,) * 9, (0.6,) * 9, (0.4,) * 9, (0.9,) * 9, (0.1,) * 9]
    assert play(scheduler("asha", grace_epochs=2, reduction=2), *curves) == [9, 9, 2, 9, 2]


def test_asha_compares_at_equal_epochs() -> None:
    """A trial that is slow at first and good later passes where it stands among the best at its rung."""
    slow = (0.1, 0.2, 0.3, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9)
    assert play(scheduler("asha", grace_epochs=2, reduction=2), slow, (0.1,) * 9, slow) == [9, 2, 9]


def test_median_stops_what_stays_below_the_others() -> None:
    curves = [(0.5,) * 9, (0.6,) * 9, (0.7,) * 9, (0.2,) * 9, (0.65,) * 9]
    assert play(scheduler("median", grace_epochs=2, min_trials=3), *curves) == [9, 9, 9, 2, 9]


@pytest.mark.parametrize("name", list(SCHEDULERS))
@pytest.mark.parametrize("failed_at", [0, 1, 5])
def test_a_failed_trial_has_no_objective_and_disturbs_nothing(name: str, failed_at: int) -> None:
    made = scheduler(name, **({"grace_epochs": 1} if SCHEDULERS[name].options else {}))
    controller, failed = Controller(), Trial(50)
    made.on_trial_add(controller, failed)
    for epoch in range(1, failed_at):
        made.on_trial_result(controller, failed, {TIME: epoch, OBJECTIVE: 0.1})
    made.on_trial_complete(controller, failed, {TIME: failed_at})
    assert play(made, (0.5,) * 9, (0.6,) * 9, (0.7,) * 9, (0.9,) * 9)[-1] == 9
