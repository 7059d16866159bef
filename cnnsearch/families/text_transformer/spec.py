"""The declaration of the ``text_transformer`` family."""

from __future__ import annotations

from dataclasses import replace

from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation
from cnnsearch.families.text_transformer.advice import ADVICE
from cnnsearch.inputs.texts.spec import INPUTS
from cnnsearch.inputs.texts.vectors import NONE
from cnnsearch.space import Float, Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["TEXT_TRANSFORMER"]


def _share(name: str, doc: str, high: float = 0.95, usual: float = 0.5) -> ParameterSpec:
    return ParameterSpec(name, "float", 0.0, doc, structural=False, low=0.0, high=high, sensible=Float(0.0, usual))


_PARAMETERS = Parameters(
    ParameterSpec(
        "embedding_size",
        "int",
        64,
        "numbers that stand for a token, before they become those of its width",
        low=1,
        high=4096,
        sensible=choices(32, 64, 128),
        read_where=(Switch("word_vectors", on=(NONE,)), Switch("tokens", on=("subwords",))),
    ),
    _share("embedding_dropout", "share of these numbers dropped"),
    ParameterSpec("depth", "int", 2, "blocks of attention and dense layers", low=1, high=48, sensible=Int(1, 4)),
    ParameterSpec(
        "width",
        "int",
        64,
        "numbers a token in the blocks; heads must divide it",
        low=1,
        high=4096,
        sensible=choices(32, 64, 128),
    ),
    ParameterSpec(
        "heads",
        "int",
        4,
        "heads of each attention, of width / heads numbers each",
        low=1,
        high=64,
        sensible=choices(2, 4),
    ),
    ParameterSpec(
        "mlp_ratio",
        "float",
        2.0,
        "units of the hidden dense layer of a block over the width",
        low=0.1,
        high=16.0,
        sensible=choices(1.0, 2.0, 4.0),
    ),
    ParameterSpec(
        "positions",
        "choice",
        "learned",
        "how a token tells where it stands: learned numbers, fixed sines, or not at all: a text is a bag of words then",
        options=("learned", "sine", "none"),
        sensible=choices("learned", "sine"),
    ),
    ParameterSpec(
        "token_pooling",
        "choice",
        "average",
        "what the tokens come to: their mean, a mean by learned weights, or what a class token before them holds",
        options=("average", "attention", "class_token"),
        sensible=choices("average", "attention", "class_token"),
    ),
    replace(activation("of the hidden dense layers"), default="gelu"),
    _share(
        "encoder_dropout",
        "share of activations dropped behind the positions, each attention and each dense layer of a block",
        usual=0.3,
    ),
    _share(
        "stochastic_depth",
        "share of texts for which training leaves a branch of the last block out; of earlier blocks less",
        high=0.9,
        usual=0.3,
    ),
    _share("dropout", "share of the features dropped before the output layer"),
)

TEXT_TRANSFORMER = FamilySpec(
    "text_transformer",
    "small transformer of texts: a vector a token, then blocks of attention over all tokens of a text",
    _PARAMETERS,
    takes=(INPUTS,),
    recommended=ADVICE,
)
