"""The declaration of the ``transfer`` family."""

from __future__ import annotations

from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import activation
from cnnsearch.families.transfer.advice import ADVICE
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED
from cnnsearch.space import Float, Int
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["TRANSFER"]

_TRAINED = (Switch("head", on=("dense",)),)
"""Where an optimizer trains the head: scikit-learn fits the others."""

_UNFROZEN = (Switch("unfrozen_layers", off=(0,)),)

_PARAMETERS = Parameters(
    ParameterSpec(
        "backbone",
        "choice",
        "mobilenet_v2",
        f"pretrained network; {SAVED}: the one that the file or study of 'weights' holds, up to its last feature map",
        options=(*BACKBONES, SAVED),
        sensible=choices("mobilenet_v2", "efficientnet_b0", "resnet50"),
    ),
    ParameterSpec(
        "backbone_alpha",
        "float",
        1.0,
        "width of the backbone, of those that come in several (mobilenet, mobilenet_v2, mobilenet_v3)",
        low=0.05,
        high=4.0,
        sensible=choices(0.5, 1.0),
    ),
    ParameterSpec(
        "weights",
        "text",
        "imagenet",
        "imagenet (downloaded by Keras), a .h5 or .keras file, study:NAME (its best model), or none (random ones)",
        sensible=choices("imagenet", "none"),
    ),
    ParameterSpec(
        "unfrozen_layers",
        "layers",
        0,
        "the backbone's last layers that are trained too: how many, which share of them, or from which block on",
        predicts=False,
        sensible=Int(0, 12),
    ),
    ParameterSpec(
        "unfrozen_batch_normalization",
        "choice",
        "inference",
        "batch normalisation of unfrozen layers: by its stored statistics (inference) or by those of the batch",
        predicts=False,
        options=("inference", "training"),
        sensible=choices("inference", "training"),
        read_where=_UNFROZEN,
    ),
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
    ParameterSpec(
        "dropout",
        "float",
        0.0,
        "share of activations dropped after each dense layer of the head (before the output where there is none)",
        structural=False,
        low=0.0,
        high=0.95,
        sensible=Float(0.0, 0.5),
        read_where=_TRAINED,
    ),
    ParameterSpec(
        "l2",
        "float",
        0.0,
        "L2 penalty on the kernels of the head",
        structural=False,
        low=0.0,
        high=10.0,
        sensible=Float(1e-6, 1e-2, log=True),
        read_where=_TRAINED,
    ),
    ParameterSpec(
        "fine_tune_epochs",
        "int",
        None,
        "of the epochs, so many train the unfrozen layers, after the others trained the head alone; null: all of them",
        structural=False,
        in_graph=False,
        low=0,
        sensible=choices(3, 5),
        nullable=True,
        read_where=_UNFROZEN,
    ),
    ParameterSpec(
        "fine_tune_learning_rate_factor",
        "float",
        0.1,
        "learning rate of the second phase over that of the first",
        structural=False,
        in_graph=False,
        low=0.0,
        high=10.0,
        sensible=Float(0.01, 0.3, log=True),
        read_where=(Switch("fine_tune_epochs", off=(None, 0)),),
    ),
    ParameterSpec(
        "layer_decay",
        "float",
        1.0,
        "learning rate of an unfrozen layer over that of the next one with weights, on the way up to the head",
        structural=False,
        low=0.01,
        high=1.0,
        sensible=Float(0.7, 1.0),
        neutral=(1.0,),
        read_where=_UNFROZEN,
    ),
)

TRANSFER = FamilySpec(
    "transfer",
    "a pretrained backbone, frozen up to its last layers, and a head that is trained on top",
    _PARAMETERS,
    scales_itself=True,
    freezes=True,
    recommended=ADVICE,
    read_where=dict.fromkeys(
        (
            *("optimizer", "learning_rate", "learning_rate_schedule", "warmup_epochs", "weight_decay", "clip_norm"),
            *("ema_momentum", "gradient_accumulation", "batch_size", "label_smoothing"),
        ),
        _TRAINED,
    ),
)
