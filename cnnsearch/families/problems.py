"""What is wrong with an experiment of a family that declares its parameters and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import size_of
from cnnsearch.errors import Problem, TrialError
from cnnsearch.families import find_family
from cnnsearch.inputs.texts.form import TextForm

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.space import Parameter

__all__ = ["data_problems", "problems"]

_DRAWS = 500


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:  # noqa: ARG001 - a contract
    """Nothing that its parameters' ranges do not say."""
    return []


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],  # noqa: ARG001 - the contract of every family
    shape: tuple[int, int] | None,
    channels: int,
    classes: int,
) -> list[Problem]:
    """Whether a network that can be built on pictures of this size is not to be found among random configs."""
    family = find_family(experiment.model)
    rng = np.random.default_rng(experiment.seed)
    reason = ""
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        size = size_of(config) or shape or (1, 1)
        whole = (size.length,) if isinstance(size, TextForm) else (*size, channels)
        try:
            family.count(config, whole, classes)
        except TrialError as error:
            reason = str(error)
        else:
            return []
    return [Problem("space", f"none of {_DRAWS} random configs gives a network that these pictures fit: {reason}")]
