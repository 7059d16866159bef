"""Parameters that every model family shares: of training, and of what it reads; and one that several declare."""

from __future__ import annotations

from cnnsearch.inputs.pictures.spec import AUGMENTATION, PREPROCESSING
from cnnsearch.space import Float
from cnnsearch.space.specs import Parameters, ParameterSpec, choices

__all__ = ["SHARED", "TRAINING", "activation"]

TRAINING = Parameters(
    ParameterSpec(
        "optimizer",
        "choice",
        "adam",
        "optimizer kind",
        options=("adam", "adamw", "sgd", "rmsprop"),
        sensible=choices("adam", "sgd"),
    ),
    ParameterSpec(
        "learning_rate",
        "float",
        1e-3,
        "learning rate at the first step",
        structural=False,
        in_graph=False,
        low=1e-10,
        high=100.0,
        sensible=Float(1e-4, 1e-2, log=True),
    ),
    ParameterSpec(
        "learning_rate_schedule",
        "choice",
        "constant",
        "constant; cosine: to 0 over all epochs; step: times decay_factor every decay_epochs",
        structural=False,
        in_graph=False,
        options=("constant", "cosine", "step"),
        sensible=choices("constant", "cosine"),
    ),
    ParameterSpec(
        "decay_epochs",
        "int",
        10,
        "epochs between two steps of the step schedule",
        structural=False,
        in_graph=False,
        low=1,
        sensible=choices(5, 10),
    ),
    ParameterSpec(
        "decay_factor",
        "float",
        0.1,
        "factor of each step of the step schedule",
        structural=False,
        in_graph=False,
        low=0.0,
        high=1.0,
        sensible=choices(0.1, 0.3),
    ),
    ParameterSpec(
        "momentum",
        "float",
        0.9,
        "momentum of sgd (0 for none); the other optimizers do not read it",
        structural=False,
        low=0.0,
        high=0.9999,
        sensible=Float(0.8, 0.99),
    ),
    ParameterSpec(
        "weight_decay",
        "float",
        0.0,
        "decoupled weight decay, applied by the optimizer at each step (0 for none)",
        structural=False,
        low=0.0,
        high=1.0,
        sensible=Float(1e-6, 1e-2, log=True),
    ),
    ParameterSpec(
        "batch_size",
        "int",
        64,
        "pictures a training step; the last step of an epoch takes what is left",
        low=1,
        high=65536,
        sensible=choices(32, 64, 128),
    ),
)

SHARED = Parameters(TRAINING.values(), PREPROCESSING.values(), AUGMENTATION.values())
"""The parameters that come on top of every family's own."""

_ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "selu", "tanh")
"""As Keras names them."""


def activation(where: str) -> ParameterSpec:
    """The parameter ``activation`` of a family, which puts it ``where``."""
    return ParameterSpec(
        "activation", "choice", "relu", where, options=_ACTIVATIONS, sensible=choices("relu", "gelu", "silu")
    )
