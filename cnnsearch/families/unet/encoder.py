"""Encoders of U-Nets that are backbones: their maps before each halving, as one network with several outputs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from cnnsearch.errors import TrialError
from cnnsearch.families.transfer.backbones import Backbone, load_backbone
from cnnsearch.families.transfer.halved_maps import halved_maps
from cnnsearch.families.transfer.weights import age
from cnnsearch.networks.sizes import Shape

__all__ = ["Encoder", "encoder_of"]

_KEPT = 4
"""Encoders that a process keeps, each for one size of pictures."""


@dataclass(frozen=True)
class Encoder:
    """A backbone down to one of its maps.

    Attributes:
        backbone: its network ends in the maps that are joined, the deepest one last.
        levels: of these maps; at level 2 a picture is halved twice.
    """

    backbone: Backbone
    levels: tuple[int, ...]

    @property
    def shapes(self) -> dict[int, Shape]:
        """Level -> shape of its map."""
        tensors = self.backbone.model.outputs
        return {level: tuple(tensor.shape[1:]) for level, tensor in zip(self.levels, tensors, strict=True)}


def encoder_of(config: Mapping[str, Any], shape: Shape) -> Encoder:
    """The encoder that a config names, for pictures of ``(height, width, channels)``.

    Raises:
        TrialError: it cannot be had, or does not halve pictures so often.
    """
    weights = config["weights"]
    name, alpha, depth = config["encoder"], float(config["backbone_alpha"]), config["depth"]
    return _encoder(name, alpha, weights, shape, depth, config["skip_connections"], age(weights))


@functools.lru_cache(_KEPT)
def _encoder(name: str, alpha: float, weights: str, shape: Any, depth: int, skips: bool, _: int) -> Encoder:
    backbone = load_backbone(name, alpha, weights, shape)
    maps = halved_maps(backbone.model)
    if depth not in maps:
        told = ", ".join(map(str, maps))
        raise TrialError(f"encoder '{name}' has no map of depth {depth} for such pictures: depth must be one of {told}")
    levels = tuple(level for level in maps if level == depth or (skips and level < depth))
    model = keras.Model(backbone.model.inputs, [maps[level] for level in levels])
    return Encoder(Backbone(model, backbone.scaling), levels)
