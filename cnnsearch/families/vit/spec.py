"""The declaration of the ``vit`` family."""

from __future__ import annotations

from dataclasses import replace

from cnnsearch.families.encoder_specs import BRANCHES
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped
from cnnsearch.families.vit.advice import ADVICE
from cnnsearch.space import Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices

__all__ = ["VIT"]

_PARAMETERS = Parameters(
    ParameterSpec(
        "stem",
        "choice",
        "patches",
        "what makes tokens of a picture: one dense layer over each patch, or 3x3 convolutions with a step of 2",
        options=("patches", "convolutions"),
        sensible=choices("patches", "convolutions"),
    ),
    ParameterSpec(
        "patch_size",
        "int",
        4,
        "pixels from one token to the next; of patches it must divide the sides, of convolutions it is a power of 2",
        low=1,
        high=64,
        sensible=choices(2, 4, 8),
    ),
    ParameterSpec("depth", "int", 4, "blocks of attention and dense layers", low=1, high=48, sensible=Int(2, 8)),
    ParameterSpec(
        "width", "int", 64, "numbers a token; heads must divide it", low=1, high=4096, sensible=choices(48, 64, 96, 128)
    ),
    *BRANCHES,
    ParameterSpec(
        "positions",
        "choice",
        "learned",
        "how a token tells where it stands: learned numbers, or fixed sines of row and column (width / 4 of each)",
        options=("learned", "sine"),
        sensible=choices("learned", "sine"),
    ),
    ParameterSpec(
        "token_pooling",
        "choice",
        "average",
        "what the tokens come to: their mean, a mean by learned weights, or what a class token beside them holds",
        options=("average", "attention", "class_token"),
        sensible=choices("average", "attention", "class_token"),
    ),
    replace(activation("of the hidden dense layers, and of the convolutions of a stem"), default="gelu"),
    dropped(
        "encoder_dropout",
        "share of activations dropped behind the positions, each attention and each dense layer of a block",
        usual=0.2,
    ),
    dropped(
        "stochastic_depth",
        "share of pictures for which training leaves a branch of the last block out; of earlier blocks less",
        high=0.9,
        usual=0.3,
    ),
    dropped("dropout", "share of the features dropped before the output layer", usual=0.3),
)

VIT = FamilySpec(
    "vit",
    "small Vision Transformer: tokens of patches, or of a convolutional stem, then blocks of attention",
    _PARAMETERS,
    recommended=ADVICE,
)
