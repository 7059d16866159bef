"""The layers of the ``cnn`` family, behind the scaling of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.networks.layers import Layer, dense_head, initializer

__all__ = ["filters_of", "layers_of"]


_VECTORS = {"flatten": "Flatten", "average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}
"""What makes a vector of the last feature map."""

_KERAS_MOMENTUM = 0.99


def layers_of(config: Mapping[str, Any], width: Any) -> Iterator[Layer]:
    """Blocks of convolutions and pooling, then dense layers; ``width`` is that of the last one."""
    for block in range(1, config["conv_blocks"] + 1):
        yield from _block(config, block)
    yield Layer(_VECTORS[config["global_pooling"]], "features")
    yield from dense_head(config, config["dense_layers"], config["units"], width)


def filters_of(config: Mapping[str, Any], block: int) -> int:
    """Of the convolutions of a block, counted from 1."""
    grown: float = config["filters"] * config["filter_growth"] ** (block - 1)
    return max(1, round(grown))


def _block(config: Mapping[str, Any], block: int) -> Iterator[Layer]:
    activation, normalized = config["activation"], config["batch_normalization"]
    for position in range(config["convs_per_block"]):
        number = (block - 1) * config["convs_per_block"] + position + 1
        strides = config["strides"] if position == 0 else 1
        options = {
            **({"strides": strides} if strides != 1 else {}),
            "padding": config["padding"],
            # a bias before batch normalisation has no effect and a gradient of noise
            **({"use_bias": False} if normalized else {}),
            "kernel_initializer": initializer(activation),
        }
        sizes = (filters_of(config, block), config["kernel_size"])
        yield Layer("Conv2D", f"convolution_{number}", sizes, options, is_penalized=True, block=block)
        if normalized:
            momentum = config["normalization_momentum"]
            kept = {"momentum": momentum} if momentum != _KERAS_MOMENTUM else {}
            yield Layer("BatchNormalization", f"normalization_{number}", options=kept, block=block)
        yield Layer("Activation", f"activation_{number}", (activation,), block=block)
    if config["pooling"] != "none":
        kind = "MaxPooling2D" if config["pooling"] == "max" else "AveragePooling2D"
        yield Layer(kind, f"pooling_{block}", (config["pool_size"],), block=block)
    rate = config["block_dropout"]
    if not isinstance(rate, (int, float)) or rate:  # else no trial of the program drops anything
        yield Layer("Dropout", f"block_dropout_{block}", (rate,), reads="block_dropout", block=block)
