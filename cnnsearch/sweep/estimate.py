"""What a sweep will take, told before it starts."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnsearch.catalog.schedulers import milestones
from cnnsearch.data.stages import pixels, scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.space import config_key
from cnnsearch.sweep.runner import load_data

__all__ = ["Estimate", "estimate"]

_ATTEMPTS = 20
_DRAWS = 1000


@dataclass(frozen=True)
class Estimate:
    """What to expect of a sweep.

    Attributes:
        configs: size of the space; ``None`` where it is infinite.
        trials: trials that the budget allows; ``None`` where only minutes limit it.
        at_once: trials at once on this machine.
        data_bytes: pictures of the training and validation splits at rest, held once a node and once a worker.
        epoch_seconds: one epoch of one trial of a random config, the second one (the first compiles).
        compile_seconds: what the first epoch takes more.
        structures: architectures to compile, by random draws; each once a worker.
        least_seconds, most_seconds: of the whole sweep, where the scheduler stops all but what it must keep, and
            where it stops none; both within the budget's minutes.
    """

    configs: int | None
    trials: int | None
    at_once: int
    data_bytes: int
    epoch_seconds: float
    compile_seconds: float
    structures: int
    least_seconds: float | None
    most_seconds: float | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def rows(self) -> list[tuple[str, str]]:
        """Label and text of each finding."""
        memory = f"{self.data_bytes * (1 + self.at_once) / 2**20:.1f} MB for the pictures, all workers together"
        if self.least_seconds is None or self.most_seconds is None:
            expected = "as long as the minutes of the budget"
        else:
            expected = f"{self.least_seconds / 60:.1f} to {self.most_seconds / 60:.1f} minutes, and starting workers"
        compiling = f"{self.compile_seconds:.1f} s for each of about {self.structures} architectures, once a worker"
        return [
            ("search space", "infinitely many configs" if self.configs is None else f"{self.configs:,} configs"),
            ("trials", "until the minutes are over" if self.trials is None else str(self.trials)),
            ("at once", str(self.at_once)),
            ("memory", memory),
            ("one epoch", f"{self.epoch_seconds:.3f} s"),
            ("compiling", compiling),
            ("time to expect", expected),
        ]


def estimate(experiment: Experiment) -> Estimate:
    """Run two epochs of one random config, and tell what the whole sweep will take on this machine.

    Raises:
        InputError: the data cannot be used.
        TrialError: none of 20 random configs could be trained.
    """
    dataset, split = load_data(experiment)
    compile_seconds, epoch_seconds, data_bytes = _measure(experiment, dataset, split)
    resources = experiment.resources
    fits = max(1, (os.cpu_count() or 1) // resources.cpus)
    at_once = min(resources.max_concurrent or fits, fits)
    size = experiment.space.size()
    trials = experiment.budget.trials
    if trials is not None and size is not None:
        trials = min(trials, size)
    minutes = experiment.budget.minutes
    structures = _structures(experiment, trials or _DRAWS)
    bounds: list[float | None] = []
    for epochs in (_least_epochs(experiment), float(experiment.epochs)):
        seconds = None
        if trials is not None:
            compiled = min(trials, structures * at_once)
            seconds = (compiled * compile_seconds + trials * epochs * epoch_seconds) / at_once
        if minutes is not None:
            seconds = min(seconds, minutes * 60) if seconds is not None else minutes * 60
        bounds.append(seconds)
    return Estimate(size, trials, at_once, data_bytes, epoch_seconds, compile_seconds, structures, bounds[0], bounds[1])


def _structures(experiment: Experiment, trials: int) -> int:
    """Architectures among so many random configs."""
    rng = np.random.default_rng(experiment.seed)
    names = [name for name, spec in experiment.family.searchable.items() if spec.structural]
    drawn = (experiment.filled(experiment.space.sample(rng)) for _ in range(min(trials, _DRAWS)))
    return len({config_key({name: config[name] for name in names}) for config in drawn})


def _measure(experiment: Experiment, dataset: Any, split: Any) -> tuple[float, float, int]:
    from cnnsearch.training.devices import configure_devices
    from cnnsearch.training.trainer import Trainer
    from cnnsearch.training.trial import size_of

    configure_devices(experiment.resources.cpus)
    rng = np.random.default_rng(experiment.seed)
    failure: TrialError | None = None
    for _ in range(_ATTEMPTS):
        config = experiment.space.sample(rng)
        filled = experiment.filled(config)
        prepared = pixels(dataset, split, size_of(filled))
        started = time.perf_counter()
        try:
            trainer = Trainer(experiment, config, prepared, scaling(prepared, filled["scaling"]), experiment.seed)
            trainer.run_epoch()
            first = time.perf_counter() - started
            second = trainer.run_epoch().seconds
        except TrialError as error:
            failure = error
            continue
        return max(0.0, first - second), second, prepared.x_train.nbytes + prepared.x_validation.nbytes
    raise failure or TrialError("no config could be trained")


def _least_epochs(experiment: Experiment) -> float:
    """Mean epochs a trial where each rung lets only its share go on."""
    rungs = milestones(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)
    if not rungs:
        return float(experiment.epochs)
    if experiment.scheduler["name"] != "asha":
        return float(rungs[0])
    mean, share, before = 0.0, 1.0, 0
    for rung in (*rungs, experiment.epochs):
        mean += share * (rung - before)
        share /= experiment.scheduler["reduction"]
        before = rung
    return mean
