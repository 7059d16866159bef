"""The grace of a scheduler, in training steps."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import change_problems
from cnnsearch.experiment.grace import STEPS, grace_in_words, with_grace
from cnnsearch.search.continuing import resolved_after


def experiment(**keys: Any) -> Experiment:
    return Experiment(**{"name": "x", "space": {"units": 2}, "epochs": 20, **keys})


@pytest.mark.parametrize(
    ("batch_size", "pictures", "grace"),
    [
        (None, 500, 7),  # 64 a batch, the default: 8 steps an epoch
        (32, 1000, None),  # 32 steps: two epochs, which are a ninth anyway
        (32, 800, None),
        (32, 799, None),  # 25 steps
        (32, 768, 3),  # 24
        ({"choice": [16, 128]}, 1000, 7),  # 8 steps of the larger batches
        ({"int": [16, 128]}, 1000, 7),
        (64, 64, 20),  # one step an epoch
        (64, 10, 20),
    ],
)
def test_so_many_epochs_hold_fifty_steps(batch_size: Any, pictures: int, grace: int | None) -> None:
    space = {"units": 2, **({} if batch_size is None else {"batch_size": batch_size})}
    for name in ("asha", "pasha", "hyperband", "median"):
        given = experiment(space=space, scheduler=name)
        assert with_grace(given, pictures).scheduler == {**given.scheduler, "grace_epochs": grace}
    assert STEPS == 50


def test_passes_are_steps_too() -> None:
    assert with_grace(experiment(passes=2), 500).scheduler["grace_epochs"] == 4
    assert with_grace(experiment(passes="auto"), 500).scheduler["grace_epochs"] is None  # 4 passes


def test_what_was_written_stays() -> None:
    for given in (experiment(scheduler={"name": "asha", "grace_epochs": 1}), experiment(scheduler="none")):
        assert with_grace(given, 10) == given
        assert grace_in_words(given, with_grace(given, 10)) == ""


@pytest.mark.parametrize("grace", [20, 25])
def test_a_grace_that_is_all_of_a_trial_is_told(grace: int) -> None:
    """As it is where trials were made shorter to fit the minutes."""
    given = experiment(scheduler={"name": "asha", "grace_epochs": grace})
    told = f"no trial is stopped early: {grace} is no less than the 20 epochs of a trial"
    assert grace_in_words(given, with_grace(given, 10)) == told


def test_it_is_told() -> None:
    given = experiment()
    assert grace_in_words(given, with_grace(given, 500)) == (
        "no trial is stopped before it has trained for 7 epochs, a ninth of all being 2: its first 50 steps tell too "
        "little"
    )
    assert grace_in_words(given, with_grace(given, 64)) == (
        "no trial is stopped early: each may take 50 training steps before it is judged, and these do not end "
        "before the last of its 20 epochs; more passes an epoch, or smaller batches, mend that"
    )
    assert grace_in_words(given, with_grace(given, 60_000)) == ""


def test_a_file_that_names_none_goes_on_with_what_was_counted() -> None:
    file = experiment(start="none")
    begun = with_grace(file, 500)

    def gone_on(**keys: Any) -> list[str]:
        new = resolved_after(file.updated(keys), begun, lambda _: pytest.fail("it learns from no study"))
        return [problem.where for problem in change_problems(begun, new, [])]

    assert gone_on() == []
    assert gone_on(scheduler={"name": "asha", "grace_epochs": 3}) == ["scheduler"]
    assert gone_on(scheduler="median") == ["scheduler"]
