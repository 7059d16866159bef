"""Backbones that give several maps, as U-Nets and detectors take them: those before halvings, as one network."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
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
        backbone: its network ends in the maps that are taken, the deepest one last.
        levels: of these maps; at level 2 a picture is halved twice.
    """

    backbone: Backbone
    levels: tuple[int, ...]

    @property
    def shapes(self) -> dict[int, Shape]:
        """Level -> shape of its map."""
        tensors = self.backbone.model.outputs
        return {level: tuple(tensor.shape[1:]) for level, tensor in zip(self.levels, tensors, strict=True)}


def encoder_of(config: Mapping[str, Any], shape: Shape, wanted: Sequence[int], needed: Sequence[int]) -> Encoder:
    """The encoder that a config names, for pictures of ``(height, width, channels)``.

    Args:
        config: filled.
        shape: of the pictures.
        wanted: levels whose maps are taken, of those that it has.
        needed: those of them that it must have.

    Raises:
        TrialError: it cannot be had, or lacks a level.
    """
    weights = config["weights"]
    name, alpha = config["encoder"], float(config["backbone_alpha"])
    return _encoder(name, alpha, weights, shape, tuple(wanted), tuple(needed), age(weights))


@functools.lru_cache(_KEPT)
def _encoder(
    name: str, alpha: float, weights: str, shape: Any, wanted: tuple[int, ...], needed: tuple[int, ...], _: int
) -> Encoder:
    backbone = load_backbone(name, alpha, weights, shape)
    maps = halved_maps(backbone.model)
    if lacking := [level for level in needed if level not in maps]:
        told = ", ".join(map(str, maps))
        raise TrialError(
            f"encoder '{name}' has no map of depth {lacking[0]} for such pictures: depth must be one of {told}"
        )
    levels = tuple(level for level in maps if level in wanted)
    model = keras.Model(backbone.model.inputs, [maps[level] for level in levels])
    return Encoder(Backbone(model, backbone.scaling), levels)
