"""What the space of a U-Net cannot say: ways up that end below its depth, and what an encoder is given for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import Problem
from cnnsearch.families.drawn import drawn_configs
from cnnsearch.families.transfer.encoder_problems import EncoderProblems
from cnnsearch.families.unet.spec import UNET
from cnnsearch.families.unet.stride import PARAMETER, refused
from cnnsearch.space import Parameter

__all__ = ["data_problems", "problems"]

_PROBLEMS = EncoderProblems(UNET, "masks")

_WAY = f'name depths that all values have, or add constraints: ["{PARAMETER} < 2 ** depth"]'

data_problems = _PROBLEMS.data_problems


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    found = _PROBLEMS.problems(keys, space)
    if PARAMETER not in space:  # with 1 there is a way up at any depth
        return found
    wrong = next((why for config in drawn_configs(UNET, keys, space) if (why := refused(config))), None)
    if wrong is not None:
        found.append(Problem(f"space.{PARAMETER}", f"{wrong}, which a config of this space has: {_WAY}"))
    return found
