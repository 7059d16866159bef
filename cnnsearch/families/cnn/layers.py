"""The layers of the ``cnn`` family, behind the scaling of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.families.cnn.attention import self_attention, weighed
from cnnsearch.families.cnn.filters import filters_of
from cnnsearch.families.cnn.parts import Part
from cnnsearch.families.cnn.units import Unit
from cnnsearch.networks.layers import STEM, Layer, dense_head

__all__ = ["block_of", "layers_of", "maps_of"]

_VECTORS = {"flatten": "Flatten", "average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}
"""What makes a vector of the last feature map."""


def layers_of(config: Mapping[str, Any], width: Any) -> Iterator[Layer]:
    """From pictures to the outputs, which are ``width``."""
    yield from maps_of(config)
    yield Layer(_VECTORS[config["global_pooling"]], "features")
    yield from dense_head(config, config["dense_layers"], config["units"], width)


def maps_of(config: Mapping[str, Any]) -> Iterator[Layer]:
    """Up to the last feature map: the last layer of each block gives that of the block.

    Raises:
        TrialError: filters cannot be normalised in groups.
    """
    last = ""
    for layer in _blocks(config):
        yield layer
        last = layer.name
    blocks: int = config["conv_blocks"]
    yield from self_attention(Part(config, blocks), filters_of(config, blocks), last)


def _blocks(config: Mapping[str, Any]) -> Iterator[Layer]:
    before = ""
    for block in range(1, config["conv_blocks"] + 1):
        layers = [*block_of(config, block, before), *_end(config, block)]
        yield from layers
        before = layers[-1].name


def block_of(config: Mapping[str, Any], block: int, before: str) -> list[Layer]:
    """A block up to its end, the first one with the stem; ``before``: name of the layer whose map it takes."""
    if config["block"] == "plain":
        return list(_plain(config, block))
    stem = list(_stem(config)) if block == 1 else []
    return [*stem, *_units(config, block, stem[-1].name if stem else before)]


def _stem(config: Mapping[str, Any]) -> Iterator[Layer]:
    """A convolution with as many filters as the first block, and where it is asked for pooling (He et al. 2016)."""
    part = Part(config, STEM)
    yield part.convolution("stem", filters_of(config, 1), config["stem_kernel_size"], config["stem_strides"])
    yield from part.normalized("stem_normalization")
    yield part.activated("stem_activation")
    if config["stem_pooling"]:
        yield part.layer("MaxPooling2D", "stem_pooling", 3, strides=2, padding="same")


def _units(config: Mapping[str, Any], block: int, before: str) -> Iterator[Layer]:
    each, filters = config["convs_per_block"], filters_of(config, block)
    for number in range(1, each + 1):
        unit = Unit(
            Part(config, block),
            f"block_{block}_unit_{number}",
            before,
            channels=filters_of(config, max(1, block - 1)) if number == 1 else filters,
            filters=filters,
            kernel=_own(config, "kernel_size", block),
            strides=config["strides"] if number == 1 else 1,
            depth=((block - 1) * each + number) / (config["conv_blocks"] * each),
        )
        yield from unit.layers()
        before = unit.last


def _plain(config: Mapping[str, Any], block: int) -> Iterator[Layer]:
    part, filters, kernel = Part(config, block), filters_of(config, block), _own(config, "kernel_size", block)
    for position in range(config["convs_per_block"]):
        number = (block - 1) * config["convs_per_block"] + position + 1
        strides = config["strides"] if position == 0 else 1
        yield part.convolution(f"convolution_{number}", filters, kernel, strides, config["padding"])
        yield from part.normalized(f"normalization_{number}")
        yield part.activated(f"activation_{number}")
    yield from weighed(part, f"block_{block}_", filters, f"activation_{number}")


def _end(config: Mapping[str, Any], block: int) -> Iterator[Layer]:
    """Pooling and dropout."""
    if config["pooling"] != "none":
        kind = "MaxPooling2D" if config["pooling"] == "max" else "AveragePooling2D"
        yield Layer(kind, f"pooling_{block}", (config["pool_size"],), block=block)
    name = "block_dropout" if config.get(f"block_dropout_{block}") is None else f"block_dropout_{block}"
    rate = config[name]
    if not isinstance(rate, (int, float)) or rate:  # else no trial of the program drops anything
        yield Layer("Dropout", f"block_dropout_{block}", (rate,), reads=name, block=block)


def _own(config: Mapping[str, Any], name: str, block: int) -> Any:
    """What a block has of a parameter: its own value, or that of all blocks."""
    own = config.get(f"{name}_{block}")
    return config[name] if own is None else own
