"""The layers of a U-Net, behind the scaling of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.families.unet.stride import PARAMETER, last_level, refused
from cnnsearch.networks.layers import Layer, initializer

__all__ = ["convolutions", "doubling", "ended", "filters_at", "layers_of"]

_KERAS_MOMENTUM = 0.99


def layers_of(config: Mapping[str, Any], sides: tuple[int, int], width: Any) -> Iterator[Layer]:
    """Down to the deepest level, and up again.

    Args:
        config: of the family.
        sides: height and width of the pictures.
        width: numbers of each place.

    Raises:
        TrialError: the pictures are too small, or no way up is left.
    """
    depth: int = config["depth"]
    if why := refused(config):
        raise TrialError(f"impossible architecture: {why}")
    if min(sides) < 2**depth:
        raise TrialError(
            f"impossible architecture: depth {depth} would shrink pictures of {sides[0]}x{sides[1]} below 1x1; use "
            "less depth, or larger pictures"
        )
    edges = tuple(_edges(side, 2**depth) for side in sides)
    if any(map(any, edges)):  # to what can be halved that often
        yield Layer("ZeroPadding2D", "padding", (edges,))
    for level in range(depth):
        yield from convolutions(config, "down", level)
        yield Layer("MaxPooling2D", f"pooling_{level + 1}", (2,), block=level + 1)
    yield from convolutions(config, "down", depth)
    rate = config["dropout"]
    if not isinstance(rate, (int, float)) or rate:  # else no trial of the program drops anything
        yield Layer("Dropout", "dropout", (rate,), reads="dropout", block=depth + 1)
    for level in reversed(range(last_level(config), depth)):
        yield doubling(config, level)
        if config["skip_connections"]:
            taken = (f"doubling_{level + 1}", f"down_{level + 1}_activation_{config['convs_per_level']}")
            yield Layer("Concatenate", f"joined_{level + 1}", takes=taken, block=level + 1)
        yield from convolutions(config, "up", level)
    yield from ended(config, width, [Layer("Cropping2D", "cropping", (edges,))] if any(map(any, edges)) else [])


def ended(config: Mapping[str, Any], width: Any, cropping: Iterable[Layer], prefix: str = "") -> Iterator[Layer]:
    """From the last map on the way up to the outputs.

    Args:
        config: of the family.
        width: numbers of each place.
        cropping: what brings the outputs from the way up's own sides to those of the picture.
        prefix: of the layers' names.
    """
    logits = Layer("Conv2D", f"{prefix}logits", (width, 1), {"padding": "same"}, is_penalized=True)
    *before, last = (logits, *_enlarged(config, prefix), *cropping)
    yield from before
    yield replace(last, is_last=True)


def _edges(side: int, multiple: int) -> tuple[int, int]:
    """What is added before and behind to come to a multiple."""
    missing = -side % multiple
    return missing // 2, missing - missing // 2


def filters_at(config: Mapping[str, Any], level: int) -> int:
    """Of each convolution of a level."""
    grown: float = config["filters"] * config["filter_growth"] ** level
    return max(1, round(grown))


def convolutions(config: Mapping[str, Any], way: str, level: int, prefix: str = "") -> Iterator[Layer]:
    """Of a level on the way ``down`` or ``up``; ``prefix`` of the layers' names."""
    normalized, block = config["batch_normalization"], level + 1
    for number in range(1, config["convs_per_level"] + 1):
        options = {
            "padding": "same",
            # a bias before batch normalisation has no effect and a gradient of noise
            **({"use_bias": False} if normalized else {}),
            "kernel_initializer": initializer(config["activation"]),
        }
        sizes = (filters_at(config, level), config["kernel_size"])
        name = f"{prefix}{way}_{block}"
        yield Layer("Conv2D", f"{name}_convolution_{number}", sizes, options, is_penalized=True, block=block)
        if normalized:
            momentum = config["normalization_momentum"]
            kept = {"momentum": momentum} if momentum != _KERAS_MOMENTUM else {}
            yield Layer("BatchNormalization", f"{name}_normalization_{number}", options=kept, block=block)
        yield Layer("Activation", f"{name}_activation_{number}", (config["activation"],), block=block)


def doubling(config: Mapping[str, Any], level: int, prefix: str = "") -> Layer:
    """From the next deeper level up to this one."""
    name, kind, block = f"{prefix}doubling_{level + 1}", config["upsampling"], level + 1
    if kind == "transposed":
        options = {"strides": 2, "kernel_initializer": initializer(config["activation"])}
        return Layer("Conv2DTranspose", name, (filters_at(config, level), 2), options, is_penalized=True, block=block)
    return Layer("UpSampling2D", name, (2,), {} if kind == "nearest" else {"interpolation": kind}, block=block)


def _enlarged(config: Mapping[str, Any], prefix: str = "") -> Iterator[Layer]:
    """What brings logits to the size of the picture; ``prefix`` of its name."""
    stride: int = config[PARAMETER]
    if stride > 1:
        yield Layer("UpSampling2D", f"{prefix}enlarging", (stride,), {"interpolation": "bilinear"})
