"""What an epoch's validation tells: metrics by name, and whether they are numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from cnnsearch.tasks.contract.metrics import aim_of, is_function, metric_of
from cnnsearch.tasks.contract.predictions import Predictions, score_of
from cnnsearch.training.result import EpochResult

__all__ = ["not_finite", "told_at", "validated"]


def validated(
    loss: float, predictions: Predictions, names: Iterable[str], objective: str, is_sound: bool
) -> dict[str, float]:
    """Metrics of the validation split, and the objective where it is none of these.

    Args:
        loss: the program's, which includes the regularisation.
        predictions: of that split.
        names: of the metrics of every epoch.
        objective: which a function of the user's own may fail to tell.
        is_sound: the losses are finite; of weights that are broken the objective has no number.
    """
    scores = predictions.scores(name for name in names if name != "loss")
    found = {"val_loss": loss, **{aim_of(name): value for name, value in scores.items()}}
    if objective in found:
        return found
    aimed = metric_of(objective)
    return {**found, objective: predictions.scores([aimed])[aimed] if is_sound else math.nan}


def not_finite(result: EpochResult, objective: str) -> str | None:
    """What is not finite of an epoch, in words; ``None``: nothing."""
    # The last step may break the weights: the training loss does not show it, and a share is finite even then.
    for name in ("loss", "val_loss", objective):
        value = result.values[name]
        if not math.isfinite(value) and is_function(name):
            return f"{name} is {value} at epoch {result.epoch}, and must be a finite number"
        if not math.isfinite(value):
            return f"{name} is {value} at epoch {result.epoch}: the training diverged (a lower learning rate may help)"
    return None


def told_at(best: EpochResult, predictions: Predictions, told: Iterable[str]) -> dict[str, float | None]:
    """Metrics of the validation split at the best epoch; those that it has told are not computed again.

    ``None``: these pictures do not define it. The objective always has a number there.
    """
    names = ("loss", *(name for name in told if name != "loss"))
    untold = {aim_of(name): name for name in names if aim_of(name) not in best.values}
    known = {**best.values, **{aim: score_of(predictions, name) for aim, name in untold.items()}}
    return {aim_of(name): known[aim_of(name)] for name in names}
