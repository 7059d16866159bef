"""The pace of a trial, by some steps of its training on noise."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import Pixels, Scaling, size_of
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.pace import Pace
from cnnsearch.experiment.passes import passes_of

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.split import Split
    from cnnsearch.tasks.contract.targets import Targets

__all__ = ["PaceSample", "measured_pace"]

_BATCHES = 4
"""That are trained on at once; the first time they compile the program, too."""

_SECONDS = 1.5
"""For which they are trained on again and again."""

_FORWARD = 1 / 3
"""Of the work of a picture in training: backwards is as much again for the weights, and for what came before."""


@dataclass(frozen=True)
class PaceSample:
    """What the pace follows from, but for the pixels themselves.

    Attributes:
        size: ``(height, width)`` of the pictures where no config resizes them; ``None`` where they differ.
        channels: of a picture.
        targets: of some training pictures.
        trained, judged: pictures of one training, and those by which it is judged.
    """

    size: tuple[int, int] | None
    channels: int
    targets: Targets
    trained: int
    judged: int

    @classmethod
    def of(cls, dataset: Dataset, split: Split, batch_size: int) -> PaceSample:
        """Of a config with such batches."""
        members = np.random.default_rng(0).choice(split.train, min(_BATCHES * batch_size, split.trained), replace=False)
        pictures, judged = dataset.pictures, split.together - split.trained
        return cls(pictures.shape, pictures.channels, dataset.targets.take(np.sort(members)), split.trained, judged)

    def pixels(self, size: tuple[int, int]) -> Pixels:
        """Noise with the targets."""
        y = self.targets.at(np.arange(len(self.targets.strata.members)), size)
        x = np.random.default_rng(0).integers(0, 256, (len(y), *size, self.channels), dtype=np.uint8)
        return Pixels(x, y, x[:1], y[:1], self.targets.names)


def measured_pace(experiment: Experiment, config: Mapping[str, Any], sample: PaceSample, threads: int) -> Pace | None:
    """Train some steps, on the threads that TensorFlow has here.

    Args:
        experiment: what is searched.
        config: whose pace it is.
        sample: of the data.
        threads: so many.

    Returns:
        The pace of a trial, of all its seeds or folds; ``None`` where the pictures have no size, and of texts.

    Raises:
        TrialError: the config cannot be trained.
    """
    from cnnsearch.training.trainer import Trainer

    if experiment.family.reads_texts:
        return None
    size = size_of(experiment.filled(config)) or sample.size
    if size is None:
        return None
    changed = {"passes": 1, "epochs": 100_000, "early_stopping": None, "limits": None, "repeats": 1, "evaluation": None}
    scaling = Scaling(np.full(sample.channels, 1 / 255, np.float32), np.zeros(sample.channels, np.float32), 0.0, 255.0)
    began = time.perf_counter()
    alone = experiment.model_copy(update=changed)
    pixels = sample.pixels(size)
    trainer = Trainer(alone, config, pixels, scaling, experiment.seed)
    trainer.train_unjudged()
    compiled = time.perf_counter()
    times = 0
    while times == 0 or time.perf_counter() - compiled < _SECONDS:
        trainer.train_unjudged()
        times += 1
    each = (time.perf_counter() - compiled) / times
    pictures = sample.trained * passes_of(experiment, sample.trained) + _FORWARD * sample.judged
    epoch = each * pictures / len(pixels.y_train) * _trainings(experiment)
    return Pace(threads, max(0.0, compiled - began - each), epoch)


def _trainings(experiment: Experiment) -> int:
    """Of one trial."""
    return experiment.repeats if experiment.cross_validation is None else experiment.cross_validation.trainings
