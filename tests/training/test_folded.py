"""A trial on folds is what single trainings on the pictures of each fold are, and is judged by their mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
from several_trainings import check_that_it_goes_on, finished

from cnnsearch.data.folds import Fold, Folds
from cnnsearch.data.split import folded as folded_split
from cnnsearch.data.stages import Pixels
from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.feeds.fold_feed import FoldFeed
from cnnsearch.training.lockstep.lockstep import Lockstep, seeds_of
from cnnsearch.training.lockstep.running import begun
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer
from cnnsearch.training.trial import TrialData, run_trial

X, Y = tiny.pictures(159, 0)
POOL = Pixels(X, Y, X[:1], Y[:1], tuple("abcde"), folded=True)
FOLDS = Folds(3, 1, 0, Y)
TWICE = replace(FOLDS, repeats=2)
FOLDED = {"evaluation": {"folds": 3}}

CASES: dict[str, dict[str, Any]] = {
    "dropout and augmentation": {  # batches of one size: augmentation is compiled anew for each
        "space": {"dropout": 0.4, "random_translation": 0.2, "class_weights": "balanced", "batch_size": 53}
    },
    "two phases": {"model": "transfer", "space": {"fine_tune_epochs": 1, "unfrozen_layers": "block2", "dropout": 0.3}},
    "fitted head": {"model": "transfer", "space": {"head": "logistic_regression", "unfrozen_layers": 0}, "epochs": 1},
    "cached variants": {
        "model": "transfer",
        "space": {"unfrozen_layers": 0, "random_translation": 0.2},
        "augmentation": {"cached_variants": 2},
    },
}
COMPILED = dict(zip(CASES, (1, 2, 0, 1), strict=True))
"""Programs for all folds: one a structure."""


def folded(
    searched: Experiment,
    folds: tuple[Fold, ...] = FOLDS.of_trials,
    programs: Programs | None = None,
    checkpoint: Checkpoint | None = None,
) -> Lockstep:
    given = (searched, tiny.filled(searched), POOL, tiny.SCALING, 5, programs)
    made = begun(*given, checkpoint=checkpoint, folds=folds)
    assert isinstance(made, Lockstep)
    return made


def alone(searched: Experiment, programs: Programs, fold: Fold, seed: int) -> Trainer:
    """A training on the pictures of a fold that knows of no others."""
    pixels = Pixels(X[fold.train], Y[fold.train], X[fold.validation], Y[fold.validation], POOL.names)
    return Trainer(searched, tiny.filled(searched), pixels, tiny.SCALING, seed, programs)


@pytest.mark.parametrize("case", CASES)
def test_each_fold_has_the_numbers_of_a_training_on_its_pictures(case: str) -> None:
    searched, programs = tiny.experiment(**{**CASES[case], **FOLDED}), Programs()
    made = finished(folded(searched, programs=programs))
    assert programs.compiled == COMPILED[case]
    other, runs = Programs(), list(zip(FOLDS.of_trials, seeds_of(5, 3), strict=True))
    if case == "cached variants":
        runs = []  # which pictures are moved how follows from their places among all
    singles = [finished(alone(searched, other, *each)) for each in runs]
    exact = case == "dropout and augmentation"  # features are computed in batches of all pictures, and differ by 1e-6
    for epoch, parts in zip(
        made.epochs if singles else (), zip(*(one.epochs for one in singles), strict=True), strict=True
    ):
        np.testing.assert_allclose(epoch.folds, [part.values["val_accuracy"] for part in parts], atol=0)
        for name in parts[0].values:
            mean = np.mean([part.values[name] for part in parts])
            np.testing.assert_allclose(epoch.values[name], mean, rtol=0 if exact else 1e-4, err_msg=name)
    result = made.result()
    assert result.value == np.mean(result.folds) == result.metrics["val_accuracy"]
    assert result.value == max(epoch.values["val_accuracy"] for epoch in made.epochs)
    assert result.runs == ()
    # Each picture is told of by the training that did not see it.
    assert result.predictions.labels.tolist() == Y.tolist()
    right = result.predictions.decided == Y
    shares = [right[fold.validation].mean() for fold in FOLDS.of_trials]
    np.testing.assert_allclose(shares, result.folds, rtol=1e-12)
    np.testing.assert_array_equal(result.predictions.confusion, replace(result.predictions, counted=None).confusion)
    # The model is that of the fold with the median value.
    median = list(seeds_of(5, 3)).index(result.model_seed)
    assert result.folds[median] == sorted(result.folds)[1]
    told = tiny.answers(made.export(), X[FOLDS.of_trials[median].validation])
    np.testing.assert_allclose(told, result.predictions.probabilities[FOLDS.of_trials[median].validation], atol=1e-5)


def test_several_partitions_and_early_stopping_go_by_the_mean_of_all() -> None:
    searched = tiny.experiment(
        {"learning_rate": 0.3, "units": 40},
        evaluation={"folds": 3, "repeats": 2},
        epochs=30,
        early_stopping={"patience": 2},
    )
    made = finished(folded(searched, TWICE.of_trials))
    means = [epoch.values["val_accuracy"] for epoch in made.epochs]
    assert means == [np.mean(epoch.folds) for epoch in made.epochs]
    assert {len(epoch.folds) for epoch in made.epochs} == {6}
    assert made.end_reason == "patience"
    assert len(means) == int(np.argmax(means)) + 3
    # Predictions are of one partition, the worse of two.
    result = made.result()
    halves = [np.mean(result.folds[:3]), np.mean(result.folds[3:])]
    first = 3 * int(np.argmin(halves))
    right = result.predictions.decided == Y
    shares = [right[fold.validation].mean() for fold in TWICE.of_trials[first : first + 3]]
    np.testing.assert_allclose(shares, result.folds[first : first + 3], rtol=1e-12)


def test_it_goes_on_from_its_checkpoint_to_the_same_bits() -> None:
    searched, programs = tiny.experiment(**{**CASES["two phases"], **FOLDED}), Programs()
    whole = finished(folded(searched, programs=programs))
    check_that_it_goes_on(whole, lambda left: folded(searched, programs=programs, checkpoint=left), after=1)


def test_a_checkpoint_of_another_number_of_folds_is_left_aside() -> None:
    searched = tiny.experiment({}, **FOLDED)
    first = folded(searched)
    first.run_epoch()
    again = folded(searched, TWICE.of_trials, checkpoint=first.checkpoint())
    assert again.epochs == []


def test_where_one_fold_diverges_the_trial_has(monkeypatch: pytest.MonkeyPatch) -> None:
    made = folded(tiny.experiment({}, **FOLDED, epochs=5))
    made.run_epoch()
    told = iter((None, "val_loss is nan at epoch 2: the training diverged", None))  # one fold after the other
    monkeypatch.setattr("cnnsearch.training.trainer.not_finite", lambda *_: next(told))
    assert made.run_epoch() is None
    result = made.result()
    assert (result.state, result.end_reason, len(result.epochs)) == ("COMPLETED", "diverged", 1)
    assert result.reason.startswith(f"fold 2 of 3 (seed {seeds_of(5, 3)[1]}): val_loss is nan at epoch 2")


def test_what_is_set_aside_of_many_must_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([2**40, 1000])
    monkeypatch.setattr("cnnsearch.training.checks.memory.free_bytes", lambda: next(free))
    with pytest.raises(TrialError, match=r"weights and optimizer of 2 other folds need 0\.0 GB beside those at work"):
        folded(tiny.experiment({}, **FOLDED))


@pytest.mark.parametrize("copied", [True, False])
def test_a_fold_is_fed_with_its_own_pictures_whatever_is_copied(copied: bool) -> None:
    feed = Feed(POOL, copied)
    fold = FOLDS.of_trials[1]
    fed, own = FoldFeed(feed, fold), Feed(Pixels(X[fold.train], Y[fold.train], X[:1], Y[:1], POOL.names))
    assert (fed.count, fed.is_copied) == (len(fold.train), copied)
    np.testing.assert_array_equal(X[fed.rows(3, 4)], X[fold.train][own.rows(3, 4)])
    pieces = [(np.asarray(x), np.asarray(y)) for x, y in fed.validation()]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in pieces]), X[fold.validation])
    np.testing.assert_array_equal(np.concatenate([y for _, y in pieces]), Y[fold.validation])


def test_whoever_asks_for_folds_must_bring_them(digits: TrialData) -> None:
    split = folded_split(digits.dataset, digits.split, 3, 1, 0)
    with pytest.raises(InputError, match="and the split has no folds"):
        run_trial(tiny.experiment({}, **FOLDED), {}, digits)
    with pytest.raises(InputError, match="and the experiment has no folds"):
        run_trial(tiny.experiment({}), {}, TrialData(digits.dataset, split))


def test_weights_of_pictures_are_relative_to_those_that_a_fold_trains_on() -> None:
    """As in a training of these alone, whatever the order and the variants in which the features lie."""
    weighted = replace(POOL, w_train=np.arange(len(Y)).astype(float))
    searched = tiny.experiment(**{**FOLDED, **CASES["cached variants"], "epochs": 1})
    made = begun(searched, tiny.filled(searched), weighted, tiny.SCALING, 5, folds=FOLDS.of_trials)
    assert isinstance(made, Lockstep)
    run = made._runs[1]
    told: list[Any] = []
    run._program.train_epoch = lambda pieces, *_, weights: told.append((list(pieces), weights)) or (0.0, 0.0)  # type: ignore[method-assign]
    run._train_next()
    ((piece,), weights) = told[0]
    expected = piece[2] % len(Y)
    assert set(expected) == set(FOLDS.of_trials[1].train)
    np.testing.assert_allclose(weights, expected / FOLDS.of_trials[1].train.mean(), rtol=1e-6)
