"""cnnsearch as a contestant: its ledger, samplers and schedulers, all but Ray and the training."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.search.surrogate import Curve
from benchmarks.search.work import Work
from cnnsearch.experiment import Experiment
from cnnsearch.search.rebuilding import Past, config_of
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import config_key
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore

__all__ = ["run"]


def run(work: Work, seed: int, sampler: dict[str, Any], scheduler: dict[str, Any], **keys: Any) -> Study:
    """Search as an experiment with this sampler and scheduler does; ``keys`` are others of its own."""
    experiment = Experiment(
        name="simulated",
        epochs=work.surrogate.epochs,
        sampler=sampler,
        scheduler=scheduler,
        budget={"minutes": work.seconds / 60},
        seed=seed,
        **{"space": work.surrogate.space, **keys},
    )
    curves: dict[str, Curve] = {}

    def curve(config: dict[str, Any]) -> Curve:
        return curves.setdefault(config_key(config), work.curve(config))

    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        Simulation(
            store,
            experiment,
            lambda config: curve(config).values,
            work.workers,
            seconds=lambda config: curve(config).seconds,
            startup=lambda _: work.startup,
        ).run()
        past, study = Past.read(store), Study.load(store)
    epochs: dict[int, int] = {}
    for line in past.epochs:
        epochs[line.trial] = max(epochs.get(line.trial, 0), line.epoch)
    for proposal in past.proposals:
        # What runs when the time is over has trained some epochs that were not told: `note` leaves out what is later.
        ran = epochs.get(proposal.trial, 0) if proposal not in past.in_flight else work.surrogate.epochs
        work.note(proposal.time, curve(config_of(proposal)), ran)
    return study
