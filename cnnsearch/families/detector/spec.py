"""The declaration of the ``detector`` family."""

from __future__ import annotations

from dataclasses import replace

from cnnsearch.families.cnn.block_specs import BLOCKS
from cnnsearch.families.detector.advice import ADVICE
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped, l1, l2
from cnnsearch.families.transfer.backbone_parameters import SCRATCH, backbone_parameters
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.space import Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["DETECTOR"]

_OWN = (Switch("encoder", on=(SCRATCH,)),)
_BACKBONE = (Switch("encoder", off=(SCRATCH,)),)
_ANCHORS = (Switch("boxes_from", on=("anchors",)),)

_BODY = Parameters(
    ParameterSpec(
        "encoder",
        "choice",
        SCRATCH,
        "the network below the maps: blocks of convolutions (scratch), or a pretrained network that gives its maps",
        options=(SCRATCH, *BACKBONES),
        sensible=choices(SCRATCH, "mobilenet_v2", "resnet50"),
    ),
    ParameterSpec(
        "finest_stride",
        "choice",
        4,
        "pixels between two places of the finest map that tells boxes; smaller for small objects",
        options=(2, 4, 8, 16, 32),
        sensible=choices(4, 8),
    ),
    ParameterSpec(
        "map_levels",
        "int",
        2,
        "maps that tell boxes, each of twice the stride of the one before, for objects twice as large",
        low=1,
        high=6,
        sensible=Int(1, 3),
    ),
    ParameterSpec(
        "convs_per_block",
        "int",
        2,
        "convolutions before each halving of the picture, or units of another kind, as block says",
        low=1,
        high=8,
        sensible=Int(1, 2),
        read_where=_OWN,
    ),
    ParameterSpec(
        "filters",
        "int",
        16,
        "filters of the first block",
        low=1,
        high=4096,
        sensible=choices(8, 16, 32),
        read_where=_OWN,
    ),
    ParameterSpec(
        "filter_growth",
        "float",
        2.0,
        "filters of a block over those of the block before",
        low=0.1,
        high=8.0,
        sensible=choices(1.5, 2.0),
        read_where=_OWN,
    ),
    ParameterSpec(
        "kernel_size",
        "int",
        3,
        "side of the convolution kernels",
        low=1,
        high=31,
        sensible=choices(3, 5),
        read_where=_OWN,
    ),
    activation("after each convolution"),
    ParameterSpec(
        "normalization_momentum",
        "float",
        0.9,
        "share of the running statistics of batch normalisation that a training step keeps; they are what predicts",
        predicts=False,
        low=0.0,
        high=0.9999,
        sensible=choices(0.9, 0.97),
        read_where=(Switch("normalization", on=("batch",)),),
    ),
)
"""Of the network below the maps that tell boxes."""

_TELLING = Parameters(
    ParameterSpec(
        "feature_pyramid",
        "bool",
        True,
        "whether finer maps get what coarser ones know, from the top down (Lin et al. 2017); without it as SSD",
        sensible=choices(True, False),
        read_where=(Switch("map_levels", off=(1,)),),
    ),
    ParameterSpec(
        "head_filters",
        "int",
        32,
        "filters of the pyramid and of the convolutions before boxes and classes",
        low=1,
        high=4096,
        sensible=choices(16, 32, 64),
    ),
    ParameterSpec(
        "head_convs", "int", 1, "convolutions of each map before boxes and classes", low=0, high=8, sensible=Int(0, 2)
    ),
    ParameterSpec(
        "boxes_from",
        "choice",
        "places",
        "what a box is told from: places (distances to its sides, Tian et al. 2019) or anchors (Liu et al. 2016)",
        options=("places", "anchors"),
        sensible=choices("places", "anchors"),
    ),
    ParameterSpec(
        "prior_scale",
        "float",
        4.0,
        "side of the boxes that a map is meant for, and of its anchors, over its stride",
        low=0.5,
        high=64.0,
        sensible=choices(3.0, 4.0, 6.0),
    ),
    ParameterSpec(
        "anchor_ratios",
        "int",
        3,
        "shapes of anchors at each place: 1 a square, 3 and 5 also up to 2 and 3 times as wide as high, or as high",
        low=1,
        high=5,
        sensible=choices(1, 3),
        read_where=_ANCHORS,
    ),
    dropped("dropout", "share of activations dropped before boxes and classes"),
    l1("convolutions"),
    l2("convolutions"),
)
"""Of the maps that tell boxes."""


def _block(spec: ParameterSpec) -> ParameterSpec:
    """As a detector has it: what normalises is in what tells boxes too, all else in blocks alone."""
    if spec.name == "normalization":
        return replace(spec, default="batch")
    return spec if spec.read_where else replace(spec, read_where=_OWN)


_BLOCKS = tuple(_block(spec) for spec in BLOCKS if not spec.name.startswith(("stem_", "self_attention_")))
"""Of a ``cnn``, whose stem would halve pictures once more, and whose self-attention stands behind all blocks."""

DETECTOR = FamilySpec(
    "detector",
    "one-stage detector: blocks of a cnn or a pretrained network, a feature pyramid, and boxes told at each place, "
    "anchor-free or by anchors",
    Parameters(_BODY.values(), _BLOCKS, _TELLING.values(), tuple(backbone_parameters(_BACKBONE))),
    frozen_by=("encoder", "backbone_alpha", "weights", "finest_stride", "map_levels"),
    frozen_where=_BACKBONE,
    gives=("boxes",),
    recommended=ADVICE,
    # A backbone is given pictures as it was trained on them.
    read_where={"scaling": _OWN},
)
