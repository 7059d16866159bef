"""What a ``text_transformer`` experiment's space cannot say: heads and widths, and texts that are too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import Problem
from cnnsearch.families.drawn import DRAWS, drawn_configs
from cnnsearch.families.text_transformer.body import cost
from cnnsearch.families.text_transformer.shape import refused
from cnnsearch.families.text_transformer.spec import TEXT_TRANSFORMER
from cnnsearch.inputs.pictures.memory import free_bytes

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.space import Parameter

__all__ = ["data_problems", "problems"]

_WAYS = {
    "heads": 'name widths that all heads divide, or add constraints: ["width % heads == 0"]',
    "width": "name such widths, or give positions 'when: {width: [...]}'",
}
"""Parameter -> how to leave out what cannot be."""


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    for config in drawn_configs(TEXT_TRANSFORMER, keys, space):
        wrong = refused(config)
        if wrong is not None:
            name, rule = wrong
            return [Problem(f"space.{name}", f"{rule}, which a config of this space has: {_WAYS[name]}")]
    return []


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],  # noqa: ARG001 - the contract of every family
    shape: tuple[int, int] | None,  # noqa: ARG001
    channels: int,  # noqa: ARG001
    classes: int,
) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`: attention takes memory by the square of the length."""
    if experiment.resources.gpus:
        return []
    rng, free = np.random.default_rng(experiment.seed), free_bytes()
    for _ in range(DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        taken = cost(config, (config["text_length"],), classes)
        if experiment.limits is not None and experiment.limits.broken(taken):
            continue  # such a config is refused, and never trained
        # How many tokens the vocabulary has shows when it is learnt: fewer than asked for where texts are few.
        least = cost({**config, "vocabulary_size": 0}, (config["text_length"],), classes)
        needed, batch = least["gpu_memory_bytes"], config["batch_size"]
        if needed > free:
            what = f"to train batches of {batch} texts of {config['text_length']:,} tokens"
            sizes_of = f"takes at least {needed / 2**30:,.1f} GB, and {free / 2**30:,.1f} GB are free"
            rule = f"{what} {sizes_of}: read fewer tokens, or use smaller batches"
            return [Problem("space.text_length", rule)]
    return []
