"""Until which epoch a training was as good as at its best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.progress.shortening import Shortening, refits_what_lasted, shortened_in_words, with_all_epochs
from cnnsearch.study.record.lines import RefitLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.lasting import epochs_after_patience, kept_its_level, lasting_epoch, standard_error
from cnnsearch.study.winner.refit import planned_refit, refit_of
from cnnsearch.study.winner.replacement import refit_in_words


@pytest.mark.parametrize(
    ("gains", "error", "expected"),
    [
        ((0.5, 0.8, 0.79, 0.7), 0.0, 2),
        ((0.5, 0.8, 0.8, 0.7), 0.0, 2),
        ((0.5, 0.8, 0.79, 0.7), 0.02, 3),
        ((0.5, 0.8, 0.6, 0.79), 0.02, 4),
        ((0.9, 0.5, 0.4), 0.05, 1),
        ((-0.5, -0.3, None, -0.31), 0.02, 4),
        ((0.7,), 0.1, 1),
    ],
)
def test_the_last_epoch_that_was_as_good(gains: tuple[float | None, ...], error: float, expected: int) -> None:
    assert lasting_epoch(gains, error) == expected


@pytest.mark.parametrize(
    ("gains", "error", "expected"),
    [
        ((0.5, 0.74, 0.8, 0.76, 0.75), 0.02, True),  # 0.77 before, 0.755 after
        ((0.5, 0.74, 0.8, 0.75, 0.74), 0.02, False),
        ((0.5, 0.8, 0.7, 0.72), 0.02, True),  # it was rising
        ((0.5, 0.74, 0.8, 0.79, 0.8), 0.0, False),
        ((0.5, 0.74, 0.8, 0.79, None), 0.02, False),
        ((0.5, 0.8), 0.02, False),  # nothing tells what comes after
    ],
)
def test_what_patience_ended_kept_its_level_or_got_worse(
    gains: tuple[float | None, ...], error: float, expected: bool
) -> None:
    assert kept_its_level(gains, error) is expected


HEADS = ("logistic_regression", "dense")


def refitted(study: Study, epochs: int, best_epoch: int, times: int = 1) -> str:
    """What is said of a refit of trial 0 that has ended."""
    about = {"state": "COMPLETED", "value": None, "seed": 0, "ended": 9.0, "pictures": 90, "times": times}
    line = RefitLine(trial=0, run=None, epochs=epochs, planned=epochs, best_epochs=(best_epoch,), **about)  # type: ignore[arg-type]
    Record(study.store).end_refit(line)
    return refit_in_words(Study.load(study.store)) or ""


def studied(folder: Path, pictures: int, metric: str = "val_accuracy") -> Study:
    """One trial, best at its second epoch of four; ``pictures`` in the validation split."""
    counts = {"train": {"a": 10}, "validation": {"a": pictures // 2, "b": pictures - pictures // 2}}
    experiment = digits_experiment().updated({"final": "refit", "finalists": None, "objective": metric})
    described = {**environment(), "dataset": {"counts": counts}}
    return write_study(folder, experiment, [SyntheticTrial("COMPLETED", (0.5, 0.8, 0.7, 0.78))], described, 0)


def test_the_error_is_that_of_a_share_of_the_validation_pictures(tmp_path: Path) -> None:
    study = studied(tmp_path, 100)
    assert standard_error(study, 0.8) == pytest.approx(0.04)
    assert standard_error(studied(tmp_path / "none", 0), 0.8) == 0.0, "it is not known how many there are"
    mean = studied(tmp_path / "loss", 100, "val_loss")
    assert standard_error(mean, 0.8) == 0.0, "a mean of numbers that are not known here"


@pytest.mark.parametrize(("pictures", "epochs"), [(100, 4), (10_000, 2)])
def test_a_refit_takes_the_epochs_that_lasted(tmp_path: Path, pictures: int, epochs: int) -> None:
    """0.78 is within one standard error of 0.8 of a hundred pictures, and not of ten thousand."""
    study = studied(tmp_path, pictures)
    plan = planned_refit(study, study.experiment)
    assert plan is not None
    assert (plan.epochs, plan.best_epochs) == (epochs, (2,))
    told = refitted(study, epochs, 2)
    why = " (as good as the best one, epoch 2, within one standard error)" if epochs == 4 else ""
    assert f"all 90 training and validation pictures for {epochs} epochs{why}. These pictures cannot judge it" in told


def test_a_trial_that_the_minutes_ended_is_refitted_to_the_end_of_its_schedule(tmp_path: Path) -> None:
    trial = SyntheticTrial("COMPLETED", (0.5, 0.8), end_reason="budget")
    study = write_study(tmp_path, digits_experiment(final="refit"), [trial])
    plan = planned_refit(study, study.experiment)
    assert plan is not None
    assert (plan.epochs, plan.best_epochs) == (18, (2,))
    told = refitted(study, 18, 2)
    why = "18 epochs (all that there are, as the minutes ended its trial before)."
    assert why in told


@pytest.mark.parametrize(("pictures", "epochs"), [(100, 18), (10_000, 3)])
def test_a_trial_that_patience_ended_at_its_level_is_refitted_to_the_end(
    tmp_path: Path, pictures: int, epochs: int
) -> None:
    """0.76 in the mean is within one standard error of 0.795 of a hundred pictures, and not of ten thousand."""
    described = {**environment(), "dataset": {"counts": {"train": {"a": 10}, "validation": {"a": pictures}}}}
    trial = SyntheticTrial("COMPLETED", (0.5, 0.79, 0.8, 0.77, 0.75), end_reason="patience")
    study = write_study(tmp_path, digits_experiment(final="refit", finalists=None), [trial], described, 0)
    plan = planned_refit(study, study.experiment)
    assert plan is not None
    assert (plan.epochs, plan.best_epochs) == (epochs, (3,))
    told = refitted(study, epochs, 3)
    why = " (all that there are, as patience ended its training while it got no worse)"
    assert f"for {epochs} epochs{why if epochs == 18 else ''}." in told


@pytest.mark.parametrize(
    ("values", "reason", "pictures", "times"),
    [
        ((0.5, 0.7, 0.8), "epochs", 100, 3),  # the last one is the best
        ((0.5, 0.8, 0.79, 0.8), "epochs", 100, 3),
        ((0.5, 0.8, 0.79, 0.78), "patience", 100, 3),
        ((0.7, 0.8, 0.6, 0.6), "epochs", 100, 1),  # it learns by heart
        ((0.7, 0.8, 0.6, 0.6), "patience", 100, 1),
        ((0.7, 0.8, 0.6, 0.6), "budget", 100, 1),  # nothing tells how it would have gone on
        ((0.5, 0.8, 0.79), "epochs", 0, 1),  # nor here what is chance
    ],
)
def test_a_refit_is_longer_where_its_trial_kept_its_level(
    tmp_path: Path, values: tuple[float, ...], reason: str, pictures: int, times: int
) -> None:
    described = {**environment(), "dataset": {"counts": {"train": {"a": 10}, "validation": {"a": pictures}}}}
    experiment = digits_experiment(final="refit", finalists=None, refit_times=3)
    study = write_study(tmp_path, experiment, [SyntheticTrial("COMPLETED", values, end_reason=reason)], described, 0)
    plan = planned_refit(study, study.experiment)
    assert plan is not None
    assert plan.times == times
    told = refitted(study, plan.epochs, *plan.best_epochs, times=times)
    longer, as_long = (
        "each 3 times as long as those of its trial",
        "no longer than those of its trial, as it is not known",
    )
    words = longer if times == 3 else as_long
    assert words in told


def test_a_head_that_is_fitted_once_is_not_told_to_train_longer(tmp_path: Path) -> None:
    space = {"unfrozen_layers": 0, "head": {"choice": ["logistic_regression", "dense"]}}
    keys: dict[str, Any] = {"model": "transfer", "dataset": {"source": "digits"}, "start": "none"}
    experiment = Experiment(name="x", space=space, final="refit", refit_times=2, **keys)
    trials = [SyntheticTrial("COMPLETED", (0.5, 0.9 - 0.1 * n), {"head": head}) for n, head in enumerate(HEADS)]
    study = write_study(tmp_path, experiment, trials, environment(), 0)
    found = {trial: refit_of(study, experiment, trial) for trial in (0, 1)}
    assert {trial: plan and plan.times for trial, plan in found.items()} == {0: 1, 1: 2}


def test_epochs_without_end_are_left_to_patience() -> None:
    assert [epochs_after_patience(digits_experiment(), epochs) for epochs in (2, 4, 5, 18)] == [8, 16, 18, 18]


def test_a_refit_that_has_too_little_time_takes_the_epochs_that_lasted(tmp_path: Path) -> None:
    described = {**environment(), "dataset": {"counts": {"train": {"a": 10}, "validation": {"a": 100}}}}
    trial = SyntheticTrial("COMPLETED", (0.5, 0.8, 0.79, 0.78), end_reason="patience")
    study = write_study(tmp_path, digits_experiment(final="refit", finalists=None), [trial], described, 0)
    Shortening(None, None, 9.0, lasting=True).write(study.store)
    study = Study.load(tmp_path)
    plan = planned_refit(study, study.experiment)
    assert plan is not None
    assert plan.epochs == 4
    told = "budget.minutes left 9.0 s, too little to train the refit for all epochs, so it has those that its trial had"
    assert shortened_in_words(study.environment) == told
    more = with_all_epochs(study.environment)
    assert not refits_what_lasted(more)
    assert not shortened_in_words(more)
    assert with_all_epochs({"python": "3"}) == {"python": "3"}
