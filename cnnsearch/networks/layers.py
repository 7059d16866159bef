"""Layers as a family lists them: named once, built by Keras in a trial, and written down in a trial as code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["HEAD", "MERGING", "PENALIZED", "STEM", "Layer", "dense_head", "initializer", "named"]

HEAD = 0
"""Stands for a block's number in the layers of a head."""

STEM = -1
"""The same in the layers before the first block."""

MERGING = ("Add", "Concatenate", "Multiply")
"""Kinds that are called with a list of tensors; others that take several are called with one after the other."""

PENALIZED = {"DepthwiseConv2D": "depthwise_regularizer"}
"""Kind -> the keyword of the penalty on its kernel, where that is not ``kernel_regularizer``."""


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        kind: a class of ``keras.layers``; with a small first letter a function of ``keras.ops``.
        name: in the network; a function has none there.
        arguments: by position; the rate of a ``Dropout`` may be a runtime value.
        options: by keyword, those alone that are not Keras's default.
        reads: the runtime parameter that its argument is; where that is off, the layer does nothing.
        is_penalized: whether its kernel has the trial's L1 and L2 penalty.
        block: that it belongs to, counted from 1, or :data:`HEAD`, or :data:`STEM`.
        is_last: whether it gives the network's outputs.
        takes: names of the layers whose outputs it takes; none: that of the one before it.
        factor: of a ``Dropout`` the rate over that of its parameter.
    """

    kind: str
    name: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    reads: str | None = None
    is_penalized: bool = False
    block: int = HEAD
    is_last: bool = False
    takes: tuple[str, ...] = ()
    factor: float = 1.0

    @property
    def is_operation(self) -> bool:
        """Whether it is a function, and no layer of Keras."""
        return self.kind[0].islower()


def named(layers: Iterable[Layer]) -> frozenset[str]:
    """Names of the layers whose outputs others take by name."""
    return frozenset(name for layer in layers for name in layer.takes)


def dense_head(config: Mapping[str, Any], count: int, units: int, width: Any, prefix: str = "") -> Iterator[Layer]:
    """From a vector to the outputs: dense layers with dropout behind each, then the last one, without activation.

    Args:
        config: its ``activation`` and ``dropout``.
        count: dense layers before the last; where there is none, dropout comes before the last.
        units: of each of these.
        width: of the last one.
        prefix: of the layers' names.
    """
    for number in range(1, count + 1):
        options = {"activation": config["activation"], "kernel_initializer": initializer(config["activation"])}
        yield Layer("Dense", f"{prefix or 'dense_'}{number}", (units,), options, is_penalized=True)
        yield Layer("Dropout", f"{prefix}dropout_{number}", (config["dropout"],), reads="dropout")
    if not count:
        yield Layer("Dropout", f"{prefix}dropout", (config["dropout"],), reads="dropout")
    yield Layer("Dense", f"{prefix}logits", (width,), is_penalized=True, is_last=True)


def initializer(activation: str) -> str:
    """He et al. 2015 for the rectifiers, LeCun for selu (Klambauer et al. 2017), Glorot and Bengio 2010 for tanh."""
    return {"tanh": "glorot_uniform", "selu": "lecun_normal"}.get(activation, "he_uniform")
