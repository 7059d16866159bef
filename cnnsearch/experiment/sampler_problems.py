"""What of a space a sampler cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import Problem
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.space import Parameter

__all__ = ["sampler_problems"]


def sampler_problems(sampler: Any, space: Mapping[str, Parameter]) -> list[Problem]:
    """One for each thing that the sampler would leave to chance without a word.

    Args:
        sampler: as it was given.
        space: those parameters that are valid by themselves.
    """
    name = sampler.get("name") if isinstance(sampler, Mapping) else sampler
    spec = SAMPLERS.get(name) if isinstance(name, str) else None
    return [] if spec is None else spec.refused(space)
