"""Training a network on that has lost filters, or will lose bits: what it is compared with, and at which rate."""

from __future__ import annotations

from typing import Any

import pytest
import tiny

from cnnsearch.compression import fine_tuning
from cnnsearch.compression.fine_tuning import fine_tuned
from cnnsearch.compression.spec import Pruning, Quantization
from cnnsearch.errors import InputError
from cnnsearch.training.result import EpochResult


class ScriptedTrainer:
    """Counts what is asked of it; its model is its config."""

    def __init__(self, experiment: Any, config: dict[str, Any], *_: Any, network: Any, **__: Any) -> None:
        self.experiment, self.model, self.trouble = experiment, config, "the loss"
        self.ends = network.model
        self.epochs: list[int] = []
        self.best_epoch, self.keeps_best = 1, True

    @property
    def end_reason(self) -> str | None:
        return self.ends if len(self.epochs) == self.experiment.epochs else None

    def judge_start(self) -> EpochResult:
        assert not self.epochs
        self.best_epoch = 0
        return EpochResult(0, {}, 0.0, 0.0, 0.0)

    def run_epoch(self) -> EpochResult:
        self.epochs.append(len(self.epochs) + 1)
        return EpochResult(self.epochs[-1], {}, 0.0, 0.0, 0.0)

    def export(self) -> dict[str, Any]:
        return self.model


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    monkeypatch.setattr(fine_tuning, "Trainer", ScriptedTrainer)
    searched = tiny.experiment({"learning_rate": 0.02}, early_stopping={"patience": 1})
    return searched, tiny.filled(searched), tiny.PIXELS


def test_the_network_as_it_is_counts_before_the_first_epoch(given: tuple[Any, ...]) -> None:
    seen: list[int] = []
    tuned = fine_tuned("epochs", *given, Quantization("qat", epochs=2), 0, lambda epoch: seen.append(epoch.epoch))  # type: ignore[arg-type]
    assert (seen, tuned.best_epoch) == ([0, 1, 2], 0)
    assert tuned.model["learning_rate"] == pytest.approx(0.002)  # type: ignore[index]


def test_one_that_is_changed_before_each_epoch_has_no_such_start(given: tuple[Any, ...]) -> None:
    seen: list[int] = []
    way = Pruning(0.5, epochs=2, structured=False)
    tuned = fine_tuned("epochs", *given, way, 0, lambda epoch: seen.append(epoch.epoch), lambda *_: True)  # type: ignore[arg-type]
    assert (seen, tuned.best_epoch) == ([1, 2], 1)


def test_a_training_that_diverges_is_an_error_whatever_the_start_was(given: tuple[Any, ...]) -> None:
    with pytest.raises(InputError, match=r"--quantize: training the network on diverged: the loss; .*--learning-rate"):
        fine_tuned("diverged", *given, Quantization("qat", epochs=1), 0)  # type: ignore[arg-type]
