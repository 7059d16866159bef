"""A trial that goes on from its checkpoint ends with the bits of one that nobody interrupted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.experiment import Experiment
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.result import TrialResult
from cnnsearch.training.trainer import Trainer

CASES: dict[str, dict[str, Any]] = {
    "adam, dropout, augmentation, cosine": {
        "space": {
            "dropout": 0.4,
            "random_flip": "horizontal",
            "random_translation": 0.2,
            "learning_rate_schedule": "cosine",
            "batch_size": 32,
        }
    },
    "momentum, batch normalisation, averaged weights, gradients of two batches": {
        "space": {
            "optimizer": "sgd",
            "momentum": 0.9,
            "batch_normalization": True,
            "ema_momentum": 0.8,
            "gradient_accumulation": 2,
            "warmup_epochs": 1.5,
            "oversampling": 0.5,
            "focal_gamma": 1.0,
        }
    },
    "loss scale": {"space": {"dropout": 0.2}, "resources": {"precision": "mixed_float16"}},
    "patience": {"space": {"learning_rate": 0.3, "units": 40}, "early_stopping": {"patience": 2}, "epochs": 30},
    "two phases": {
        "model": "transfer",
        "space": {"fine_tune_epochs": 2, "unfrozen_layers": "block2", "dropout": 0.3, "optimizer": "rmsprop"},
    },
}


def experiment(case: str) -> Experiment:
    return tiny.experiment(**{"epochs": 4, **CASES[case]})


def trainer(
    searched: Experiment, programs: Programs | None = None, checkpoint: Checkpoint | None = None, seed: int = 1
) -> Trainer:
    return Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, seed, programs, checkpoint=checkpoint)


def finished(made: Trainer) -> tuple[Any, ...]:
    """Everything that a trial ends with, but for times."""
    while made.end_reason is None:
        made.run_epoch()
    result: TrialResult = made.result()
    epochs = [(e.epoch, *e.values.values()) for e in made.epochs]
    variables = [variable.tobytes() for variable in tiny.state(made._program)]
    kept = [weight.tobytes() for weight in made._best.weights]
    told = (result.end_reason, result.value, result.best_epoch, result.metrics, result.features, result.notes)
    assert made.predictions is result.predictions
    judged = [(name, array.tobytes()) for name, array in made._best.judged.items()]
    return epochs, variables, kept, told, judged


@pytest.mark.slow
@pytest.mark.parametrize("case", list(CASES))
def test_goes_on_to_the_same_bits(case: str) -> None:
    searched = experiment(case)
    programs = Programs()
    whole = trainer(searched, programs)
    expected = finished(whole)
    total = len(whole.epochs)
    assert total >= 4
    for after in (1, total // 2, total - 1):
        first = trainer(searched, programs)
        for _ in range(after):
            first.run_epoch()
        checkpoint = first.checkpoint()
        assert checkpoint is not None
        content = checkpoint.to_bytes()
        first.run_epoch()  # what the worker did after it is lost, and changed the program that another trial may take
        restored = trainer(searched, programs, Checkpoint.from_bytes(content))
        assert len(restored.epochs) == after
        assert finished(restored) == expected
    # In another process nothing is there yet.
    assert finished(trainer(searched, None, Checkpoint.from_bytes(content))) == expected


def test_costs_go_on_too() -> None:
    searched = experiment("adam, dropout, augmentation, cosine")
    first = trainer(searched)
    first.run_epoch()
    before = first.result().cost
    checkpoint = first.checkpoint()
    assert before is not None
    after = trainer(searched, checkpoint=checkpoint).result().cost
    assert after is not None
    for name in ("wall_seconds", "compute_seconds", "compile_seconds", "evaluate_seconds"):
        assert after[name] >= before[name] > 0


def test_one_of_another_structure_is_left_aside() -> None:
    first = trainer(tiny.experiment({}, epochs=3))
    first.run_epoch()
    checkpoint = first.checkpoint()
    wider = tiny.experiment({"dropout": 0.2}, epochs=3)  # its generator is a variable more
    restored = trainer(wider, checkpoint=checkpoint)
    assert restored.epochs == []
    assert finished(restored) == finished(trainer(wider))


def test_before_the_first_epoch_there_is_none() -> None:
    assert trainer(tiny.experiment({})).checkpoint() is None


def test_what_cannot_be_brought_back_has_none() -> None:
    made = trainer(tiny.experiment({}))
    made.run_epoch()
    made._program.is_restorable = False
    assert made.checkpoint() is None


def test_a_torn_one_is_none() -> None:
    content = Checkpoint({"phase": 0}, {"probabilities": np.ones(3)}).to_bytes()
    whole = Checkpoint.from_bytes(content)
    assert whole is not None
    assert whole.state["phase"] == 0
    assert whole.arrays["probabilities"].tolist() == [1, 1, 1]
    for torn in (content[:-30], content[: len(content) // 2], b"", b"nonsense"):
        assert Checkpoint.from_bytes(torn) is None
