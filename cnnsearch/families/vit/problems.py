"""What a ``vit`` experiment's space cannot say: widths, heads, patches and pictures that do not go into each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import size_of
from cnnsearch.errors import Problem
from cnnsearch.families.drawn import drawn_configs
from cnnsearch.families.vit.body import cost
from cnnsearch.families.vit.shape import refused, tokens_of
from cnnsearch.families.vit.spec import VIT
from cnnsearch.inputs.pictures.memory import free_bytes
from cnnsearch.space import Parameter

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["data_problems", "problems"]

_DRAWS = 500

_WAYS = {
    "heads": 'name widths that all heads divide, or add constraints: ["width % heads == 0"]',
    "width": "name such widths, or give positions 'when: {width: [...]}'",
    "patch_size": "give each stem its own with 'when: {stem: [...]}', or name powers of 2 alone",
}
"""Parameter -> how to leave out what cannot be."""


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    for config in drawn_configs(VIT, keys, space):
        wrong = refused(config)
        if wrong is not None:
            name, rule = wrong
            return [Problem(f"space.{name}", f"{rule}, which a config of this space has: {_WAYS[name]}")]
    return []


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],  # noqa: ARG001 - the contract of every family
    shape: tuple[int, int] | None,
    channels: int,
    classes: int,
) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`: no config may have pictures that its patches do not divide."""
    rng, largest = np.random.default_rng(experiment.seed), (0.0, "")
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        size = size_of(config) or shape
        if size is None:
            continue
        try:
            rows, columns = tokens_of(config, size)
        except ValueError as error:
            return [Problem("space.patch_size", str(error), config["patch_size"])]
        taken = cost(config, (*size, channels), classes)
        if experiment.limits is not None and experiment.limits.broken(taken):
            continue  # such a config is refused, and never trained
        needed = taken["gpu_memory_bytes"]
        what = f"patch_size {config['patch_size']} makes {rows * columns:,} tokens of pictures of {size[0]}x{size[1]}"
        largest = max(largest, (needed, f"{what}, and to train batches of {config['batch_size']}"))
    return [] if experiment.resources.gpus else _too_large(*largest)


def _too_large(needed: float, what: str) -> list[Problem]:
    """Whether a training cannot fit into this machine. The memory of a GPU is nothing that is known here."""
    free = free_bytes()
    if needed <= free:
        return []
    rule = f"{what} takes at least {needed / 2**30:,.1f} GB, and {free / 2**30:,.1f} GB are free"
    return [Problem("space.patch_size", f"{rule}: use larger patches, smaller pictures or smaller batches")]
