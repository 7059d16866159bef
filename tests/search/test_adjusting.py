"""A search whose minutes hold no whole trial: what its trials are changed to, and that one then ends in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.pace import Pace
from cnnsearch.search.adjusting import adjusted
from cnnsearch.search.simulation import Simulation
from cnnsearch.study import Study
from cnnsearch.study.progress.adjustment import Adjustment
from cnnsearch.study.progress.after_search import report_seconds
from cnnsearch.study.store import LocalStore

EPOCHS = 12
SPACE = {"learning_rate": {"float": [1e-4, 1e-2], "log": True}}
REFIT = 0.8 / 0.6
"""Pictures of a refit over those of a trial."""


def experiment_of(minutes: float = 5.0, **keys: Any) -> Experiment:
    budget = {"minutes": minutes, "all": True}
    return Experiment(name="short", **{"space": SPACE, "epochs": EPOCHS, "final": "refit", "budget": budget, **keys})


def at_once_measured() -> float:
    """Seconds of the minutes that are over before the first trial."""
    return 0.0


def shared(epoch: float, alone: float = 0.0) -> Callable[[int], Pace]:
    """An epoch's seconds on one thread, of which those ``alone`` are no shorter on more."""
    return lambda threads: Pace(threads, 0.0, alone + (epoch - alone) / threads)


def changes(epoch: float, most: int = 2, alone: float = 0.0, **keys: Any) -> tuple[int, int]:
    """Threads and epochs of trials whose epochs take so long on one thread."""
    found, adjustment = adjusted(experiment_of(**keys), shared(epoch, alone), most, at_once_measured)
    assert (adjustment is None) == ((found.resources.cpus, found.epochs) == (1, EPOCHS))
    return found.resources.cpus, found.epochs


@pytest.mark.parametrize(
    ("epoch", "final", "expected"),
    [
        (9.0, "refit", (1, 12)),  # 108 s and 144 s of the refit, and a margin
        (10.0, "refit", (2, 12)),  # 120 s and 160 s: on one thread there is no room
        (18.0, "refit", (2, 12)),
        (20.0, "refit", (2, 10)),  # 10 epochs of 10 s and a refit with 13.3: no fewer steps than 12 without one
        (28.0, "refit", (2, 12)),  # less than 9 epochs would leave room for the refit: it is left out
        (60.0, "refit", (2, 8)),  # nothing but one trial of 240 s and its margin
        (6000.0, "refit", (2, 1)),
        (20.0, "keep", (1, 12)),
        (25.0, "keep", (2, 12)),
        (20.0, "ensemble", (1, 12)),
    ],
)
def test_more_threads_come_before_fewer_epochs(epoch: float, final: str, expected: tuple[int, int]) -> None:
    finalists = {"top": 2, "seeds": 2} if final == "ensemble" else None
    assert changes(epoch, final=final, finalists=finalists) == expected


def test_what_measuring_took_is_over() -> None:
    """The first look leaves room for all, the second one, after another measurement, for five epochs less."""
    experiment = experiment_of(final="keep")
    assert adjusted(experiment, shared(20.0), 1, lambda: 0.0)[0].epochs == EPOCHS
    spent = iter([50.0, 100.0])
    found, _ = adjusted(experiment, shared(21.0, alone=21.0), 2, lambda: next(spent))
    report = report_seconds(experiment, 1)
    assert 1.15 * 21 * found.epochs <= 300 - 100 - 2 - report < 1.15 * 21 * (found.epochs + 1)


@pytest.mark.parametrize(("spent", "tried"), [(149.0, [1, 2]), (151.0, [1])])
def test_when_half_of_the_minutes_are_over_no_more_is_measured(spent: float, tried: list[int]) -> None:
    measured: list[int] = []

    def pace_on(threads: int) -> Pace:
        measured.append(threads)
        return shared(60.0)(threads)

    found, adjustment = adjusted(experiment_of(), pace_on, 2, lambda: spent)
    assert adjustment is not None
    assert (measured, found.resources.cpus) == (tried, tried[-1])


def test_a_refit_starts_no_process() -> None:
    """Both end within the five minutes with one start of 100 s, and would not with two."""
    assert adjusted(experiment_of(), lambda threads: Pace(threads, 100.0, 5.0), 1, at_once_measured)[1] is None


@pytest.mark.parametrize(("most", "expected"), [(1, 1), (3, 3), (4, 4), (6, 4), (16, 4)])
def test_no_more_threads_than_are_needed(most: int, expected: int) -> None:
    """On four threads a trial takes 102 s; more are worth more trials at once."""
    assert changes(34.0, most)[0] == expected


