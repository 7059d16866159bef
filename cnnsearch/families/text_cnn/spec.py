"""The declaration of the ``text_cnn`` family."""

from __future__ import annotations

from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped
from cnnsearch.families.text_cnn.advice import ADVICE
from cnnsearch.inputs.texts.spec import INPUTS
from cnnsearch.inputs.texts.vectors import NONE
from cnnsearch.space import Float, Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["TEXT_CNN"]

_PARALLEL = (Switch("arrangement", on=("parallel",)),)
_CHAIN = (Switch("arrangement", on=("chain",)),)


def _penalty(name: str, low: float) -> ParameterSpec:
    doc = f"{name.upper()} penalty on the kernels of convolutions and dense layers"
    return ParameterSpec(
        name, "float", 0.0, doc, structural=False, low=0.0, high=10.0, sensible=Float(low, 1e-2, log=True)
    )


_PARAMETERS = Parameters(
    ParameterSpec(
        "arrangement",
        "choice",
        "parallel",
        "parallel: convolutions of several widths beside each other (Kim 2014); chain: one behind the other, pooled",
        options=("parallel", "chain"),
        sensible=choices("parallel", "chain"),
    ),
    ParameterSpec(
        "embedding_size",
        "int",
        64,
        "numbers that stand for a token",
        low=1,
        high=4096,
        sensible=choices(32, 64, 128),
        read_where=(Switch("word_vectors", on=(NONE,)), Switch("tokens", on=("subwords",))),
    ),
    dropped("embedding_dropout", "share of these numbers dropped"),
    ParameterSpec(
        "kernel_size",
        "int",
        3,
        "tokens that a convolution sees at once; of parallel ones the narrowest",
        low=1,
        high=31,
        sensible=choices(2, 3, 5),
    ),
    ParameterSpec(
        "kernel_count",
        "int",
        3,
        "parallel convolutions, each one token wider than the one before",
        low=1,
        high=8,
        sensible=Int(1, 4),
        read_where=_PARALLEL,
    ),
    ParameterSpec("filters", "int", 64, "filters of each convolution", low=1, high=4096, sensible=choices(32, 64, 128)),
    ParameterSpec(
        "conv_blocks",
        "int",
        2,
        "convolutions of a chain, each but the last followed by pooling",
        low=1,
        high=12,
        sensible=Int(1, 3),
        read_where=_CHAIN,
    ),
    ParameterSpec(
        "pool_size",
        "int",
        2,
        "tokens of which pooling keeps the maximum",
        low=1,
        high=16,
        sensible=choices(2, 3),
        read_where=(Switch("conv_blocks", off=(1,)),),
    ),
    activation("after each convolution and dense layer"),
    ParameterSpec("dense_layers", "int", 0, "dense layers before the output layer", low=0, high=8, sensible=Int(0, 1)),
    ParameterSpec(
        "units",
        "int",
        64,
        "units of each dense layer",
        low=1,
        high=65536,
        sensible=Int(32, 256, log=True),
        read_where=(Switch("dense_layers", off=(0,)),),
    ),
    dropped("dropout", "share of activations dropped after each dense layer (before the output where there is none)"),
    _penalty("l1", 1e-7),
    _penalty("l2", 1e-6),
)

TEXT_CNN = FamilySpec(
    "text_cnn",
    "convolutional network of texts: a vector a token, convolutions over these, and the maximum over the text",
    _PARAMETERS,
    takes=(INPUTS,),
    recommended=ADVICE,
)
