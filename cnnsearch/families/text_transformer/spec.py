"""The declaration of the ``text_transformer`` family."""

from __future__ import annotations

from dataclasses import replace

from cnnsearch.families.encoder_specs import BRANCHES
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped
from cnnsearch.families.text_transformer.advice import ADVICE
from cnnsearch.inputs.texts.spec import INPUTS
from cnnsearch.inputs.texts.vectors import NONE
from cnnsearch.space import Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["TEXT_TRANSFORMER"]


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
    dropped("embedding_dropout", "share of these numbers dropped"),
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
    *BRANCHES,
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
    dropped(
        "encoder_dropout",
        "share of activations dropped behind the positions, each attention and each dense layer of a block",
        usual=0.3,
    ),
    dropped(
        "stochastic_depth",
        "share of texts for which training leaves a branch of the last block out; of earlier blocks less",
        high=0.9,
        usual=0.3,
    ),
    dropped("dropout", "share of the features dropped before the output layer"),
)

TEXT_TRANSFORMER = FamilySpec(
    "text_transformer",
    "small transformer of texts: a vector a token, then blocks of attention over all tokens of a text",
    _PARAMETERS,
    takes=(INPUTS,),
    recommended=ADVICE,
)
