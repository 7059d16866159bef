"""The samplers that an experiment may name: each one's spec and what it proposes stand in a file of its own.

A spec is light: Optuna is imported when a sampler of it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.samplers.grid import GRID
from cnnsearch.search.samplers.random import RANDOM
from cnnsearch.search.samplers.sampler import Outcome, Sampler, SamplerSpec
from cnnsearch.search.samplers.started import FirstConfig, Started
from cnnsearch.search.samplers.tpe import TPE
from cnnsearch.search.samplers.untried import Untried
from cnnsearch.space import Space
from cnnsearch.table import Table

__all__ = ["SAMPLERS", "FirstConfig", "Outcome", "Sampler", "SamplerSpec", "Untried", "make_sampler"]

SAMPLERS: Table[SamplerSpec] = Table("sampler")
for _spec in (RANDOM, GRID, TPE):
    SAMPLERS.add(_spec.name, _spec)


def make_sampler(
    options: Mapping[str, Any], space: Space, seed: int, mode: str, starts: Sequence[FirstConfig] = ()
) -> Untried:
    """The sampler of an experiment, never proposing a config twice.

    Args:
        options: ``name`` and the sampler's options, as ``Experiment.sampler`` has them.
        space: what to propose from.
        seed: of every draw.
        mode: ``max`` or ``min``.
        starts: what it gives before it proposes anything.
    """
    sampler = SAMPLERS[options["name"]].make(space, seed, mode, options)
    return Untried(Started(sampler, starts) if starts else sampler, space)
