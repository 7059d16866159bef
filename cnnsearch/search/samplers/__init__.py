"""The samplers that an experiment may name: each one's spec and what it proposes stand in a file of its own.

A spec is light: Optuna is imported when a sampler of it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.search.samplers.auto import AUTO, chosen_in_words
from cnnsearch.search.samplers.bohb import BOHB
from cnnsearch.search.samplers.grid import GRID
from cnnsearch.search.samplers.random import RANDOM
from cnnsearch.search.samplers.sampler import Outcome, Sampler, SamplerSpec
from cnnsearch.search.samplers.tpe import TPE
from cnnsearch.search.samplers.untried import Untried
from cnnsearch.space import Space
from cnnsearch.table import Table

__all__ = ["SAMPLERS", "Outcome", "Sampler", "SamplerSpec", "Untried", "chosen_in_words", "make_sampler", "settled"]

SAMPLERS: Table[SamplerSpec] = Table("sampler")
for _spec in (AUTO, RANDOM, GRID, TPE, BOHB):
    SAMPLERS.add(_spec.name, _spec)


def settled(options: Mapping[str, Any], trials: int | None) -> dict[str, Any]:
    """A sampler's options with what they leave open.

    Args:
        options: ``name`` and the sampler's options.
        trials: of the budget; ``None`` where minutes alone end the search.
    """
    return SAMPLERS[options["name"]].settled(options, trials)


def make_sampler(options: Mapping[str, Any], space: Space, seed: int, mode: str) -> Untried:
    """The sampler of an experiment, never proposing a config twice.

    Args:
        options: ``name`` and the sampler's options, as ``Experiment.sampler`` has them.
        space: what to propose from.
        seed: of every draw.
        mode: ``max`` or ``min``.
    """
    return Untried(SAMPLERS[options["name"]].make(space, seed, mode, settled(options, None)), space)
