"""Fine-tuning: a network that has lost filters, or will lose bits, is trained on by the trainer of trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.compression.spec import Pruning, Quantization, TrialTraining
from cnnsearch.data.stages import Pixels, scaling, scaling_of
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.network import Network
from cnnsearch.training.trainer import Trainer

if TYPE_CHECKING:
    import keras

    from cnnsearch.compression.sparse_training import BeforeEpoch
    from cnnsearch.training.result import EpochResult

__all__ = ["MOST_COPIED", "Tuned", "fine_tuned", "run_to_end"]

MOST_COPIED = 2**30
"""Bytes of pictures that are copied into TensorFlow; more are read where they are."""


@dataclass(frozen=True)
class Tuned:
    """A network that was trained on.

    Attributes:
        model: from inputs at rest to what the task tells.
        best_epoch: whose weights it has; 0: those from before the training, than which no epoch was better.
    """

    model: keras.Model
    best_epoch: int


def fine_tuned(
    network: keras.Model,
    experiment: Experiment,
    config: Mapping[str, Any],
    material: Pixels,
    way: Pruning | Quantization,
    seed: int,
    observe: Callable[[EpochResult], None] = lambda _: None,
    before_epoch: BeforeEpoch | None = None,
) -> Tuned:
    """Train all of a network on the training split, as the trial's own was trained, but at a rate of its own.

    Augmentation, penalties, optimizer and schedule are those of the trial, without its warm-up and its patience. The
    best epoch of the validation split counts, as of a trial. What the network was before is epoch 0, so training never
    makes it worse there: it is one already that could be shipped, unless it is changed before each epoch.

    Batch normalisation remembers one pass over the pictures at most. The network changes much at first, and where an
    epoch has few steps, as 14, Keras's momentum of 0.99 would have it judged by statistics of epochs ago.

    Args:
        network: from inputs at rest to what the task's head takes.
        experiment, config: of the trial, every parameter with its value.
        material: pictures at rest.
        way: how long, and at which rate.
        seed: of the order of the pictures, dropout and augmentation.
        observe: called after each epoch, of epoch 0 too.
        before_epoch: called before each with the network in training, which it may change; the best of those epochs
            counts for which it says so.

    Raises:
        InputError: the training cannot be, or diverged.
    """
    rate = way.rate(TrialTraining.of(experiment, config))
    own = {**config, "learning_rate": rate, "warmup_epochs": 0.0}
    asked = experiment.model_copy(update={"epochs": way.epochs, "early_stopping": None, "limits": None})
    try:
        given = material, scaling(material, scaling_of(own)), seed
        steps = -(-len(material.y_train) // own["batch_size"])
        trainer = Trainer(asked, own, *given, feeds=Feeds(MOST_COPIED), network=Network(network, 1 - 1 / steps))
        if before_epoch is None:
            observe(trainer.judge_start())
        run_to_end(trainer, observe, before_epoch)
    except TrialError as error:
        option, value = way.option
        raise InputError(Problem(option, f"training the network on failed: {error}", value)) from error
    if trainer.end_reason == "diverged":
        hint = "a lower --learning-rate may help"
        rule = f"training the network on diverged: {trainer.trouble}; {hint}"
        raise InputError(Problem(way.option[0], rule, rate))
    return Tuned(trainer.export(), trainer.best_epoch)


def run_to_end(
    trainer: Trainer, observe: Callable[[EpochResult], None], before_epoch: BeforeEpoch | None = None
) -> None:
    """Train until the trainer has a reason to end, and tell of each epoch.

    Arguments as of :func:`fine_tuned`.

    Raises:
        TrialError: as of :meth:`Trainer.run_epoch <cnnsearch.training.trainer.Trainer.run_epoch>`.
    """
    while trainer.end_reason is None:
        if before_epoch is not None:
            trainer.keeps_best = before_epoch(trainer.model, len(trainer.epochs))
        epoch = trainer.run_epoch()
        if epoch is not None:
            observe(epoch)
