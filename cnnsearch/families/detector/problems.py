"""What the space of a detector cannot say: parameters of an encoder from scratch given to a pretrained one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem
from cnnsearch.families.detector.spec import DETECTOR
from cnnsearch.families.transfer import encoder_problems
from cnnsearch.space import Parameter

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["data_problems", "problems"]


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    return encoder_problems.problems(keys, space, DETECTOR, "boxes")


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],
    shape: tuple[int, int] | None,
    channels: int,
    classes: int,
) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    return encoder_problems.data_problems(experiment, DETECTOR, sizes, shape, channels, classes)
