"""The declaration of the ``cnn`` family."""

from __future__ import annotations

from cnnsearch.families.cnn.advice import ADVICE
from cnnsearch.families.cnn.block_specs import BLOCKS, PLAIN_ONLY, own_of_blocks
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped, l1, l2
from cnnsearch.space import Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["CNN"]

_PARAMETERS = Parameters(
    ParameterSpec("conv_blocks", "int", 2, "blocks, each ended by pooling", low=1, high=12, sensible=Int(1, 4)),
    ParameterSpec(
        "convs_per_block",
        "int",
        1,
        "convolutions a block, or units of another kind, as block says",
        low=1,
        high=8,
        sensible=Int(1, 2),
    ),
    ParameterSpec("filters", "int", 32, "filters of the first block", low=1, high=4096, sensible=choices(16, 32, 64)),
    ParameterSpec(
        "filter_growth",
        "float",
        2.0,
        "filters of a block over those of the block before",
        low=0.1,
        high=8.0,
        sensible=choices(1.0, 1.5, 2.0),
        read_where=(Switch("conv_blocks", off=(1,)),),
    ),
    ParameterSpec("kernel_size", "int", 3, "side of the convolution kernels", low=1, high=31, sensible=choices(3, 5)),
    ParameterSpec(
        "strides",
        "int",
        1,
        "step of the first convolution or unit of a block; the others step by 1",
        low=1,
        high=8,
        sensible=choices(1, 2),
    ),
    ParameterSpec(
        "padding",
        "choice",
        "same",
        "border of the convolutions",
        options=("same", "valid"),
        sensible=choices("same", "valid"),
        read_where=PLAIN_ONLY,
    ),
    activation("after each convolution and dense layer"),
    ParameterSpec(
        "pooling",
        "choice",
        "max",
        "kind of pooling at the end of a block",
        options=("max", "average", "none"),
        sensible=choices("max", "average"),
    ),
    ParameterSpec(
        "pool_size",
        "int",
        2,
        "side and step of the pooling",
        low=1,
        high=8,
        sensible=choices(2, 3),
        read_where=(Switch("pooling", off=("none",)),),
    ),
    ParameterSpec(
        "batch_normalization",
        "bool",
        False,
        "batch normalisation between each convolution and its activation, as by normalization: batch",
        sensible=choices(False, True),
        read_where=(Switch("normalization", on=("none",)),),
    ),
    ParameterSpec(
        "normalization_momentum",
        "float",
        0.9,
        "share of the running statistics of batch normalisation that a training step keeps; they are what predicts",
        predicts=False,
        low=0.0,
        high=0.9999,
        sensible=choices(0.9, 0.97),
        former=((1, 0.99),),
        read_where=(Switch("batch_normalization", on=(True,)), Switch("normalization", on=("batch",))),
    ),
    dropped("block_dropout", "share of activations dropped at the end of each block", usual=0.4),
    ParameterSpec(
        "global_pooling",
        "choice",
        "flatten",
        "how the last feature map becomes a vector: all of it, or the mean or the maximum of each filter",
        options=("flatten", "average", "max"),
        sensible=choices("flatten", "average", "max"),
    ),
    ParameterSpec("dense_layers", "int", 1, "dense layers before the output layer", low=0, high=8, sensible=Int(0, 2)),
    ParameterSpec(
        "units",
        "int",
        128,
        "units of each dense layer",
        low=1,
        high=65536,
        sensible=Int(32, 512, log=True),
        read_where=(Switch("dense_layers", off=(0,)),),
    ),
    dropped("dropout", "share of activations dropped after each dense layer (before the output where there is none)"),
    l1("convolutions and dense layers"),
    l2("convolutions and dense layers"),
    BLOCKS,
    own_of_blocks(),
)

CNN = FamilySpec(
    "cnn",
    "convolutional network: blocks of plain, residual or separable convolutions and pooling, then dense layers",
    _PARAMETERS,
    prunes=True,
    recommended=ADVICE,
)
