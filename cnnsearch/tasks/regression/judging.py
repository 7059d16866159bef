"""What the report asks of regression, whatever it shows: see :class:`cnnsearch.report.task.Judging`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cnnsearch.inputs.pictures.spec import AUGMENTATION, MOVING
from cnnsearch.tasks.regression.predictions import written

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["UNEQUAL", "doubts"]

UNEQUAL = 5.0
"""Spread of the number of the largest one over that of the smallest one, in the training split."""


def doubts(study: Study) -> Iterator[str]:
    yield from _mean(study)
    yield from _unequal(study)
    yield from _moved(study)


def _mean(study: Study) -> Iterator[str]:
    """Of a model that is no better than none."""
    best = study.best
    r2 = (best.metrics or {}).get("val_r2") if best else None
    if best is not None and r2 is not None and r2 <= 0:
        yield (
            f"Trial {best.trial} explains none of the variance of the validation pictures (R2 {written(r2)}): telling "
            "the mean for every picture would be as good."
        )


def _unequal(study: Study) -> Iterator[str]:
    """Of a mean over errors in several units."""
    spreads = {name: each["spread"] for name, each in _numbers(study).items() if each["spread"] > 0}
    if len(spreads) < 2 or study.experiment.objective.metric not in ("val_mae", "val_rmse", "val_median_error"):
        return
    large, small = max(spreads, key=lambda name: spreads[name]), min(spreads, key=lambda name: spreads[name])
    ratio = spreads[large] / spreads[small]
    if ratio >= UNEQUAL:
        yield (
            f"The numbers are of unequal size: '{large}' has {ratio:.3g} times the spread of '{small}', so that "
            f"{study.experiment.objective.metric} is mostly that of '{large}'; the objective val_r2 weighs all alike."
        )


def _moved(study: Study) -> Iterator[str]:
    """Of augmentation that changes what a number may depend on."""
    space = study.experiment.space
    acting = [name for name in MOVING if AUGMENTATION[name].may_act(space.get(name))]
    if acting:
        yield (
            f"Pictures were changed in training ({', '.join(acting)}), and their numbers stayed as they were: where a "
            "number depends on direction, place or size, the model was taught wrong ones."
        )


def _numbers(study: Study) -> Mapping[str, Mapping[str, float]]:
    """What the study says of the numbers of its training pictures."""
    found: Mapping[str, Mapping[str, float]] = study.environment.get("dataset", {}).get("numbers", {})
    return found
