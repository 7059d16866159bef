"""The backbones of ``keras.applications`` under test."""

from __future__ import annotations

MODULES = {
    "mobilenet": "mobilenet",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3_small": "mobilenet_v3",
    "mobilenet_v3_large": "mobilenet_v3",
    **{f"efficientnet_b{number}": "efficientnet" for number in range(4)},
    "efficientnet_v2_b0": "efficientnet_v2",
    "resnet50": "resnet",
    "resnet50_v2": "resnet_v2",
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "densenet121": "densenet",
    "inception_v3": "inception_v3",
    "xception": "xception",
    "nasnet_mobile": "nasnet",
    "convnext_tiny": "convnext",
}
"""The backbones under test, and where in ``keras.applications`` their ``preprocess_input`` is."""
