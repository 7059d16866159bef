from __future__ import annotations

import pytest

from cnnsearch.search.decisions import Decisions
from cnnsearch.search.schedulers import Go, Stop, make_scheduler

OPTIONS = {"asha": {"grace_epochs": 1, "reduction": 2}, "median": {"grace_epochs": 1, "min_trials": 1}}


def decisions(name: str) -> Decisions:
    return Decisions(make_scheduler({"name": name, **OPTIONS[name]}, 9))


def test_an_epoch_told_again_does_not_count_twice() -> None:
    made = decisions("asha")
    for trial, score in ((0, 0.2), (1, 0.4), (2, 0.6)):
        made.decide(trial, 1, score)
    for _ in range(9):
        made.decide(2, 1, 0.6)
    assert made.decide(3, 1, 0.41) == Go(), "counted ten times, trial 2 would have raised the bar"


@pytest.mark.parametrize("name", list(OPTIONS))
def test_a_stop_holds_where_the_trial_goes_on_from_a_checkpoint_of_that_epoch(name: str) -> None:
    """The driver died before it could record the end: the next one is told of no epoch again, but of the next."""
    made = decisions(name)
    assert [made.decide(0, 1, 0.9), made.decide(1, 1, 0.1)] == [Go(), Stop()]
    assert made.decide(1, 2, 0.95) == Stop()


def test_a_stop_holds_where_the_trial_starts_again() -> None:
    made = decisions("asha")
    assert [made.decide(0, epoch, 0.9) for epoch in (1, 2)] == [Go(), Go()]
    assert [made.decide(1, epoch, score) for epoch, score in ((1, 0.95), (2, 0.1))] == [Go(), Stop()]
    assert [made.decide(1, epoch, 0.95) for epoch in (1, 2)] == [Go(), Stop()]
