"""The declaration of the ``transfer`` family."""

from __future__ import annotations

from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation, dropped, l2
from cnnsearch.families.transfer.advice import ADVICE
from cnnsearch.families.transfer.backbone_parameters import backbone_parameters
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED
from cnnsearch.space import Float, Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["TRANSFER"]

_TRAINED = (Switch("head", on=("dense",)),)
"""Where an optimizer trains the head: scikit-learn fits the others."""

_PARAMETERS = Parameters(
    ParameterSpec(
        "backbone",
        "choice",
        "mobilenet_v2",
        f"pretrained network; {SAVED}: the one that the file or study of 'weights' holds, up to its last feature map",
        options=(*BACKBONES, SAVED),
        sensible=choices("mobilenet_v2", "efficientnet_b0", "resnet50"),
    ),
    *backbone_parameters(),
    ParameterSpec(
        "pooling",
        "choice",
        "average",
        "how the backbone's last feature map becomes a vector",
        options=("average", "max", "flatten"),
        sensible=choices("average", "max"),
    ),
    ParameterSpec(
        "head",
        "choice",
        "dense",
        "dense: layers trained by the optimizer; else scikit-learn's classifier, fitted to the features in one epoch",
        options=("dense", "logistic_regression", "linear_svm"),
        sensible=choices("dense", "logistic_regression"),
    ),
    ParameterSpec(
        "regularization_c",
        "float",
        1.0,
        "inverse strength of the regularisation of scikit-learn's classifiers (their C)",
        structural=False,
        in_graph=False,
        low=1e-8,
        high=1e8,
        sensible=Float(1e-3, 1e2, log=True),
        read_where=(Switch("head", on=("logistic_regression", "linear_svm")),),
    ),
    ParameterSpec(
        "head_layers",
        "int",
        0,
        "dense layers between the pooled features and the output layer",
        low=0,
        high=8,
        sensible=Int(0, 2),
        read_where=_TRAINED,
    ),
    ParameterSpec(
        "head_units",
        "int",
        128,
        "units of each dense layer of the head",
        low=1,
        high=65536,
        sensible=Int(32, 512, log=True),
        read_where=(Switch("head_layers", off=(0,)),),
    ),
    activation("after each dense layer of the head", read_where=(Switch("head_layers", off=(0,)),)),
    dropped(
        "dropout",
        "share of activations dropped after each dense layer of the head (before the output where there is none)",
        read_where=_TRAINED,
    ),
    l2("the head", read_where=_TRAINED),
)

TRANSFER = FamilySpec(
    "transfer",
    "a pretrained backbone, frozen up to its last layers, and a head that is trained on top",
    _PARAMETERS,
    prunes=True,
    scales_itself=True,
    frozen_by=("backbone", "backbone_alpha", "weights"),
    recommended=ADVICE,
    read_where=dict.fromkeys(
        (
            *("optimizer", "learning_rate", "learning_rate_schedule", "warmup_epochs", "weight_decay", "clip_norm"),
            *("ema_momentum", "gradient_accumulation", "batch_size", "label_smoothing"),
        ),
        _TRAINED,
    ),
)
