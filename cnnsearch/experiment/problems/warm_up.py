"""A warm-up that is longer than the training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.errors import Problem
from cnnsearch.space import Float, Int

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["warm_up_problems"]


def warm_up_problems(experiment: Experiment) -> Iterator[Problem]:
    """Of ``warmup_epochs`` that may leave no epoch for the schedule: the learning rate would rise to the end."""
    parameter = experiment.space.get("warmup_epochs")
    if parameter is None:
        return
    values = [parameter.high] if isinstance(parameter, (Float, Int)) else parameter.values()
    longest = max(value for value in values if isinstance(value, (int, float)))
    if longest >= experiment.epochs:
        rule = f"must be less than the {experiment.epochs} epochs of a trial, or its learning rate rises to the end"
        yield Problem("space.warmup_epochs", rule, longest)
