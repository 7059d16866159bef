"""Passes: how often an epoch goes through the training pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.space import shown

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["AUTO", "PICTURES", "Passes", "passes_in_words", "passes_of", "with_more_passes", "with_passes"]

AUTO = "auto"

PICTURES = 2000
"""That an epoch sees at least with ``auto``: 63 steps of 32.

Rungs, patience and the epochs of a trial count in epochs. After one of 13 steps, as 420 pictures give, a network has
learnt nothing that could be judged, and the running statistics of batch normalisation lag. On 420 photographs at 64x64
the recommended network of 32 filters, trained on 560 for 12 passes, was right on 64 % of 140 others, after 48 on 74 %.
"""

_MOST = 10_000


def _passes(value: Any) -> Any:
    if value != AUTO and (type(value) is not int or not 1 <= value <= _MOST):
        raise carrying([Problem("", f"must be a whole number from 1 to {_MOST:,}, or {AUTO}", shown(value))])
    return value


Passes = Annotated[Annotated[int, Field(ge=1, le=_MOST)] | Literal["auto"], BeforeValidator(_passes)]


def passes_of(experiment: Experiment, pictures: int) -> int:
    """Passes over so many training pictures that make an epoch."""
    passes = experiment.passes
    return passes if isinstance(passes, int) else -(-PICTURES // pictures)


def with_passes(experiment: Experiment, pictures: int) -> Experiment:
    """The experiment with a number in the place of ``auto``: a refit, which has more pictures, keeps it."""
    return experiment.model_copy(update={"passes": passes_of(experiment, pictures)})


def with_more_passes(experiment: Experiment, times: int) -> Experiment:
    """The experiment with so many times the passes: an epoch is longer, and all that is counted in epochs stretches."""
    if experiment.passes == AUTO:
        raise ValueError("the passes of an epoch are not known before the pictures are counted")
    return experiment.model_copy(update={"passes": experiment.passes * times})


def passes_in_words(experiment: Experiment) -> str:
    """Empty where an epoch is one pass."""
    if experiment.passes == 1:
        return ""
    if experiment.passes == AUTO:  # before the pictures are counted
        return f"an epoch is as many passes over the training pictures as see {PICTURES:,} of them"
    return f"an epoch is {experiment.passes} passes over the training pictures"