@pytest.mark.parametrize(("at_once", "expected"), [(None, None), (2, 1), (3, 1), (4, 2)])
def test_more_threads_a_trial_are_no_more_of_all_together(at_once: int | None, expected: int | None) -> None:
    found, _ = adjusted(experiment_of(resources={"max_concurrent": at_once}), shared(10.0), 2, at_once_measured)
    assert (found.resources.cpus, found.resources.max_concurrent) == (2, expected)


def test_threads_that_do_not_help_are_left_to_other_trials() -> None:
    assert changes(60.0, most=16, alone=58.0) == (1, 4)


@given(
    epoch=st.floats(0.01, 500),
    alone=st.floats(0, 1),
    startup=st.floats(0, 20),
    most=st.integers(1, 64),
    minutes=st.floats(1, 60),
    final=st.sampled_from(["keep", "refit"]),
)
def test_one_trial_ends_in_time_if_it_can(
    epoch: float, alone: float, startup: float, most: int, minutes: float, final: str
) -> None:
    def pace_on(threads: int) -> Pace:
        return Pace(threads, startup, epoch * (alone + (1 - alone) / threads))

    before = experiment_of(minutes, final=final)
    after, adjustment = adjusted(before, pace_on, most, at_once_measured)
    pace = pace_on(after.resources.cpus)
    assert 1 <= after.epochs <= EPOCHS
    assert 1 <= after.resources.cpus <= most
    assert 1.14 * pace.seconds(after.epochs) <= 60 * minutes or after.epochs == 1
    if adjustment is None:
        assert after is before
    elif adjustment.refit:
        assert after.epochs * REFIT >= EPOCHS, "no fewer steps than without a refit"
        assert pace.seconds(after.epochs) + REFIT * after.epochs * pace.epoch <= 60 * minutes, "it starts no process"


def test_a_warm_up_must_keep_its_place() -> None:
    space = {**SPACE, "warmup_epochs": {"float": [0.0, 4.0]}}
    assert changes(60.0, space=space) == (2, 8)
    with pytest.raises(InputError, match=r"space\.warmup_epochs: must be less than the 4 epochs"):
        changes(120.0, space=space)


def test_what_was_changed_is_told() -> None:
    told = []
    for epoch in (10.0, 20.0, 60.0):
        _, adjustment = adjusted(experiment_of(), shared(epoch), 2, at_once_measured)
        assert adjustment is not None
        assert isinstance(adjustment, Adjustment)
        told.append(adjustment.text)
    assert told == [
        "one trial of 12 epochs would take about 2 min 0 s on 1 thread, and budget.minutes is 5: trials train on 2 "
        "threads, so that fewer train at once: about 1 min 0 s each",
        "one trial of 12 epochs would take about 4 min 0 s on 1 thread, and budget.minutes is 5: trials train on 2 "
        "threads, so that fewer train at once and for 10 epochs, so that the refit has room too: about 1 min 40 s each",
        "one trial of 12 epochs would take about 12 min 0 s on 1 thread, and budget.minutes is 5: trials train on 2 "
        "threads, so that fewer train at once and for 8 epochs, so that their schedules end in time: about 4 min 0 s "
        "each",
    ]


@pytest.mark.parametrize(("epoch", "refits"), [(5.0, True), (12.0, True), (20.0, True), (30.0, False), (90.0, False)])
def test_the_recommended_config_is_trained_to_its_end(tmp_path: Path, epoch: float, refits: bool) -> None:
    """Whatever an epoch takes. The refit begins early enough for the minutes to hold it, or it is left out."""
    every = {"scheduler": "median"}  # reports after every epoch, as a worker does whose epochs are long
    after, _ = adjusted(experiment_of(**every), shared(epoch), 2, at_once_measured)
    threads = after.resources.cpus
    simulation = Simulation(
        LocalStore(tmp_path),
        after,
        lambda _: [0.05 * (1 + number) for number in range(EPOCHS)],
        workers=2 // threads,
        seconds=lambda _: epoch / threads,
    )
    simulation.run()
    study = Study.load(tmp_path)
    first = study.records[0]
    assert (first.trial, first.epochs, first.end_reason) == (0, after.epochs, "epochs")
    left = simulation.search.seconds_left
    assert left >= -epoch, "it ends with the minutes"
    assert (simulation.search.forecast.networks(left) > 0) is refits
    if refits:
        assert left >= 0.9 * epoch / threads * after.epochs * REFIT, "trials in flight report some epochs later"
