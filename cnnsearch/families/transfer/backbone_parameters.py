"""Parameters of families that begin with a backbone: which weights it has, and how much of it is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cnnsearch.space import Float, Int
from cnnsearch.space.specs import ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["SCRATCH", "backbone_parameters"]

SCRATCH = "scratch"
"""The encoder that nobody has trained before, of a family that takes a backbone for one."""

_UNFROZEN = (Switch("unfrozen_layers", off=(0,)),)

_PARAMETERS = (
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


def backbone_parameters(read_where: tuple[Switch, ...] = ()) -> Iterator[ParameterSpec]:
    """Those that follow the name of the backbone.

    Args:
        read_where: what switches the backbone on, of a family that may do without.
    """
    for spec in _PARAMETERS:
        yield spec if spec.read_where else replace(spec, read_where=read_where)
