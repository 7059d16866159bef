"""Refit: a network trained on training and validation pictures together, for a known number of epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.study.record.lines import Ended, Worker
from cnnsearch.training.features.features import Features, Prefix, compute_features
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.result import EpochResult
from cnnsearch.training.trainer import Trainer

if TYPE_CHECKING:
    import keras

__all__ = ["Refit", "joined_features"]


class Refit:
    """Trains what a trial trains, but on all pictures, and looks at none to judge it.

    Neither patience nor a best epoch: it ends after so many epochs, and its last weights are what it gives. A trial
    gives those of its best epoch; at a learning rate that stays high the last ones are those of one among noisy epochs.
    So the rate goes down to 0 over the last quarter of its epochs, unless the schedule is lower there.

    Args:
        experiment: as of a trial.
        config: of the winner.
        pixels: training and validation pictures :func:`joined <cnnsearch.data.stages.joined>`.
        scaling: of these.
        seed: as of a trial.
        epochs: so many, at most those of a trial.
        programs, feeds: as of a trial; no feed of other pictures may be among these.
        now: tells Unix time.

    Raises:
        TrialError: as of a trial.
    """

    def __init__(
        self,
        experiment: Experiment,
        config: Mapping[str, Any],
        pixels: Pixels,
        scaling: Scaling,
        seed: int,
        epochs: int,
        programs: Programs | None = None,
        feeds: Feeds | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._trainer = Trainer(experiment, config, pixels, scaling, seed, programs, feeds, now=now)
        self._seed = seed
        self._epochs = epochs

    @property
    def epochs(self) -> list[EpochResult]:
        """Those that were trained; they have no values of a validation split."""
        return self._trainer.epochs

    @property
    def is_over(self) -> bool:
        """Whether all epochs were trained."""
        return len(self.epochs) >= self._epochs

    @property
    def is_copied(self) -> bool:
        """Whether its pictures were copied into TensorFlow."""
        return self._trainer.feed.is_copied

    def run_epoch(self) -> EpochResult:
        """Train one more.

        Raises:
            TrialError: the training diverged.
        """
        return self._trainer.train_unjudged(self._epochs)

    def export(self) -> keras.Model:
        """A stock Keras model with the last weights, as of a trial."""
        return self._trainer.export()

    def ended(self, trial: int, worker: Worker, started: float, ended: float) -> Ended:
        """How it stands, as it goes into the record: without a value."""
        last = self.epochs[-1]
        return Ended(
            trial=trial,
            state="COMPLETED",
            end_reason="epochs",
            value=None,
            epochs=len(self.epochs),
            metrics=dict(last.values),
            cost=self._trainer.cost,
            worker=worker,
            seed=self._seed,
            started=started,
            ended=ended,
            notes=self._trainer.notes,
            features=self._trainer.features,
        )


def joined_features(
    pixels: Pixels,
    known: Callable[[Prefix, Pixels], Features],
    compute: Callable[[Prefix, Pixels], Features] = compute_features,
) -> Callable[[Prefix, Pixels], Features]:
    """Gives the features of joined pictures, from those of the two splits where these are the same.

    Args:
        pixels: the two splits.
        known: gives the features of these, which trials have had computed.
        compute: computes those of others.
    """

    def found(prefix: Prefix, joined: Pixels) -> Features:
        if pixels.folded:  # they are together already
            return known(prefix, pixels)
        if prefix.variants:  # validation pictures have none
            return compute(prefix, joined)
        split = known(prefix, pixels)
        together = tuple(np.concatenate(pair) for pair in zip(split.x_train, split.x_validation, strict=True))
        one = tuple(part[:1] for part in split.x_validation)
        return Features(together, joined.y_train, one, joined.y_validation, 1, split.cost)

    return found
