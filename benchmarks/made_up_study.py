"""Writes a study of many trials without training any: what the report is timed on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.experiment import Experiment
from cnnsearch.study.record.lines import CURVES, PROPOSALS, TRIALS, EpochLine, Line, Proposal, State, TrialLine, Worker
from cnnsearch.study.record.record import text_of

__all__ = ["write_made_up_study"]

_START = 1_750_000_000.0
_CLASSES = tuple("0123456789")
_PICTURES = 1_000
_SPACE: dict[str, Any] = {
    "filters": {"choice": [8, 16, 32]},
    "kernel_size": {"choice": [3, 5]},
    "dense_layers": {"int": [0, 2]},
    "units": {"int": [32, 256], "log": True, "when": {"dense_layers": [1, 2]}},
    "dropout": {"float": [0.0, 0.5]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.8, 0.99], "when": {"optimizer": "sgd"}},
    "learning_rate": {"float": [1e-4, 1e-2], "log": True},
}


def write_made_up_study(folder: Path, trials: int, epochs: int, whole: float) -> None:
    """Write a study.

    Args:
        folder: made.
        trials: their number; one in twenty fails in its first epoch.
        epochs: of a whole trial.
        whole: share of the trials that get all their epochs; the others are stopped after a tenth of them.
    """
    experiment = Experiment(
        name="made up",
        space=_SPACE,
        epochs=epochs,
        scheduler={"name": "asha", "grace_epochs": max(1, epochs // 10), "reduction": 3},
        budget={"trials": trials},
    )
    folder.mkdir(parents=True)
    (folder / "experiment.yaml").write_text(experiment.to_yaml(), encoding="utf-8")
    counts = {name: _PICTURES // len(_CLASSES) for name in _CLASSES}
    dataset = {"fingerprint": "made-up", "classes": _CLASSES, "counts": {"train": counts, "validation": counts}}
    (folder / "environment.json").write_text(json.dumps({"format": 1, "dataset": dataset}), encoding="utf-8")
    rng = np.random.default_rng(0)
    proposals: list[Proposal] = []
    curves: list[EpochLine] = []
    ends: list[TrialLine] = []
    for trial in range(trials):
        state: State = "FAILED" if trial % 20 == 13 else "COMPLETED" if rng.random() < whole else "STOPPED"
        last = {"FAILED": 1, "STOPPED": max(1, epochs // 10), "COMPLETED": epochs}[state]
        config = experiment.space.sample(rng)
        proposed = _START + trial
        proposals.append(Proposal(trial=trial, config=config, seed=trial, told=trial, time=proposed))
        lines = _curve(trial, config, last, proposed, rng)
        curves += lines
        ends.append(_end(trial, config, state, lines, proposed))
    content: Mapping[str, Sequence[Line]] = {PROPOSALS: proposals, CURVES: curves, TRIALS: ends}
    for name, written in content.items():
        (folder / name).write_text("".join(text_of(line) + "\n" for line in written), encoding="utf-8")
    _write_predictions(folder, ends)


def _curve(trial: int, config: dict[str, Any], epochs: int, start: float, rng: np.random.Generator) -> list[EpochLine]:
    ceiling = 0.98 - 0.06 * (np.log10(config["learning_rate"]) + 2.6) ** 2 - 0.05 * config["dropout"]
    accuracies = 0.1 + (ceiling - 0.1) * (1 - np.exp(-0.4 * np.arange(1, epochs + 1))) + rng.normal(0, 0.005, epochs)
    return [
        EpochLine(
            trial=trial,
            epoch=epoch,
            values={
                "loss": 1.8 * (1 - accuracy),
                "accuracy": min(1.0, accuracy + 0.01),
                "val_loss": 2 * (1 - accuracy),
                "val_accuracy": accuracy,
                "val_f1": accuracy - 0.01,
            },
            learning_rate=config["learning_rate"],
            seconds=1.0,
            time=start + epoch,
        )
        for epoch, accuracy in enumerate(np.round(accuracies, 3).tolist(), start=1)
    ]


def _end(trial: int, config: dict[str, Any], state: State, lines: Sequence[EpochLine], start: float) -> TrialLine:
    best = max(lines, key=lambda line: line.values["val_accuracy"] or 0.0)
    failed = state == "FAILED"
    cost = {"parameters": 10_000 + trial, "model_bytes": 80_000 + 4 * trial, "latency_seconds": 0.001}
    return TrialLine(
        trial=trial,
        config=config,
        seed=trial,
        state=state,
        end_reason={"FAILED": "error", "STOPPED": "scheduler", "COMPLETED": "epochs"}[state],
        reason="the loss is not finite" if failed else None,
        value=None if failed else best.values["val_accuracy"],
        best_epoch=None if failed else best.epoch,
        epochs=len(lines),
        metrics={} if failed else best.values,
        cost={} if failed else {**cost, "wall_seconds": float(len(lines)), "compute_seconds": 0.9 * len(lines)},
        worker=Worker(node="laptop", pid=4000 + trial % 8),
        started=start,
        ended=start + len(lines),
    )


def _write_predictions(folder: Path, ends: Sequence[TrialLine], best: int = 10) -> None:
    ranked = sorted((end for end in ends if end.value), key=lambda end: (end.state != "COMPLETED", -end.best_value))
    (folder / "predictions").mkdir()
    labels = np.repeat(np.arange(len(_CLASSES)), _PICTURES // len(_CLASSES))
    for end in ranked[:best]:
        guessed = labels.copy()
        wrong = round((1 - end.best_value) * len(labels))
        guessed[len(labels) - wrong :] = 0
        probabilities = np.full((len(labels), len(_CLASSES)), 0.01, dtype=np.float16)
        probabilities[np.arange(len(labels)), guessed] = 0.91
        np.savez(folder / "predictions" / f"{end.trial:06d}.npz", labels=labels, probabilities=probabilities)
