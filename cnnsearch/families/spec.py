"""Parameters that every model family shares: of training, and of what it reads; and one that several declare."""

from __future__ import annotations

from cnnsearch.inputs.pictures.spec import AUGMENTATION, PREPROCESSING
from cnnsearch.inputs.texts.spec import PREPROCESSING as TEXT_PREPROCESSING
from cnnsearch.space import Float
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = [
    "ONE_CYCLE_FIRST",
    "ONE_CYCLE_LAST",
    "ONE_CYCLE_RISE",
    "OPTIMIZERS",
    "SHARED",
    "SHARED_OF_TEXTS",
    "TRAINING",
    "activation",
    "dropped",
    "l1",
    "l2",
]

OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "Adam",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "nadam": "Nadam",
    "adamax": "Adamax",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "lamb": "Lamb",
    "lion": "Lion",
}
"""Kind -> Keras's class of it. Weight decay is decoupled in all of these, so ``adamw`` is Adam with some."""

ONE_CYCLE_FIRST = 1 / 25
"""Of ``one_cycle`` the rate of the first step over the highest one, as in fastai and PyTorch."""

ONE_CYCLE_LAST = ONE_CYCLE_FIRST * 1e-4
"""That at the end over the highest one, likewise."""

ONE_CYCLE_RISE = 0.3
"""Share of all steps in which it rises, likewise."""

_OF_STEPS = (Switch("learning_rate_schedule", on=("step",)),)

TRAINING = Parameters(
    ParameterSpec(
        "optimizer",
        "choice",
        "adam",
        "optimizer kind; lion takes a learning rate 3 to 10 times below adam's, adadelta one near 1",
        options=tuple(OPTIMIZERS),
        sensible=choices("adam", "sgd"),
    ),
    ParameterSpec(
        "learning_rate",
        "float",
        1e-3,
        "learning rate at the first step; with warm-up or one_cycle the highest one",
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
        "constant; cosine, polynomial: to 0 over all epochs; one_cycle: up, then down; step: see decay_epochs",
        structural=False,
        in_graph=False,
        options=("constant", "cosine", "step", "polynomial", "one_cycle"),
        sensible=choices("constant", "cosine"),
    ),
    ParameterSpec(
        "warmup_epochs",
        "float",
        0.0,
        "epochs (or a share of one) in which the learning rate rises before its schedule begins; of one_cycle its rise",
        structural=False,
        in_graph=False,
        low=0.0,
        high=1e6,
        sensible=choices(0.0, 1.0),
    ),
    ParameterSpec(
        "decay_epochs",
        "int",
        10,
        "epochs between two steps of the learning rate",
        structural=False,
        in_graph=False,
        low=1,
        sensible=choices(5, 10),
        read_where=_OF_STEPS,
    ),
    ParameterSpec(
        "decay_factor",
        "float",
        0.1,
        "factor of each step of the learning rate",
        structural=False,
        in_graph=False,
        low=0.0,
        high=1.0,
        sensible=choices(0.1, 0.3),
        read_where=_OF_STEPS,
    ),
    ParameterSpec(
        "decay_power",
        "float",
        1.0,
        "power of the schedule; 1 is a straight line",
        structural=False,
        in_graph=False,
        low=0.1,
        high=10.0,
        sensible=choices(1.0, 2.0),
        read_where=(Switch("learning_rate_schedule", on=("polynomial",)),),
    ),
    ParameterSpec(
        "momentum",
        "float",
        0.9,
        "momentum (0 for none)",
        structural=False,
        low=0.0,
        high=0.9999,
        sensible=Float(0.8, 0.99),
        read_where=(Switch("optimizer", on=("sgd",)),),
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
        "clip_norm",
        "float",
        0.0,
        "longest gradient of a step; a longer one is shortened to it (0 for none)",
        structural=False,
        low=0.0,
        high=1e6,
        sensible=choices(0.0, 1.0),
    ),
    ParameterSpec(
        "clip_norm_of",
        "choice",
        "all",
        "what clip_norm measures: the gradient of all weights together, or of each array of weights by itself",
        predicts=False,
        options=("all", "each"),
        sensible=choices("all", "each"),
        read_where=(Switch("clip_norm", off=(0,)),),
    ),
    ParameterSpec(
        "ema_momentum",
        "float",
        0.0,
        "share that an average of the weights keeps at each batch (0 for none); the average is judged and exported",
        structural=False,
        low=0.0,
        high=0.99999,
        sensible=choices(0.0, 0.9, 0.99),
    ),
    ParameterSpec(
        "gradient_accumulation",
        "int",
        1,
        "batches whose gradients are averaged for one step of the optimizer, each of batch_size pictures",
        predicts=False,
        low=1,
        high=65536,
        sensible=choices(1, 2, 4),
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
"""The parameters that come on top of every family's own, where it takes pictures."""

SHARED_OF_TEXTS = Parameters(TRAINING.values(), TEXT_PREPROCESSING.values())
"""Those where it takes texts."""

_ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "selu", "tanh")
"""As Keras names them."""


def activation(where: str, read_where: tuple[Switch, ...] = ()) -> ParameterSpec:
    """The parameter ``activation`` of a family, which puts it ``where``."""
    return ParameterSpec(
        "activation",
        "choice",
        "relu",
        where,
        options=_ACTIVATIONS,
        sensible=choices("relu", "gelu", "silu"),
        read_where=read_where,
    )


def dropped(
    name: str, doc: str, high: float = 0.95, usual: float = 0.5, read_where: tuple[Switch, ...] = ()
) -> ParameterSpec:
    """A share that training leaves out, of activations or of inputs; searched from 0 to ``usual``."""
    return ParameterSpec(
        name,
        "float",
        0.0,
        doc,
        structural=False,
        low=0.0,
        high=high,
        sensible=Float(0.0, usual),
        read_where=read_where,
    )


def l1(of: str) -> ParameterSpec:
    """The parameter ``l1`` of a family: a penalty on the kernels ``of`` some layers."""
    return _penalty("l1", of, 1e-7, 1e-3, ())


def l2(of: str, read_where: tuple[Switch, ...] = ()) -> ParameterSpec:
    """The parameter ``l2`` of a family: a penalty on the kernels ``of`` some layers."""
    return _penalty("l2", of, 1e-6, 1e-2, read_where)


def _penalty(name: str, of: str, least: float, most: float, read_where: tuple[Switch, ...]) -> ParameterSpec:
    return ParameterSpec(
        name,
        "float",
        0.0,
        f"{name.upper()} penalty on the kernels of {of}",
        structural=False,
        low=0.0,
        high=10.0,
        sensible=Float(least, most, log=True),
        read_where=read_where,
    )
