"""The backbones that a transfer experiment may name: all of ``keras.applications``, and what a file holds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cnnsearch.errors import TrialError
from cnnsearch.table import Table

__all__ = [
    "BACKBONES",
    "IMAGENET_DEVIATION",
    "IMAGENET_MEAN",
    "SAVED",
    "STUDY_PREFIX",
    "BackboneSpec",
    "imagenet_folder",
    "weights_file",
]

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of ImageNet's red, green and blue, 0 to 1."""

SAVED = "saved"
"""The backbone that is whatever network the file or study of ``weights`` holds, without its last layers."""

STUDY_PREFIX = "study:"
"""``weights: study:PATH`` is the best model of that study."""


@dataclass(frozen=True)
class BackboneSpec:
    """The declaration of a backbone.

    Attributes:
        name: what ``backbone`` says.
        application: function of ``keras.applications``.
        scaling: what the network was trained on: ``tf`` (-1 to 1), ``torch`` (0 to 1, then the mean and standard
            deviation of ImageNet a channel), ``caffe`` (blue, green, red; 0 to 255, less ImageNet's mean a channel), or
            ``inside`` (0 to 255; the network scales by itself).
        smallest: least side of a picture in pixels.
        side: of the pictures that its ImageNet weights were trained on.
        imagenet_file: name of Keras's file of ImageNet weights; ``{alpha}`` stands for the width.
        alphas: widths that have such weights; empty where the network has but one width.
    """

    name: str
    application: str
    scaling: Literal["tf", "torch", "caffe", "inside"]
    smallest: int
    imagenet_file: str
    alphas: tuple[float, ...] = ()
    side: int = 224

    def imagenet_file_of(self, alpha: float) -> str:
        """The file of that width, in ``~/.keras/models``."""
        # MobileNet's files are named after tenths: 2_5 is 0.25, and 1_0 is 1.0.
        tenths = "1_0" if alpha == 1 else f"{10 * alpha:.1f}".replace(".", "_")
        return self.imagenet_file.format(alpha=tenths if self.name == "mobilenet" else f"{float(alpha)}")

    def check(self, shape: tuple[int, ...]) -> None:
        """Whether pictures of ``(height, width, channels)`` suit it.

        Raises:
            TrialError: they do not.
        """
        height, width, channels = shape
        if min(height, width) < self.smallest:
            raise TrialError(
                f"backbone '{self.name}' takes pictures of at least {self.smallest}x{self.smallest}, not "
                f"{height}x{width}: set image_size to {self.smallest} or more"
            )
        if channels not in (1, 3):
            raise TrialError(f"backbone '{self.name}' takes pictures of 1 or 3 channels, not {channels}")


def imagenet_folder() -> Path:
    """Where Keras keeps the weights that it downloads."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"


def weights_file(weights: str) -> Path | None:
    """The file that ``weights`` names; ``None`` for ``imagenet`` and ``none``."""
    if weights in ("imagenet", "none"):
        return None
    if weights.startswith(STUDY_PREFIX):
        return Path(weights.removeprefix(STUDY_PREFIX)).expanduser() / "best" / "model.keras"
    return Path(weights).expanduser()


BACKBONES: Table[BackboneSpec] = Table("backbone")

_KERNELS = "weights_tf_dim_ordering_tf_kernels"


def _add(
    name: str,
    application: str,
    scaling: Literal["tf", "torch", "caffe", "inside"],
    imagenet_file: str,
    smallest: int = 32,
    alphas: tuple[float, ...] = (),
    side: int = 224,
) -> None:
    BACKBONES.add(name, BackboneSpec(name, application, scaling, smallest, imagenet_file, alphas, side))


_add("mobilenet", "MobileNet", "tf", "mobilenet_{alpha}_224_tf_no_top.h5", alphas=(0.25, 0.5, 0.75, 1.0))
_add(
    "mobilenet_v2",
    "MobileNetV2",
    "tf",
    f"mobilenet_v2_{_KERNELS}_{{alpha}}_224_no_top.h5",
    alphas=(0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
)
for _size in ("small", "large"):
    _add(
        f"mobilenet_v3_{_size}",
        f"MobileNetV3{_size.title()}",
        "inside",
        f"weights_mobilenet_v3_{_size}_224_{{alpha}}_float_no_top_v2.h5",
        alphas=(0.75, 1.0),
    )
for _number, _side in enumerate((224, 240, 260, 300, 380, 456, 528, 600)):
    _file = f"efficientnetb{_number}_notop.h5"
    _add(f"efficientnet_b{_number}", f"EfficientNetB{_number}", "inside", _file, side=_side)
for _size, _side in {"b0": 224, "b1": 240, "b2": 260, "b3": 300, "s": 384, "m": 480, "l": 480}.items():
    _file = f"efficientnetv2-{_size}_notop.h5"
    _add(f"efficientnet_v2_{_size}", f"EfficientNetV2{_size.upper()}", "inside", _file, side=_side)
for _number in (50, 101, 152):
    _add(f"resnet{_number}", f"ResNet{_number}", "caffe", f"resnet{_number}_{_KERNELS}_notop.h5")
    _add(f"resnet{_number}_v2", f"ResNet{_number}V2", "tf", f"resnet{_number}v2_{_KERNELS}_notop.h5")
for _number in (16, 19):
    _add(f"vgg{_number}", f"VGG{_number}", "caffe", f"vgg{_number}_{_KERNELS}_notop.h5")
for _number in (121, 169, 201):
    _add(f"densenet{_number}", f"DenseNet{_number}", "torch", f"densenet{_number}_{_KERNELS}_notop.h5")
_add("inception_v3", "InceptionV3", "tf", f"inception_v3_{_KERNELS}_notop.h5", smallest=75, side=299)
_add(
    "inception_resnet_v2", "InceptionResNetV2", "tf", f"inception_resnet_v2_{_KERNELS}_notop.h5", smallest=75, side=299
)
_add("xception", "Xception", "tf", f"xception_{_KERNELS}_notop.h5", smallest=71, side=299)
for _size, _side in {"mobile": 224, "large": 331}.items():
    _add(f"nasnet_{_size}", f"NASNet{_size.title()}", "tf", f"nasnet_{_size}_no_top.h5", side=_side)
for _size in ("tiny", "small", "base", "large", "xlarge"):
    _application = "ConvNeXtXLarge" if _size == "xlarge" else f"ConvNeXt{_size.title()}"
    _add(f"convnext_{_size}", _application, "inside", f"convnext_{_size}_notop.h5")
