"""A plain process: a loop over the configs that calls ``fit``, on all threads."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.peers.fitting import compiled_model, fit, use_threads
from benchmarks.work import Arrays, Work

__all__ = ["run"]


def run(work: Work, arrays_path: Path) -> Outcome:
    """Train the configs one after the other; ``clear_session`` between, as Keras recommends for loops."""
    use_threads(work.workers)
    import keras

    arrays = Arrays.read(arrays_path)
    ready = time.time()
    trials = []
    for number, config in enumerate(work.configs):
        keras.backend.clear_session()
        model = compiled_model(config, arrays, work.seed_of(number))
        value = fit(model, config, arrays, work.epochs)
        trials.append(PeerTrial(value, time.time()))
    return Outcome(ready, tuple(trials), len(trials))
