"""Weights of the backbones of ``keras.applications``, known without building them; the tests compare with Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BackboneSize", "backbone_size"]


@dataclass(frozen=True)
class BackboneSize:
    """What a backbone takes, for pictures of any size.

    Attributes:
        weights: all that it holds, moving statistics included.
        features: channels of its last feature map.
    """

    weights: int
    features: int


_SIZES: Mapping[str, Mapping[float, BackboneSize]] = {
    "mobilenet": {
        0.25: BackboneSize(218_544, 256),
        0.5: BackboneSize(829_536, 512),
        0.75: BackboneSize(1_832_976, 768),
        1.0: BackboneSize(3_228_864, 1024),
    },
    "mobilenet_v2": {
        0.35: BackboneSize(410_208, 1280),
        0.5: BackboneSize(706_224, 1280),
        0.75: BackboneSize(1_382_064, 1280),
        1.0: BackboneSize(2_257_984, 1280),
        1.3: BackboneSize(3_766_048, 1664),
        1.4: BackboneSize(4_363_712, 1792),
    },
    "mobilenet_v3_small": {0.75: BackboneSize(583_160, 432), 1.0: BackboneSize(939_120, 576)},
    "mobilenet_v3_large": {0.75: BackboneSize(1_808_736, 720), 1.0: BackboneSize(2_996_352, 960)},
    "efficientnet_b0": {1.0: BackboneSize(4_049_571, 1280)},
    "efficientnet_b1": {1.0: BackboneSize(6_575_239, 1280)},
    "efficientnet_b2": {1.0: BackboneSize(7_768_569, 1408)},
    "efficientnet_b3": {1.0: BackboneSize(10_783_535, 1536)},
    "efficientnet_b4": {1.0: BackboneSize(17_673_823, 1792)},
    "efficientnet_b5": {1.0: BackboneSize(28_513_527, 2048)},
    "efficientnet_b6": {1.0: BackboneSize(40_960_143, 2304)},
    "efficientnet_b7": {1.0: BackboneSize(64_097_687, 2560)},
    "efficientnet_v2_b0": {1.0: BackboneSize(5_919_312, 1280)},
    "efficientnet_v2_b1": {1.0: BackboneSize(6_931_124, 1280)},
    "efficientnet_v2_b2": {1.0: BackboneSize(8_769_374, 1408)},
    "efficientnet_v2_b3": {1.0: BackboneSize(12_930_622, 1536)},
    "efficientnet_v2_s": {1.0: BackboneSize(20_331_360, 1280)},
    "efficientnet_v2_m": {1.0: BackboneSize(53_150_388, 1280)},
    "efficientnet_v2_l": {1.0: BackboneSize(117_746_848, 1280)},
    "resnet50": {1.0: BackboneSize(23_587_712, 2048)},
    "resnet50_v2": {1.0: BackboneSize(23_564_800, 2048)},
    "resnet101": {1.0: BackboneSize(42_658_176, 2048)},
    "resnet101_v2": {1.0: BackboneSize(42_626_560, 2048)},
    "resnet152": {1.0: BackboneSize(58_370_944, 2048)},
    "resnet152_v2": {1.0: BackboneSize(58_331_648, 2048)},
    "vgg16": {1.0: BackboneSize(14_714_688, 512)},
    "vgg19": {1.0: BackboneSize(20_024_384, 512)},
    "densenet121": {1.0: BackboneSize(7_037_504, 1024)},
    "densenet169": {1.0: BackboneSize(12_642_880, 1664)},
    "densenet201": {1.0: BackboneSize(18_321_984, 1920)},
    "inception_v3": {1.0: BackboneSize(21_802_784, 2048)},
    "inception_resnet_v2": {1.0: BackboneSize(54_336_736, 1536)},
    "xception": {1.0: BackboneSize(20_861_480, 2048)},
    "nasnet_mobile": {1.0: BackboneSize(4_269_716, 1056)},
    "nasnet_large": {1.0: BackboneSize(84_916_818, 4032)},
    "convnext_tiny": {1.0: BackboneSize(27_820_128, 768)},
    "convnext_small": {1.0: BackboneSize(49_454_688, 768)},
    "convnext_base": {1.0: BackboneSize(87_566_464, 1024)},
    "convnext_large": {1.0: BackboneSize(196_230_336, 1536)},
    "convnext_xlarge": {1.0: BackboneSize(348_147_968, 2048)},
}
"""Backbone -> width -> its size."""


def backbone_size(backbone: str, alpha: float) -> BackboneSize | None:
    """That of a backbone of this width; ``None`` where that is not known, as of one that somebody saved."""
    widths = _SIZES.get(backbone, {})
    return widths.get(alpha if len(widths) > 1 else 1.0)
