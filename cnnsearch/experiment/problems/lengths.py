"""Epochs that a space names beside those that a trial, or a phase of it, has: what never comes is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.space import Float, Int

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["length_remarks"]

_POINTS = 17
"""Values of a range that are looked at."""

_WORTH = 0.25
"""A share of the values that never come to anything: from here on the user is told."""


def length_remarks(experiment: Experiment) -> Iterator[str]:
    """Of a step schedule that never steps, and of a warm-up that takes all of a phase."""
    yield from _steps(experiment)
    yield from _warm_up(experiment)


def _steps(experiment: Experiment) -> Iterator[str]:
    if "step" not in _values(experiment, "learning_rate_schedule"):
        return
    left = experiment.epochs - min(_numbers(experiment, "warmup_epochs"))
    every = _numbers(experiment, "decay_epochs")
    idle = [number for number in every if number >= left]
    if len(idle) >= _WORTH * len(every):
        default = "" if "decay_epochs" in experiment.space else ", the default"
        yield (
            f"space.learning_rate_schedule: 'step' never steps with decay_epochs of {min(idle):g}{default}, as a trial "
            f"has {left:g} epochs for it: it is 'constant' then; name decay_epochs below that"
        )


def _warm_up(experiment: Experiment) -> Iterator[str]:
    """A trial in two phases has a schedule in each."""
    if "fine_tune_epochs" not in experiment.space:
        return
    tuned = [count for count in _numbers(experiment, "fine_tune_epochs") if 0 < count < experiment.epochs]
    phases = [length for count in tuned for length in (count, experiment.epochs - count)]
    longest = max(_numbers(experiment, "warmup_epochs"))
    if phases and longest >= min(phases):
        yield (
            f"space.warmup_epochs: with {longest:g} the learning rate rises to its end in a phase of {min(phases):g} "
            "of the epochs, which fine_tune_epochs makes: name fewer than a phase has"
        )


def _numbers(experiment: Experiment, name: str) -> list[float]:
    return [value for value in _values(experiment, name) if isinstance(value, (int, float))]


def _values(experiment: Experiment, name: str) -> list[object]:
    """That a config may have; of a range some."""
    parameter = experiment.space.get(name)
    if parameter is None:
        return [experiment.searchable[name].default]
    return [*parameter.points(_POINTS)] if isinstance(parameter, (Float, Int)) else [*parameter.values()]
