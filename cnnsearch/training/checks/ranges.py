"""Whether the numbers of a config can be trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.passes import passes_of
from cnnsearch.space.specs import Parameters
from cnnsearch.training.phases import Phase

__all__ = ["check_accumulation", "check_runtime"]


def check_runtime(parameters: Parameters, config: Mapping[str, Any]) -> None:
    """A compiled graph would train with any number. A space is held to the ranges, a config given by itself is not.

    Raises:
        TrialError: one is out of its range.
    """
    for name, spec in parameters.items():
        value = config[name]
        if spec.structural or spec.kind not in ("int", "float") or (value is None and spec.nullable):
            continue
        if not spec.low <= value <= spec.high:
            raise TrialError(f"{name} must be {spec.rule} (got {value!r})")


def check_accumulation(
    experiment: Experiment, config: Mapping[str, Any], phases: Sequence[Phase], pictures: int
) -> None:
    """Whether the optimizer makes a step at all in each phase: what it has not stepped by at the end is dropped.

    Raises:
        TrialError: in one it makes none.
    """
    steps = -(-pictures * passes_of(experiment, pictures) // config["batch_size"])
    for phase in phases:
        batches = steps * phase.epochs
        if config["gradient_accumulation"] > batches and not phase.is_fitted:
            whose = "a phase" if len(phases) > 1 else "the training"
            raise TrialError(
                f"gradient_accumulation {config['gradient_accumulation']} makes no step: all epochs of {whose} "
                f"together have {batches} batches of {config['batch_size']}"
            )
