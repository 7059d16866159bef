"""The grace of a scheduler by steps: no trial is stopped before it has trained for long enough to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.experiment.passes import passes_of
from cnnsearch.numbers import plural
from cnnsearch.search.schedulers import grace_of
from cnnsearch.space import Float, Int

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["STEPS", "grace_in_words", "with_grace"]

STEPS = 50
"""Training steps that every trial may take before a scheduler stops any.

With a momentum of 0.9 the running statistics of batch normalisation still hold 0.9^50 = 0.5 % of what they began with;
after 10 steps it is 35 %, and validation judges that.
"""


def with_grace(experiment: Experiment, pictures: int) -> Experiment:
    """The experiment with a grace that holds :data:`STEPS` steps, where it names none and a ninth of all is less.

    It is counted with the largest batches that a config may have, as all trials are judged after the same epochs.

    Args:
        experiment: new; a study that was begun keeps what it has.
        pictures: of the training split.
    """
    epochs = experiment.epochs
    least = min(_epochs(experiment, pictures), epochs)
    if experiment.scheduler.get("grace_epochs", least) is not None or least <= grace_of(experiment.scheduler, epochs):
        return experiment
    return experiment.model_copy(update={"scheduler": {**experiment.scheduler, "grace_epochs": least}})


def grace_in_words(before: Experiment, after: Experiment) -> str:
    """What :func:`with_grace` has changed, or that a grace which the file names is all of a trial; else empty."""
    grace, epochs = after.scheduler.get("grace_epochs") or 0, after.epochs
    if before.scheduler == after.scheduler:
        if grace < epochs:
            return ""
        return f"no trial is stopped early: {grace} is no less than the {epochs} epochs of a trial"
    ninth = grace_of(before.scheduler, epochs)
    if grace >= epochs:
        few = (
            f"no trial is stopped early: each may take {STEPS} training steps before it is judged, and these do not end"
        )
        last = f"before the last of its {plural(epochs, 'epoch')}"
        return f"{few} {last}; more passes an epoch, or smaller batches, mend that"
    first = f"no trial is stopped before it has trained for {grace} epochs, a ninth of all being {ninth}"
    return f"{first}: its first {STEPS} steps tell too little"


def _epochs(experiment: Experiment, pictures: int) -> int:
    """Epochs that hold the steps, with the largest batches."""
    parameter = experiment.space.get("batch_size")
    if parameter is None:
        largest = experiment.filled({})["batch_size"]
    else:
        ends = (parameter.high,) if isinstance(parameter, (Float, Int)) else parameter.values()
        largest = max(size for size in ends if isinstance(size, (int, float)))
    steps = passes_of(experiment, pictures) * -(-pictures // int(largest))
    return -(-STEPS // steps)
