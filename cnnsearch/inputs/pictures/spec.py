"""Parameters of pictures: of preprocessing, and of what is done to them at random while a model trains on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.space import Choice, Float
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["AUGMENTATION", "COLOURED", "MIXED", "MOSAIC_PARTS", "MOVING", "PREPROCESSING", "augments"]

PREPROCESSING = Parameters(
    ParameterSpec(
        "image_size",
        "size",
        None,
        "side of the resized picture in pixels, or [height, width]; null keeps the size of the data",
        sensible=choices(32, 48, 64, 96),
        nullable=True,
    ),
    ParameterSpec(
        "scaling",
        "choice",
        "unit",
        "unit: to 0..1; standardize: zero mean and unit variance a channel, from the training split; none: raw pixels",
        options=("unit", "standardize", "none"),
        sensible=choices("unit", "standardize"),
    ),
)
"""Valid in ``preprocessing`` and, to be searched, in ``space``."""


MOVING = (
    *("random_flip", "random_rotation", "random_translation", "random_zoom", "random_shear", "random_crop"),
    "rand_augment",
)
"""What moves what is in a picture."""


def _strength(name: str, doc: str, high: float, sensible: float) -> ParameterSpec:
    return ParameterSpec(name, "float", 0.0, doc, structural=False, low=0.0, high=high, sensible=Float(0.0, sensible))


AUGMENTATION = Parameters(
    ParameterSpec(
        "random_flip",
        "choice",
        "none",
        "mirror every second picture, at random: left to right, top to bottom, or either",
        options=("none", "horizontal", "vertical", "both"),
        sensible=choices("none", "horizontal"),
    ),
    _strength("random_rotation", "largest turn about the centre, either way, as a share of a full turn", 0.5, 0.1),
    _strength("random_translation", "largest shift along each axis, either way, as a share of that side", 1.0, 0.2),
    _strength("random_zoom", "largest change of scale about the centre, in or out; the aspect is kept", 0.9, 0.3),
    _strength("random_shear", "largest slant about the centre along each axis, in pixels a pixel", 1.0, 0.2),
    _strength("random_crop", "largest share cut off both sides, anywhere; what is left fills the picture", 0.9, 0.3),
    _strength("random_brightness", "largest change of all values, either way, as a share of their range", 1.0, 0.3),
    _strength("random_contrast", "largest change, in shares, of the distance to each channel's mean", 1.0, 0.3),
    _strength("random_saturation", "largest change, in shares, of the saturation of colours", 1.0, 0.5),
    _strength("random_hue", "largest turn of all colours, either way, as a share of half of their circle", 1.0, 0.2),
    _strength(
        "rand_augment",
        "RandAugment (Cubuk et al. 2020): two operations a picture at this share of their largest strength",
        1.0,
        0.6,
    ),
    _strength("random_gaussian_blur", "largest standard deviation of a Gaussian blur, in pixels", 2.0, 1.0),
    _strength("gaussian_noise", "standard deviation of noise on each value, as a share of their range", 1.0, 0.1),
    _strength(
        "random_erasing",
        "cutout: largest share of the picture under a rectangle of its mean colour (Zhong et al. 2020)",
        0.9,
        0.4,
    ),
    _strength(
        "mixup",
        "alpha of MixUp (Zhang et al. 2018): picture and target mixed with another's of the batch; usually 0.2",
        32.0,
        0.4,
    ),
    _strength(
        "cutmix",
        "alpha of CutMix (Yun et al. 2019): a rectangle of another picture, targets by area; usually 1.0",
        32.0,
        1.0,
    ),
    ParameterSpec(
        "fill_mode",
        "choice",
        "reflect",
        "beyond the edge: the picture mirrored (reflect), repeated (wrap), its edge (nearest), or 0 (constant)",
        options=("nearest", "reflect", "wrap", "constant"),
        sensible=choices("reflect", "nearest", "constant"),
        read_where=tuple(Switch(name, off=(0,)) for name in MOVING if name != "random_flip"),
    ),
)
"""All of it is off by default. It acts in this order, on training pictures alone."""

COLOURED = ("random_saturation", "random_hue")
"""What needs pictures of three channels."""

MOSAIC_PARTS = 4
"""Pictures of a mosaic: a picture and the next ones of its batch, which begins again behind the last one."""

MIXED = ("mixup", "cutmix")
"""What mixes pictures, and their targets, with each other."""


def augments(config: Mapping[str, Any]) -> bool:
    """Whether a filled config changes pictures at random; one of texts has none."""
    names = AUGMENTATION.keys() & config.keys() - {"fill_mode"}
    return any(AUGMENTATION[name].may_act(Choice((config[name],))) for name in names)
