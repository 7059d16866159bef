"""The ``cnn`` family: blocks of convolutions and pooling, then dense layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.cuts import Cut

__all__ = ["build", "count", "initializer"]

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class _Convolution:
    """One convolution of the plan: where it stands, its filters and step, and the shape that it takes and gives."""

    block: int
    filters: int
    strides: int
    before: Shape
    after: Shape


def build(
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
    cut: Cut | None = None,  # noqa: ARG001 - it freezes nothing
    for_training: bool = False,  # noqa: ARG001
    ends: Ends = "softmax",  # noqa: ARG001 - its last layer has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`."""
    import keras
    from keras import layers

    from cnnsearch.networks.runtime import L1L2, Dropout, is_off

    plan = list(_plan(config, shape))
    normalized = config["batch_normalization"]
    penalty = L1L2(config["l1"], config["l2"])
    inputs = keras.Input(shape, name="pictures")
    x = layers.Rescaling(scale, offset, name="scaling")(inputs)
    for number, conv in enumerate(plan, 1):
        x = layers.Conv2D(
            conv.filters,
            config["kernel_size"],
            strides=conv.strides,
            padding=config["padding"],
            use_bias=not normalized,  # a bias before batch normalisation has no effect and a gradient of noise
            kernel_initializer=initializer(config["activation"]),
            kernel_regularizer=penalty,
            name=f"convolution_{number}",
        )(x)
        if normalized:
            momentum = config["normalization_momentum"]
            x = layers.BatchNormalization(momentum=momentum, name=f"normalization_{number}")(x)
        x = layers.Activation(config["activation"], name=f"activation_{number}")(x)
        if number == len(plan) or plan[number].block != conv.block:
            x = _pooled(x, config, f"pooling_{conv.block + 1}")
            if not is_off(config["block_dropout"]):
                x = Dropout(config["block_dropout"], name=f"block_dropout_{conv.block + 1}")(x)
    x = _vector(x, config["global_pooling"], "features")
    for number in range(1, config["dense_layers"] + 1):
        x = layers.Dense(
            config["units"],
            activation=config["activation"],
            kernel_initializer=initializer(config["activation"]),
            kernel_regularizer=penalty,
            name=f"dense_{number}",
        )(x)
        x = Dropout(config["dropout"], name=f"dropout_{number}")(x)
    if not config["dense_layers"]:
        x = Dropout(config["dropout"], name="dropout")(x)
    logits = layers.Dense(classes, kernel_regularizer=penalty, name="logits")(x)
    return keras.Model(inputs, logits, name="cnn")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    total = 0
    last = shape
    for conv in _plan(config, shape):
        kernel = config["kernel_size"] ** 2 * conv.before[2] * conv.filters
        total += kernel + conv.filters * (4 if config["batch_normalization"] else 1)
        last = conv.after
    height, width = _pooled_sides(last, config)
    features = last[2] * (height * width if config["global_pooling"] == "flatten" else 1)
    for _ in range(config["dense_layers"]):
        total += (features + 1) * config["units"]
        features = config["units"]
    return int(total + (features + 1) * classes)


def _plan(config: Mapping[str, Any], shape: Shape) -> Iterator[_Convolution]:
    """The convolutions one by one, with the shape that each gives; raises TrialError at the first that cannot be."""
    current = shape
    for block in range(config["conv_blocks"]):
        filters = max(1, round(config["filters"] * config["filter_growth"] ** block))
        for position in range(config["convs_per_block"]):
            strides = config["strides"] if position == 0 else 1
            before = current
            sides = tuple(_convolved(side, strides, config) for side in before[:2])
            current = (sides[0], sides[1], filters)
            _check(current, before, f"convolution {position + 1} of block {block + 1}", shape)
            after = current
            if position + 1 == config["convs_per_block"]:
                current = (*_pooled_sides(current, config), filters)
                _check(current, after, f"the pooling of block {block + 1}", shape)
            yield _Convolution(block, filters, strides, before, after)


def _convolved(side: int, strides: int, config: Mapping[str, Any]) -> int:
    if config["padding"] == "same":
        return -(-side // strides)
    kernel: int = config["kernel_size"]
    return (side - kernel) // strides + 1


def _pooled_sides(shape: Shape, config: Mapping[str, Any]) -> tuple[int, int]:
    if config["pooling"] == "none":
        return shape[:2]
    return shape[0] // config["pool_size"], shape[1] // config["pool_size"]


def _check(after: Shape, before: Shape, what: str, picture: Shape) -> None:
    if min(after[:2]) < 1:
        raise TrialError(
            f"impossible architecture: {what} would shrink its {before[0]}x{before[1]} feature map below 1x1"
            f" (pictures of {picture[0]}x{picture[1]}); use fewer blocks, smaller kernels or pools, or larger pictures"
        )


def _pooled(x: Any, config: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    if config["pooling"] == "none":
        return x
    kind = layers.MaxPooling2D if config["pooling"] == "max" else layers.AveragePooling2D
    return kind(config["pool_size"], name=name)(x)


def _vector(x: Any, kind: str, name: str) -> Any:
    from keras import layers

    kinds = {"average": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}
    return kinds.get(kind, layers.Flatten)(name=name)(x)


def initializer(activation: str) -> str:
    """He et al. 2015 for the rectifiers, LeCun for selu (Klambauer et al. 2017), Glorot and Bengio 2010 for tanh."""
    return {"tanh": "glorot_uniform", "selu": "lecun_normal"}.get(activation, "he_uniform")
