"""The bare loop: one process a worker at the same time, each with its share of the configs and nothing around them."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from benchmarks.outcome import Outcome, PeerTrial
from benchmarks.peers.fitting import use_threads
from benchmarks.work import Work

__all__ = ["run"]

_TIMEOUT = 600.0
"""Seconds that one process waits for the others to have started."""


def run(work: Work, arrays_path: Path) -> Outcome:  # noqa: ARG001 - the trainer takes pictures at rest, as in a sweep
    """The same resets, epochs, evaluations and compilations, in as many processes as the work has workers."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(work.workers)
    answers = context.Queue()
    arguments = [(work, number, barrier, answers) for number in range(work.workers)]
    processes = [context.Process(target=_loop, args=each) for each in arguments]
    for process in processes:
        process.start()
    found = [answers.get(timeout=_TIMEOUT * 6) for _ in processes]
    for process in processes:
        process.join()
    trials = {number: trial for _, _, share in found for number, trial in share.items()}
    ready = min(began for began, _, _ in found)
    compilations = sum(count for _, count, _ in found)
    return Outcome(ready, tuple(trials[number] for number in sorted(trials)), compilations)


def _loop(work: Work, number: int, barrier: Barrier, answers: Any) -> None:
    """Trials ``number``, ``number + workers``, ... of the work."""
    use_threads(1)
    from cnnsearch.data.stages import pixels, scaling
    from cnnsearch.sweep.data import load_data
    from cnnsearch.training.devices import configure_devices
    from cnnsearch.training.feeds.feeds import Feeds
    from cnnsearch.training.programs.programs import Programs
    from cnnsearch.training.trainer import Trainer

    configure_devices(1)
    experiment = work.experiment()
    shared = pixels(*load_data(experiment), experiment.dataset.image_size)
    scaled = scaling(shared, "unit")
    feeds = Feeds()
    feeds.pictures(shared)
    programs = Programs()
    barrier.wait(_TIMEOUT)
    began = time.time()
    share: dict[int, PeerTrial] = {}
    for position in range(number, len(work.configs), work.workers):
        trainer = Trainer(experiment, work.configs[position], shared, scaled, work.seed_of(position), programs, feeds)
        while trainer.end_reason is None:
            trainer.run_epoch()
        share[position] = PeerTrial(trainer.epochs[-1].values["val_accuracy"], time.time())
    answers.put((began, programs.compiled, share))
