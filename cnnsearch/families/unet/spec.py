"""The declaration of the ``unet`` family."""

from __future__ import annotations

from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped, l1, l2
from cnnsearch.families.transfer.backbone_parameters import SCRATCH, backbone_parameters
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.families.unet.advice import ADVICE
from cnnsearch.families.unet.stride import PARAMETER
from cnnsearch.space import Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["ENCODED_BY", "UNET"]

ENCODED_BY = ("encoder", "backbone_alpha", "weights", "depth", "skip_connections", PARAMETER)
"""Parameters that say which maps an encoder gives."""

_BACKBONE = (Switch("encoder", off=(SCRATCH,)),)

_PARAMETERS = Parameters(
    ParameterSpec(
        "encoder",
        "choice",
        SCRATCH,
        "the way down: convolutions (scratch), or a pretrained network, whose maps are joined on the way up",
        options=(SCRATCH, *BACKBONES),
        sensible=choices(SCRATCH, "mobilenet_v2", "resnet50"),
    ),
    ParameterSpec(
        "depth",
        "int",
        3,
        "how often the picture is halved on the way down; a pretrained encoder ends there, mostly at 5 at most",
        low=1,
        high=8,
        sensible=Int(2, 4),
    ),
    ParameterSpec(
        "filters",
        "int",
        16,
        "filters of the first level; behind a pretrained encoder on the way up alone",
        low=1,
        high=4096,
        sensible=choices(8, 16, 32),
    ),
    ParameterSpec(
        "filter_growth",
        "float",
        2.0,
        "factor of the filters from one level to the next deeper one",
        low=0.1,
        high=8.0,
        sensible=choices(1.5, 2.0),
    ),
    ParameterSpec(
        "convs_per_level",
        "int",
        2,
        "convolutions of a level, on the way down (of scratch) and up",
        low=1,
        high=8,
        sensible=Int(1, 2),
    ),
    ParameterSpec(
        "kernel_size", "int", 3, "side of the kernel of each convolution", low=1, high=63, sensible=choices(3, 5)
    ),
    activation("after each convolution"),
    ParameterSpec(
        "batch_normalization",
        "bool",
        True,
        "batch normalisation between each convolution and its activation",
        sensible=choices(False, True),
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
        read_where=(Switch("batch_normalization", on=(True,)),),
    ),
    ParameterSpec(
        "upsampling",
        "choice",
        "transposed",
        "how a map is doubled on the way up: by a transposed convolution, or without weights (nearest, bilinear)",
        options=("transposed", "nearest", "bilinear"),
        sensible=choices("transposed", "bilinear"),
    ),
    ParameterSpec(
        "skip_connections",
        "bool",
        True,
        "whether each level on the way up gets the map of that level on the way down too",
        sensible=choices(True, False),
    ),
    ParameterSpec(
        "skip_projection",
        "bool",
        True,
        "whether a 1x1 convolution brings maps of a pretrained encoder to the filters of their levels, as is cheaper",
        sensible=choices(True, False),
        former=((2, False),),
        read_where=(Switch("skip_connections", on=(True,), beside=_BACKBONE[0]),),
    ),
    ParameterSpec(
        PARAMETER,
        "choice",
        1,
        "the way up ends at the picture's sides over this, and logits are enlarged from there; 4 is fastest",
        options=(1, 2, 4),
        sensible=choices(1, 2),
    ),
    dropped("dropout", "share of activations dropped at the deepest level"),
    l1("convolutions"),
    l2("convolutions"),
    *backbone_parameters(_BACKBONE),
)

UNET = FamilySpec(
    "unet",
    "U-Net (Ronneberger et al. 2015): halves a picture, doubles it again, and tells each pixel; for segmentation",
    _PARAMETERS,
    frozen_by=ENCODED_BY,
    frozen_where=_BACKBONE,
    gives=("map",),
    recommended=ADVICE,
    # A backbone is given pictures as it was trained on them.
    read_where={"scaling": (Switch("encoder", on=(SCRATCH,)),)},
)
