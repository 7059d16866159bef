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

_MOST_OWN = 6
"""The last block that may have filters, kernels and dropout of its own."""

BLOCKS = (
    ParameterSpec(
        "block",
        "choice",
        "plain",
        "what a block repeats: a convolution; behind a stem a residual unit or bottleneck (He et al. 2016), which has "
        "a quarter of the filters within, or a depthwise separable convolution (Howard et al. 2017)",
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
        "share of pictures for which the last unit is left out of a training step; of those before it the share is "
        "smaller in proportion (Huang et al. 2016)",
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
        "what weighs the map of each unit, of a plain block its last one: squeeze_excite its channels (Hu et al. "
        "2018), cbam its channels and its places (Woo et al. 2018)",
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
        "what stands between each convolution and its activation: batch normalisation; group normalisation (Wu and "
        "He 2018) or layer normalisation over the filters of each place (Ba et al. 2016), which know no batch",
        options=("none", "batch", "group", "layer"),
        sensible=choices("batch", "group"),
    ),
    ParameterSpec(
        "normalization_groups",
        "int",
        8,
        "groups of filters that are normalised together; they must divide the filters; grown ones are rounded to that",
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
