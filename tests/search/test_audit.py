from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.search.audit import Audit, is_audited
from cnnsearch.search.schedulers import Go, Pause, Stop, make_scheduler


class Bench:
    """A scheduler of nine epochs, and trials that run through it one after another."""

    def __init__(self, name: str, share: float | None, **options: Any) -> None:
        self.audited: dict[int, int] = {}
        scheduler = make_scheduler({"name": name, **options}, 9)
        self.scheduler = Audit(scheduler, share, 5, self.audited.__setitem__)

    def run(self, number: int, score: float) -> int:
        """After how many epochs the trial ended."""
        length = next((epoch for epoch in range(1, 9) if self.scheduler.decide(number, epoch, score) == Stop()), 9)
        self.scheduler.end(number, length, score)
        return length


OPTIONS = {
    "asha": {"grace_epochs": 2, "reduction": 2},
    "hyperband": {"grace_epochs": 2, "reduction": 2, "brackets": 1},
    "median": {"grace_epochs": 2, "min_trials": 2},
}


@pytest.mark.parametrize("name", list(OPTIONS))
def test_without_a_share_the_scheduler_decides(name: str) -> None:
    bench = Bench(name, None, **OPTIONS[name])
    assert [bench.run(number, value) for number, value in enumerate((0.5, 0.6, 0.9, 0.1, 0.95))] == [9, 9, 9, 2, 9]
    assert bench.audited == {}


@pytest.mark.parametrize("name", list(OPTIONS))
def test_an_audited_trial_finishes_and_says_where_it_would_have_been_stopped(name: str) -> None:
    bench = Bench(name, 1.0, **OPTIONS[name])
    assert [bench.run(number, value) for number, value in enumerate((0.5, 0.6, 0.9, 0.1, 0.95))] == [9, 9, 9, 9, 9]
    assert bench.audited == {3: 2}


@pytest.mark.parametrize("name", list(OPTIONS))
def test_an_audit_does_not_change_how_others_are_judged(name: str) -> None:
    values = [((7 * number) % 20) / 20 + 0.01 for number in range(40)]
    plain, audited = (Bench(name, share, **OPTIONS[name]) for share in (None, 0.4))
    lengths = [plain.run(number, value) for number, value in enumerate(values)]
    stopped = {number: length for number, length in enumerate(lengths) if length < 9}
    for number, value in enumerate(values):
        assert audited.run(number, value) == (9 if number in audited.audited else lengths[number])
    assert 0 < len(audited.audited) < len(stopped)
    assert audited.audited.items() <= stopped.items()


def test_one_that_is_stopped_where_it_waits_may_be_audited_there() -> None:
    bench = Bench("pasha", 1.0, grace_epochs=1, reduction=2)
    for number, top in enumerate((0.5, 0.6)):
        assert [bench.scheduler.decide(number, epoch, top) for epoch in (1, 2)] == [Go(), Pause()]
    bench.scheduler.close()
    assert bench.scheduler.released() == {0: Go(), 1: Go()}
    assert bench.audited == {0: 2}
    assert bench.scheduler.decide(0, 4, 0.0) == Go(), "it is judged no more"


def test_the_draw_depends_on_seed_and_trial_only() -> None:
    drawn = [is_audited(0.05, 1, trial) for trial in range(4000)]
    assert drawn == [is_audited(0.05, 1, trial) for trial in range(4000)]
    assert drawn != [is_audited(0.05, 2, trial) for trial in range(4000)]
    assert 150 < sum(drawn) < 250
    assert not any(is_audited(0.0, 1, trial) for trial in range(100))
    assert all(is_audited(1.0, 1, trial) for trial in range(100))


def test_a_scheduler_that_is_rebuilt_audits_the_same_trials() -> None:
    values = [((7 * number) % 20) / 20 + 0.01 for number in range(40)]
    first, again = Bench("asha", 0.4, **OPTIONS["asha"]), Bench("asha", 0.4, **OPTIONS["asha"])
    for number, value in enumerate(values):
        length = first.run(number, value)
        for epoch in range(1, min(length, 8) + 1):  # a trial's own end is not asked about
            again.scheduler.decide(number, epoch, value)
        again.scheduler.end(number, length, value)
    assert again.audited == first.audited != {}
