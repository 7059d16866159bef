"""Writes study folders whose every number is known, without training anything.

A trial is given by its validation accuracies, one an epoch. From an accuracy ``a`` follow the other numbers of the
epoch: ``val_loss = 2 (1 - a)``, ``val_f1 = a - 0.01``, ``loss = 1.8 (1 - a)``, ``accuracy = a + 0.01`` (at most 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.record.lines import EpochLine, FinalistLine, Proposal, ReadingLine, TrialLine, Worker
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.finalists import fresh_seeds

START = 1_750_000_000.0
"""Unix seconds of the first proposal of every synthetic study."""


@dataclass(frozen=True)
class SyntheticTrial:
    """One trial as it shall stand in the record.

    Attributes:
        state: ``COMPLETED``, ``STOPPED``, ``FAILED`` or ``INTERRUPTED`` (proposed, never ended).
        accuracies: validation accuracy after each epoch; ``None`` stands for a loss that was not finite.
        config: point of the space; ``None`` draws one from the space with the trial's number as seed.
        reason: why it failed.
        proposed: seconds from the start of the study; ``None`` is ten for each trial before it.
        epoch_seconds: length of one epoch.
        end_reason: ``None`` is what the state says: epochs, scheduler or error.
        cost: replaces single entries of the cost.
        notes: what it told about its config.
        features: names of the stages that it trained on.
        audited: epoch after which it would have been stopped but for the audit.
        worker: replaces single entries of its worker.
        origin: where its config comes from; ``None``: a sampler.
    """

    state: str
    accuracies: Sequence[float | None] = ()
    config: Mapping[str, Any] | None = None
    reason: str | None = None
    proposed: float | None = None
    epoch_seconds: float = 2.0
    end_reason: str | None = None
    cost: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    features: Sequence[str] = ()
    audited: int | None = None
    worker: Mapping[str, Any] = field(default_factory=dict)
    origin: str | None = None


def digits_experiment(**keys: Any) -> Experiment:
    """An experiment with every kind of parameter, two of them conditional; ``keys`` replace its own."""
    defaults: dict[str, Any] = {
        "name": "digits cnn",
        "space": {
            "filters": {"choice": [8, 16, 32]},
            "kernel_size": {"choice": [3, 5]},
            "dense_layers": {"int": [0, 2]},
            "units": {"int": [32, 256], "log": True, "when": {"dense_layers": [1, 2]}},
            "dropout": {"float": [0.0, 0.5]},
            "optimizer": {"choice": ["adam", "sgd"]},
            "momentum": {"float": [0.8, 0.99], "when": {"optimizer": "sgd"}},
            "learning_rate": {"float": [1e-4, 1e-2], "log": True},
            "batch_size": 64,
        },
        "epochs": 18,
        "scheduler": {"name": "asha", "grace_epochs": 2, "reduction": 3},
        "budget": {"trials": 40},
        "seed": 7,
    }
    return Experiment(**{**defaults, **keys})


def environment(classes: Sequence[str] = tuple("0123456789"), validation: int = 360, **dataset: Any) -> dict[str, Any]:
    """The content of ``environment.json``; ``dataset`` replaces entries of its data set."""
    share, rest = divmod(validation, len(classes))
    counts = {name: share + (index < rest) for index, name in enumerate(classes)}
    return {
        "format": 1,
        "started": "2025-06-15T15:06:40+00:00",
        "command": ["cnnsearch", "run", "search_spaces/digits_cnn.yaml"],
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
        "python": "3.11.2",
        "packages": {"cnnsearch": "0.1.0", "tensorflow": "2.21.0", "keras": "3.15.0", "ray": None},
        "platform": "Linux-6.1.0-x86_64-with-glibc2.36",
        "host": "laptop",
        "cpus": 2,
        "memory_bytes": 8_000_000_000,
        "dataset": {
            "fingerprint": "5f1d7a9c0b3e4d21",
            "classes": list(classes),
            "counts": {
                "train": {name: 3 * count for name, count in counts.items()},
                "validation": counts,
                "test": dict(counts),
            },
            "unreadable": [],
            "shape": [8, 8],
            "channels": 1,
            "dtype": "uint8",
            **dataset,
        },
    }


def write_study(
    folder: Path,
    experiment: Experiment | None = None,
    trials: Sequence[SyntheticTrial] | int = 12,
    described: Mapping[str, Any] | None = None,
    predictions: int | Sequence[int] = 1,
) -> Study:
    """Write a study folder and load it.

    Args:
        folder: made if it is not there.
        experiment: left out, :func:`digits_experiment`.
        trials: the trials, or how many :func:`asha_trials` to make up.
        described: content of ``environment.json``; left out, :func:`environment`.
        predictions: for how many of the best trials, or for which trials, predictions are kept. Those of a trial are
            right in as many cases as its accuracy says, and the last ones are taken for the next class.
    """
    experiment = experiment or digits_experiment()
    described = environment() if described is None else described
    if isinstance(trials, int):
        trials = asha_trials(experiment, trials)
    store = LocalStore(folder)
    store.write("experiment.yaml", experiment.to_yaml())
    store.write_json("environment.json", described)
    record = Record(store)
    for number, trial in enumerate(trials):
        _write_trial(record, experiment, number, trial)
    study = Study.load(folder)
    kept = [line.trial for line in study.ranked[:predictions]] if isinstance(predictions, int) else predictions
    for number in kept:
        accuracy = next(line.metrics["val_accuracy"] for line in study.records if line.trial == number)
        _write_predictions(folder, number, accuracy, described["dataset"])
    return Study.load(folder)


def write_finalists(
    folder: Path, values: Mapping[int, Sequence[float | str | None]], errors: str = "nested", test: float | None = None
) -> Study:
    """Write runs of finalists into a study that asks for them, and load it.

    Args:
        folder: of the study.
        values: trial -> validation accuracy of each of its runs, ``failed``, or ``None`` for one that has not ended.
        errors: ``nested``: the last pictures are wrong, as many as the accuracy says, so that a better run is right
            wherever a worse one is; ``none``: no predictions are kept.
        test: accuracy of the winner's model on a test split of 100 pictures; ``None``: it was not read.
    """
    study = Study.load(folder)
    record = Record(LocalStore(folder))
    described = study.environment["dataset"]
    for run, seed in enumerate(fresh_seeds(study.experiment.seed, max(map(len, values.values())))):
        for trial, of in values.items():
            value = of[run] if run < len(of) else None
            if value is None:
                continue
            line: dict[str, Any] = {"state": "FAILED", "reason": "it broke", "value": None}
            if isinstance(value, float):
                metrics = _best_metrics(_metrics(value, study.experiment.objective.metric))
                line = {"state": "COMPLETED", "value": metrics[study.experiment.objective.metric], "metrics": metrics}
                line |= {"best_epoch": 1, "epochs": 1, "cost": {"compute_seconds": 4.5}}
            started = START + 10_000.0 + 10 * run
            line |= {"worker": Worker(node="laptop", pid=4000), "started": started, "ended": started + 5.0}
            record.end_finalist(FinalistLine(trial=trial, run=run, seed=seed, **line))
            if isinstance(value, float) and errors == "nested":
                _write_predictions(folder, trial, value, described, run)
    study = Study.load(folder)
    if test is not None and study.best is not None:
        metrics = {"accuracy": test, "loss": 0.1, "precision": test, "recall": test, "f1": test}
        whose = {"trial": study.best.trial, "run": study.best.run}
        record.read_test(ReadingLine(**whose, by="finalists", time=START, count=100, metrics=metrics))
    return Study.load(folder)


def asha_trials(experiment: Experiment, count: int, seed: int = 0, workers: int = 2) -> list[SyntheticTrial]:
    """Trials as successive halving leaves them: most stopped at a rung, some completed, one in twenty failed.

    The accuracy depends on the config: mostly on the learning rate, some on the filters and the dropout.
    """
    rng = np.random.default_rng(seed)
    free = [0.0] * workers
    made: list[SyntheticTrial] = []
    reached: dict[int, list[float]] = {}
    for number in range(count):
        config = experiment.space.sample(rng)
        curve = _accuracies(config, experiment.epochs, rng)
        state, epochs = "COMPLETED", experiment.epochs
        for rung in (2, 6):
            rivals = reached.setdefault(rung, [])
            rivals.append(max(curve[:rung]))
            if len(rivals) >= 3 and max(curve[:rung]) < np.quantile(rivals, 0.6):
                state, epochs = "STOPPED", rung
                break
        reason = None
        if number % 20 == 13:
            state, epochs = "FAILED", 1
            reason = "ResourceExhaustedError: OOM when allocating tensor with shape[64,32,28,28] and type float"
        worker = int(np.argmin(free))
        seconds = 0.6 + float(rng.random())
        made.append(SyntheticTrial(state, curve[:epochs], config, reason, free[worker], seconds))
        free[worker] += 2.0 + epochs * seconds
    for number in range(count - workers, count) if count >= 10 else ():
        trial = made[number]
        made[number] = SyntheticTrial("INTERRUPTED", trial.accuracies[:2], trial.config, None, trial.proposed)
    return made


def _accuracies(config: Mapping[str, Any], epochs: int, rng: np.random.Generator) -> list[float]:
    rate = abs(np.log10(config.get("learning_rate", 1e-3)) + 2.6)
    ceiling = 0.985 - 0.06 * rate**2 - 0.02 * (config.get("filters", 32) == 8) - 0.05 * config.get("dropout", 0.0) ** 2
    ceiling -= 0.08 * (config.get("optimizer") == "sgd")
    pace = 0.25 + 0.5 * max(0.0, 1 - rate)
    steps = np.arange(1, epochs + 1)
    noise = rng.normal(0, 0.006, epochs)
    curve = 0.1 + (ceiling - 0.1) * (1 - np.exp(-pace * steps)) + noise
    return [round(float(min(max(value, 0.05), 0.995)), 4) for value in curve]


def _metrics(accuracy: float | None, objective: str) -> dict[str, float | None]:
    """An objective that is none of these is what the accuracy is."""
    if accuracy is None:
        return dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "val_f1", objective))
    return {
        objective: accuracy,
        "loss": round(1.8 * (1 - accuracy), 6),
        "accuracy": min(1.0, round(accuracy + 0.01, 6)),
        "val_loss": round(2 * (1 - accuracy), 6),
        "val_accuracy": accuracy,
        "val_f1": max(0.0, round(accuracy - 0.01, 6)),
    }


def _write_trial(record: Record, experiment: Experiment, number: int, trial: SyntheticTrial) -> None:
    config = dict(trial.config) if trial.config is not None else _drawn(experiment, number)
    proposed = START + (10.0 * number if trial.proposed is None else trial.proposed)
    seed = 1000 + number
    told = max(0, number - 1)
    record.propose(Proposal(trial=number, config=config, seed=seed, told=told, time=proposed, origin=trial.origin))
    started = proposed + 1.0
    epochs = [
        EpochLine(
            trial=number,
            epoch=epoch,
            values=_metrics(accuracy, experiment.objective.metric),
            learning_rate=config.get("learning_rate", 1e-3),
            seconds=trial.epoch_seconds,
            time=started + epoch * trial.epoch_seconds,
        )
        for epoch, accuracy in enumerate(trial.accuracies, start=1)
    ]
    if epochs:
        record.epochs(epochs)
    if trial.state == "INTERRUPTED":
        return
    sign = experiment.objective.sign
    metric = experiment.objective.metric
    valued = [line for line in epochs if line.values["val_accuracy"] is not None]
    best = None
    if valued and trial.state != "FAILED":
        best = max(valued, key=lambda line: (sign * line.values[metric], -line.epoch))
    seconds = trial.epoch_seconds * len(trial.accuracies)
    end_reasons = {"COMPLETED": "epochs", "STOPPED": "scheduler", "FAILED": "error"}
    record.end(
        TrialLine(
            trial=number,
            state=trial.state,
            end_reason=trial.end_reason or end_reasons[trial.state],
            reason=trial.reason,
            value=best.values[metric] if best else None,
            best_epoch=best.epoch if best else None,
            epochs=len(trial.accuracies),
            metrics=_best_metrics(best.values) if best else {},
            cost=_cost(config, seconds, trial) if best else {},
            config=config,
            seed=seed,
            worker=Worker(**{"node": "laptop", "pid": 4000 + number % 2, **trial.worker}),
            started=started,
            ended=started + seconds,
            notes=tuple(trial.notes),
            features=tuple(trial.features),
            audited=trial.audited,
        )
    )


def _drawn(experiment: Experiment, number: int) -> dict[str, Any]:
    return experiment.space.sample(np.random.default_rng(number))


def _best_metrics(line: Mapping[str, Any]) -> dict[str, float]:
    accuracy = line["val_accuracy"]
    return {
        "val_precision": max(0.0, round(accuracy - 0.005, 6)),
        "val_recall": max(0.0, round(accuracy - 0.015, 6)),
        **line,
    }


def _cost(config: Mapping[str, Any], seconds: float, trial: SyntheticTrial) -> dict[str, Any]:
    parameters = 1000 * int(config.get("filters", 32)) + 10 * int(config.get("units", 0))
    return {
        "parameters": parameters,
        "model_bytes": 4 * parameters + 20_000,
        "latency_seconds": 0.00125,
        "wall_seconds": seconds,
        "compute_seconds": 0.9 * seconds,
        **trial.cost,
    }


def _write_predictions(
    folder: Path, number: int, accuracy: float, dataset: Mapping[str, Any], run: int | None = None
) -> None:
    classes = len(dataset["classes"])
    counts = dataset["counts"]["validation"]
    labels = np.repeat(np.arange(classes), [counts[name] for name in dataset["classes"]])
    guessed = labels.copy()
    wrong = len(labels) - round(accuracy * len(labels))
    if wrong:
        guessed[-wrong:] = (guessed[-wrong:] + 1) % classes
    probabilities = np.full((len(labels), classes), 0.1 / max(1, classes - 1), dtype=np.float16)
    probabilities[np.arange(len(labels)), guessed] = 0.9
    (folder / "predictions").mkdir(exist_ok=True)
    name = f"{number:06d}.npz" if run is None else f"{number:06d}-{run}.npz"
    np.savez(folder / "predictions" / name, labels=labels, probabilities=probabilities)
