"""Attention in a ``cnn``: what weighs channels and places of a map, and what compares places with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cnnsearch.families.cnn.parts import Part
from cnnsearch.networks.layers import Layer, initializer

__all__ = ["self_attention", "weighed"]

_CBAM_KERNEL = 7
"""Side of the kernel that weighs places (Woo et al. 2018, table 2)."""


def weighed(part: Part, prefix: str, filters: int, before: str) -> Iterator[Layer]:
    """What weighs a map of ``filters`` that the layer named ``before`` gives; nothing where nothing does."""
    return _KINDS[part.config["attention"]](part, prefix, filters, before)


def self_attention(part: Part, filters: int, before: str) -> Iterator[Layer]:
    """Layers in which all places of the last map, of ``filters``, look at all others (Vaswani et al. 2017).

    Each is added to the map, and behind a normalisation of its own (Xiong et al. 2020). Where a place lies is told by
    the borders of the convolutions before them.
    """
    heads = part.config["self_attention_heads"]
    for number in range(1, part.config["self_attention_layers"] + 1):
        name = f"self_attention_{number}"
        yield part.layer("LayerNormalization", f"{name}_normalization", takes=(before,))
        yield replace(
            part.layer(
                "MultiHeadAttention",
                name,
                heads,
                max(1, filters // heads),
                takes=(f"{name}_normalization",) * 2,
                attention_axes=(1, 2),
            ),
            is_penalized=True,
        )
        yield part.layer("Add", f"{name}_added", takes=(before, name))
        before = f"{name}_added"


def _nothing(part: Part, prefix: str, filters: int, before: str) -> Iterator[Layer]:  # noqa: ARG001 - stands for a kind
    yield from ()


def _squeeze_excite(part: Part, prefix: str, filters: int, before: str) -> Iterator[Layer]:
    """Hu et al. 2018: each channel is weighed by what the means of all say."""
    yield part.layer("GlobalAveragePooling2D", f"{prefix}squeezed", takes=(before,), keepdims=True)
    yield from _excited(part, prefix, filters, {"activation": "sigmoid"})
    yield part.layer("Multiply", f"{prefix}weighed", takes=(before, f"{prefix}excited"))


def _cbam(part: Part, prefix: str, filters: int, before: str) -> Iterator[Layer]:
    """Woo et al. 2018: first the channels are weighed, by their means and maxima, then the places, likewise."""
    pooled = (f"{prefix}mean", f"{prefix}maximum")
    for kind, name in zip(("GlobalAveragePooling2D", "GlobalMaxPooling2D"), pooled, strict=True):
        yield part.layer(kind, name, takes=(before,), keepdims=True)
    # One below the other, so that the same two layers see both.
    yield part.layer("Concatenate", f"{prefix}squeezed", takes=pooled, axis=1)
    yield from _excited(part, prefix, filters, {})
    yield part.layer("sum", f"{prefix}both", axis=1, keepdims=True)
    yield part.layer("Activation", f"{prefix}channels", "sigmoid")
    by_channel = f"{prefix}channels_weighed"
    yield part.layer("Multiply", by_channel, takes=(before, f"{prefix}channels"))
    pooled = (f"{prefix}place_mean", f"{prefix}place_maximum")
    for kind, name in zip(("mean", "max"), pooled, strict=True):
        yield part.layer(kind, name, takes=(by_channel,), axis=-1, keepdims=True)
    yield part.layer("Concatenate", f"{prefix}place_pooled", takes=pooled)
    places = part.layer(
        "Conv2D", f"{prefix}places", 1, _CBAM_KERNEL, padding="same", activation="sigmoid", use_bias=False
    )
    yield replace(places, is_penalized=True)
    yield part.layer("Multiply", f"{prefix}weighed", takes=(by_channel, f"{prefix}places"))


def _excited(part: Part, prefix: str, filters: int, last: Mapping[str, Any]) -> Iterator[Layer]:
    """Two dense layers, the first of them narrower."""
    width = max(1, filters // part.config["attention_reduction"])
    activation = part.config["activation"]
    narrow = {"activation": activation, "kernel_initializer": initializer(activation)}
    yield replace(part.layer("Dense", f"{prefix}reduced", width, **narrow), is_penalized=True)
    yield replace(part.layer("Dense", f"{prefix}excited", filters, **last), is_penalized=True)


_KINDS: Mapping[str, Callable[[Part, str, int, str], Iterator[Layer]]] = {
    "none": _nothing,
    "squeeze_excite": _squeeze_excite,
    "cbam": _cbam,
}
