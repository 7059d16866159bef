from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.search.schedulers import SCHEDULERS, Scheduler, Stop, make_scheduler


def scheduler(name: str, epochs: int = 9, **options: Any) -> Scheduler:
    return make_scheduler({"name": name, **options}, epochs)


def play(made: Scheduler, *curves: tuple[float, ...], epochs: int = 9) -> list[int]:
    """Run the curves one after another, asking after each epoch; after how many epochs each trial ended.

    One that must wait does not.
    """
    lengths = []
    for number, curve in enumerate(curves):
        made.begin(number, "kin")
        for epoch, score in enumerate(curve, 1):
            if epoch == epochs or made.decide(number, epoch, score) == Stop():
                break
        made.end(number, epoch, score)
        lengths.append(epoch)
    return lengths


def test_a_name_twice_is_rejected_and_an_unknown_one_answered_with_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="scheduler 'asha' is registered twice"):
        SCHEDULERS.add("asha", SCHEDULERS["asha"])
    with pytest.raises(InputError, match=r"unknown scheduler.*valid: none, asha, pasha, hyperband, median, pbt"):
        SCHEDULERS.find("freeze-thaw", "scheduler")


def test_each_has_the_name_that_it_is_found_by() -> None:
    assert {name: spec.name for name, spec in SCHEDULERS.items()} == {name: name for name in SCHEDULERS}


def test_none_stops_nothing() -> None:
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
def test_within_the_grace_every_trial_goes_on(name: str) -> None:
    made = scheduler(name, **({"grace_epochs": 9} if "grace_epochs" in SCHEDULERS[name].options else {}))
    assert play(made, (0.9,) * 9, (0.8,) * 9, (0.7,) * 9, (0.1,) * 9) == [9, 9, 9, 9]


@pytest.mark.parametrize("name", list(SCHEDULERS))
@pytest.mark.parametrize("failed_at", [0, 1, 5])
def test_a_failed_trial_has_no_score_and_disturbs_nothing(name: str, failed_at: int) -> None:
    made = scheduler(name, **({"grace_epochs": 1} if "grace_epochs" in SCHEDULERS[name].options else {}))
    made.begin(50, "kin")
    for epoch in range(1, failed_at):
        assert made.decide(50, epoch, 0.1) != Stop()
    made.end(50, failed_at, None)
    assert play(made, (0.5,) * 9, (0.6,) * 9, (0.7,) * 9, (0.9,) * 9)[-1] == 9
