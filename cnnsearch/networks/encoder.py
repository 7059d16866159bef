"""Blocks of attention and dense layers over tokens, as the families of pictures and of texts list them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnsearch.networks.layers import Layer

__all__ = ["EPSILON", "encoder_block", "encoder_dropout", "normalization"]

EPSILON = 1e-6
"""Of layer normalisation, as Dosovitskiy et al. 2021 have it."""


def encoder_block(config: Mapping[str, Any], block: int, before: str, mask: str = "") -> Iterator[Layer]:
    """Normalisation before each branch, as Dosovitskiy et al. 2021 have it: deep ones train without long warm-ups.

    Args:
        config: filled.
        block: its number, counted from 1; it is called ``block1`` and so on.
        before: the layer whose tokens, ``(tokens, width)``, it takes.
        mask: the layer that tells which of them are there, ``(tokens,)`` booleans; empty: all are.
    """
    width, heads, name = config["width"], config["heads"], f"block{block}"
    normalized = f"{name}_attention_normalization"
    # Query, value and key, then which of each are there.
    taken = (normalized,) * 3 + (mask,) * 3 if mask else (normalized,) * 2
    attention = [
        _normalization(normalized, before, block),
        Layer("MultiHeadAttention", f"{name}_attention", (heads, width // heads), block=block, takes=taken),
        *encoder_dropout(config, f"{name}_attention_dropout", block),
    ]
    yield from _added(config, attention, before, f"{name}_attended", block)
    units = max(1, round(config["mlp_ratio"] * width))
    options = {"activation": config["activation"]}
    dense = [
        _normalization(f"{name}_mlp_normalization", f"{name}_attended", block),
        Layer("Dense", f"{name}_mlp_hidden", (units,), options, block=block),
        *encoder_dropout(config, f"{name}_mlp_hidden_dropout", block),
        Layer("Dense", f"{name}_mlp", (width,), block=block),
        *encoder_dropout(config, f"{name}_mlp_dropout", block),
    ]
    yield from _added(config, dense, f"{name}_attended", name, block)


def normalization() -> Layer:
    """Behind the last block."""
    return Layer("LayerNormalization", "normalization", options={"epsilon": EPSILON})


def encoder_dropout(config: Mapping[str, Any], name: str, block: int) -> Iterator[Layer]:
    """Where some trial of the program drops anything."""
    rate = config["encoder_dropout"]
    if _drops(rate):
        yield Layer("Dropout", name, (rate,), reads="encoder_dropout", block=block)


def _added(config: Mapping[str, Any], branch: Sequence[Layer], before: str, name: str, block: int) -> Iterator[Layer]:
    """A branch, added to what it took."""
    branch = [*branch, *_stochastic(config, f"{name}_stochastic_depth", block)]
    yield from branch
    yield Layer("Add", name, block=block, takes=(before, branch[-1].name))


def _normalization(name: str, before: str, block: int) -> Layer:
    return Layer("LayerNormalization", name, options={"epsilon": EPSILON}, block=block, takes=(before,))


def _stochastic(config: Mapping[str, Any], name: str, block: int) -> Iterator[Layer]:
    """Huang et al. 2016: in training a branch is left out of some inputs' networks, of deeper blocks more often."""
    rate = config["stochastic_depth"]
    if _drops(rate):
        options, factor = {"noise_shape": (None, 1, 1)}, block / config["depth"]
        yield Layer("Dropout", name, (rate,), options, reads="stochastic_depth", block=block, factor=factor)


def _drops(rate: Any) -> bool:
    """Whether some trial of the program drops anything."""
    return not isinstance(rate, (int, float)) or rate > 0
