"""A trial on several seeds is what single trials on these seeds are, and is judged by their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny
from several_trainings import check_that_it_goes_on, finished

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.contract.predictions import score_of
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.lockstep.lockstep import Lockstep, seeds_of
from cnnsearch.training.lockstep.running import begun
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

OWN = "a family whose state nobody can set aside"
CASES: dict[str, dict[str, Any]] = {
    "dropout and augmentation": {
        "space": {"dropout": 0.4, "random_translation": 0.2, "batch_normalization": True, "batch_size": 50}
    },
    "two phases": {"model": "transfer", "space": {"fine_tune_epochs": 1, "unfrozen_layers": "block2", "dropout": 0.3}},
    "fitted head": {"model": "transfer", "space": {"head": "logistic_regression", "unfrozen_layers": 0}, "epochs": 1},
    OWN: {"model": "own_families:counting", "space": {}, "epochs": 2},
}
COMPILED = dict(zip(CASES, (1, 2, 0, 3), strict=True))
"""Programs for three runs: one a structure, but where a run needs its own."""
SEEDS = seeds_of(5, 3)


def repeated(searched: Experiment, programs: Programs | None = None, checkpoint: Checkpoint | None = None) -> Lockstep:
    made = begun(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 5, programs, checkpoint=checkpoint)
    assert isinstance(made, Lockstep)
    return made


def single(searched: Experiment, seed: int, programs: Programs) -> Trainer:
    return Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, seed, programs)


def test_the_first_seed_is_the_trials_own_and_the_others_follow_from_it() -> None:
    assert SEEDS[0] == 5
    assert seeds_of(5, 2) == SEEDS[:2]
    assert len({*SEEDS, *seeds_of(6, 3)}) == 6


@pytest.mark.parametrize(
    "case",
    # Two phases take the longest, and go on from a checkpoint to the same bits below.
    [pytest.param(case, marks=[pytest.mark.exhaustive] if case == "two phases" else []) for case in CASES],
)
def test_each_run_has_the_bits_of_a_trial_on_its_seed(case: str) -> None:
    searched, programs = tiny.experiment(**{**CASES[case], "repeats": 3}), Programs()
    made = finished(repeated(searched, programs))
    count = programs.compiled
    alone = [finished(single(searched.updated({"repeats": 1}), seed, programs)) for seed in SEEDS]
    for epoch, parts in zip(made.epochs, zip(*(one.epochs for one in alone), strict=True), strict=True):
        assert epoch.runs == tuple(part.values["val_accuracy"] for part in parts)
        for name in parts[0].values:
            assert epoch.values[name] == np.mean([part.values[name] for part in parts]), name
        assert epoch.seconds > 0
    assert count == COMPILED[case]
    result = made.result()
    at_best = [one.epochs[result.best_epoch - 1].values["val_accuracy"] for one in alone]
    assert result.value == np.mean(at_best) == max(epoch.values["val_accuracy"] for epoch in made.epochs)
    assert result.runs == tuple(at_best)
    # What is kept is of the run with the median value.
    assert result.metrics["val_accuracy"] == sorted(at_best)[1]
    assert at_best[SEEDS.index(result.model_seed)] == sorted(at_best)[1]
    assert score_of(result.predictions, "accuracy") == sorted(at_best)[1]
    if case == OWN:
        return  # an export begins with the state of a new layer
    told = tiny.answers(made.export(), tiny.PIXELS.x_validation)
    np.testing.assert_allclose(told, result.predictions.probabilities, atol=1e-5)


def test_early_stopping_goes_by_the_mean() -> None:
    searched = tiny.experiment(
        {"learning_rate": 0.3, "units": 40}, repeats=2, epochs=30, early_stopping={"patience": 2}
    )
    made = finished(repeated(searched))
    means = [epoch.values["val_accuracy"] for epoch in made.epochs]
    assert made.end_reason == "patience"
    assert len(means) == int(np.argmax(means)) + 3
    assert made.result().best_epoch == int(np.argmax(means)) + 1


def test_it_goes_on_from_its_checkpoint_to_the_same_bits() -> None:
    searched, programs = tiny.experiment(**{**CASES["two phases"], "repeats": 3, "epochs": 4}), Programs()
    whole = finished(repeated(searched, programs))
    for after in (1, 3):
        check_that_it_goes_on(whole, lambda left: repeated(searched, programs, left), after)


def test_a_checkpoint_of_another_number_of_runs_is_left_aside() -> None:
    searched = tiny.experiment({}, repeats=2)
    first = repeated(searched)
    first.run_epoch()
    again = repeated(searched.updated({"repeats": 3}), checkpoint=first.checkpoint())
    assert again.epochs == []
    again.run_epoch()
    assert len(again.epochs[0].runs) == 3


def test_where_one_run_diverges_the_trial_has(monkeypatch: pytest.MonkeyPatch) -> None:
    made = repeated(tiny.experiment({}, repeats=3, epochs=5))
    made.run_epoch()
    told = iter((None, "val_loss is nan at epoch 2: the training diverged", None))  # one run after the other
    monkeypatch.setattr("cnnsearch.training.trainer.not_finite", lambda *_: next(told))
    assert made.run_epoch() is None
    result = made.result()
    assert (result.state, result.end_reason, len(result.epochs)) == ("COMPLETED", "diverged", 1)
    whose = f"run 2 of 3 (seed {SEEDS[1]})"
    why = "val_loss is nan at epoch 2: the training diverged; the best epoch before counts, 1"
    assert result.reason == f"{whose}: {why}"
    assert made.checkpoint() is None
    other = repeated(tiny.experiment({}, repeats=2))
    monkeypatch.setattr("cnnsearch.training.trainer.not_finite", lambda *_: "loss is inf at epoch 1")
    with pytest.raises(TrialError, match=r"^run 1 of 2 \(seed 5\): loss is inf at epoch 1$"):
        other.run_epoch()


def test_costs_are_those_of_all_runs() -> None:
    made = finished(repeated(tiny.experiment({}, repeats=3)))
    cost, costs = made.result().cost, [run.cost for run in made._runs]
    assert cost["compute_seconds"] == sum(one["compute_seconds"] for one in costs)
    assert cost["compile_seconds"] == costs[0]["compile_seconds"]
    assert cost["parameters"] == costs[0]["parameters"]
