"""Parameters of what the blocks of a ``cnn`` are made of, and of single blocks."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.space import Float, Int
from cnnsearch.space.specs import ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["BLOCKS", "PLAIN_ONLY", "own_of_blocks"]

_UNITS = ("residual", "bottleneck", "separable")
_OF_UNITS = (Switch("block", on=_UNITS),)

PLAIN_ONLY = (Switch("block", on=("plain",)),)

_MOST_OWN = 4
"""The last block that may have filters, kernels and dropout of its own."""

BLOCKS = (
    ParameterSpec(
        "block",
        "choice",
        "plain",
        "unit of a block: a convolution, or behind a stem a residual, bottleneck or depthwise separable one",
        options=("plain", *_UNITS),
        sensible=choices("plain", "residual", "separable"),
    ),
    ParameterSpec(
        "stem_kernel_size",
        "int",
        3,
        "side of the kernel of the convolution before the first block",
        low=1,
        high=31,
        sensible=choices(3, 5, 7),
        read_where=_OF_UNITS,
    ),
    ParameterSpec(
        "stem_strides",
        "int",
        1,
        "step of that convolution",
        low=1,
        high=8,
        sensible=choices(1, 2),
        read_where=_OF_UNITS,
    ),
    ParameterSpec(
        "stem_pooling",
        "bool",
        False,
        "maximum pooling of 3x3 by steps of 2 behind it, as for photographs of 224x224 (He et al. 2016)",
        sensible=choices(False, True),
        read_where=_OF_UNITS,
    ),
    ParameterSpec(
        "stochastic_depth",
        "float",
        0.0,
        "share of pictures for which training leaves out the last unit, in proportion fewer for those before",
        structural=False,
        low=0.0,
        high=0.95,
        sensible=Float(0.0, 0.3),
        read_where=(Switch("block", on=("residual", "bottleneck")),),
    ),
    ParameterSpec(
        "attention",
        "choice",
        "none",
        "what weighs the map of each unit (of a plain block its last): its channels, by cbam its places too",
        options=("none", "squeeze_excite", "cbam"),
        sensible=choices("none", "squeeze_excite"),
    ),
    ParameterSpec(
        "attention_reduction",
        "int",
        8,
        "channels over the units of the layer between, in what weighs channels",
        low=1,
        high=64,
        sensible=choices(4, 8, 16),
        read_where=(Switch("attention", off=("none",)),),
    ),
    ParameterSpec(
        "self_attention_layers",
        "int",
        0,
        "layers behind the last block in which all places of the map look at each other (Vaswani et al. 2017)",
        low=0,
        high=8,
        sensible=Int(0, 2),
    ),
    ParameterSpec(
        "self_attention_heads",
        "int",
        4,
        "heads of each of these layers, which share the filters",
        low=1,
        high=64,
        sensible=choices(2, 4, 8),
        read_where=(Switch("self_attention_layers", off=(0,)),),
    ),
    ParameterSpec(
        "normalization",
        "choice",
        "none",
        "what normalises each convolution before its activation: over batch, groups of filters or all filters",
        options=("none", "batch", "group", "layer"),
        sensible=choices("none", "batch", "group"),
    ),
    ParameterSpec(
        "normalization_groups",
        "int",
        8,
        "groups of filters that are normalised together; must divide the filters; grown ones are rounded to it",
        low=1,
        high=1024,
        sensible=choices(4, 8),
        read_where=(Switch("normalization", on=("group",)),),
    ),
)


def own_of_blocks() -> Iterator[ParameterSpec]:
    """Filters, kernels and dropout of single blocks, from the second on."""
    for block in range(2, _MOST_OWN + 1):
        switches = (Switch("conv_blocks", off=tuple(range(1, block))),)
        yield ParameterSpec(
            f"filters_{block}",
            "int",
            None,
            f"filters of block {block}, from which later ones grow; null: grown from those before",
            low=1,
            high=4096,
            sensible=choices(32, 64, 128),
            nullable=True,
            read_where=switches,
        )
        yield ParameterSpec(
            f"kernel_size_{block}",
            "int",
            None,
            f"side of the kernels of block {block}; null: as kernel_size says",
            low=1,
            high=31,
            sensible=choices(3, 5),
            nullable=True,
            read_where=switches,
        )
        yield ParameterSpec(
            f"block_dropout_{block}",
            "float",
            None,
            f"share of activations dropped at the end of block {block}; null: as block_dropout says",
            structural=False,
            low=0.0,
            high=0.95,
            sensible=Float(0.0, 0.4),
            nullable=True,
            neutral=(None,),
            otherwise="block_dropout",
            read_where=switches,
        )
