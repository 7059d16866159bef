"""What of a space a sampler cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import Problem
from cnnsearch.search.samplers import OPTUNAHUB, SAMPLERS, SamplerSpec
from cnnsearch.space import Parameter

__all__ = ["given_sampler", "sampler_problems"]


def given_sampler(sampler: Any) -> SamplerSpec | None:
    """The sampler that is named: by itself, in a mapping, or by a package of OptunaHub; ``None``: there is no such."""
    name = sampler
    if isinstance(sampler, Mapping):
        name = sampler.get("name", OPTUNAHUB.name if OPTUNAHUB.name in sampler else None)
    return SAMPLERS.get(name) if isinstance(name, str) else None


def sampler_problems(sampler: Any, space: Mapping[str, Parameter]) -> list[Problem]:
    """One for each thing that the sampler would leave to chance without a word.

    Args:
        sampler: as it was given.
        space: those parameters that are valid by themselves.
    """
    spec = given_sampler(sampler)
    return [] if spec is None else spec.refused(space)
