"""Optuna in one process, as its Keras example: ``clear_session`` first thing in the objective, storage in memory."""

from __future__ import annotations

import time
from pathlib import Path

import optuna

from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.peers.fitting import compiled_model, fit, use_threads
from benchmarks.work import Arrays, Work

__all__ = ["run"]


def run(work: Work, arrays_path: Path) -> Outcome:
    """Let a study go through the configs; its sampler is TPE, which has nothing to choose where each is enqueued."""
    use_threads(work.workers)
    import keras

    arrays = Arrays.read(arrays_path)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for number in range(len(work.configs)):
        study.enqueue_trial({"config": number})
    ended = []

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        number = trial.suggest_int("config", 0, len(work.configs) - 1)
        config = work.configs[number]
        return fit(compiled_model(config, arrays, work.seed_of(number)), config, arrays, work.epochs)

    ready = time.time()
    study.optimize(objective, n_trials=len(work.configs), callbacks=[lambda _study, _trial: ended.append(time.time())])
    values = [trial.value for trial in study.trials]
    trials = tuple(PeerTrial(float(value or 0.0), time_) for value, time_ in zip(values, ended, strict=True))
    return Outcome(ready, trials, len(trials))
