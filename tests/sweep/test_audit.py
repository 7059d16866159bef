from __future__ import annotations

from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler

from cnnsearch.search.schedulers.spec import SCHEDULERS
from cnnsearch.sweep.audit import Audit, is_audited
from cnnsearch.sweep.decisions import Decisions
from cnnsearch.sweep.tune.scheduler_factories import OBJECTIVE, TIME, make_scheduler

CONTINUE, STOP = TrialScheduler.CONTINUE, TrialScheduler.STOP


class Trial:
    """As much of Ray's trial as is read."""

    def __init__(self, number: int, **config: Any) -> None:
        self.trial_id = str(number)
        self.status = "RUNNING"
        self.config = {"trial": number, **config}


class Bench:
    """A scheduler of nine epochs, and trials that run through it one after another."""

    def __init__(self, name: str, share: float | None, **options: Any) -> None:
        filled = {"name": name, **SCHEDULERS[name].options.filled(options)}
        self.audited: dict[int, int] = {}
        self.decisions = Decisions(Audit(make_scheduler(filled, 9), share, 5, self.audited.__setitem__), "max")

    def run(self, number: int, value: float, **config: Any) -> int:
        """After how many epochs the trial ended."""
        trial = Trial(number, **config)
        self.decisions.on_trial_add(None, trial)
        for epoch in range(1, 9):
            result = {TIME: epoch, OBJECTIVE: value}
            if self.decisions.on_trial_result(None, trial, result) == STOP:
                self.decisions.on_trial_complete(None, trial, result)
                return epoch
        self.decisions.on_trial_complete(None, trial, {TIME: 9, OBJECTIVE: value})
        return 9


OPTIONS = {"asha": {"grace_epochs": 2, "reduction": 2}, "median": {"grace_epochs": 2, "min_trials": 2}}


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


@pytest.mark.parametrize("name", list(SCHEDULERS))
def test_a_finalist_is_never_stopped_and_never_compared_with(name: str) -> None:
    options = OPTIONS.get(name, {})
    values = (0.5, 0.6, 0.9, 0.1, 0.95)
    alone = [Bench(name, None, **options).run(number, value) for number, value in enumerate(values)]
    bench = Bench(name, None, **options)
    assert bench.run(99, 0.99, finalist=True) == 9
    assert bench.run(98, 0.0, finalist=True) == 9
    assert [bench.run(number, value) for number, value in enumerate(values)][:1] == alone[:1]
    assert bench.run(97, 0.0, finalist=True) == 9


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
            again.decisions.judge(number, epoch, value)
        again.decisions.close(number, length, value)
    assert again.audited == first.audited != {}
