"""The implementation of each model family that the catalog declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.cnn import body as cnn
from cnnsearch.families.family import FAMILIES
from cnnsearch.families.own import body as own
from cnnsearch.families.transfer import body as transfer
from cnnsearch.table import Table

if TYPE_CHECKING:
    import keras

__all__ = ["BUILDERS", "COUNTERS", "build_model", "count_parameters"]

Shape = tuple[int, int, int]

BUILDERS: Table[Callable[..., keras.Model]] = Table("model family")
BUILDERS.add("cnn", cnn.build)
BUILDERS.add("transfer", transfer.build)

COUNTERS: Table[Callable[[Mapping[str, Any], Shape, int], int]] = Table("model family")
COUNTERS.add("cnn", cnn.count_parameters)
COUNTERS.add("transfer", transfer.count_parameters)


def build_model(
    family: str,
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
    **options: Any,
) -> keras.Model:
    """A new model of ``family``; of stock Keras layers only, where ``config`` holds plain values only.

    Args:
        family: name in the catalog, or a user's ``package.module:function``, called as ``function(config, shape,
            classes)``; it returns a model from scaled pictures to logits, or to their softmax, which is taken off.
        config: every parameter of the family with its value; a runtime parameter may be a
            :class:`~cnnsearch.networks.runtime.RuntimeValue`.
        shape: of one picture at rest, ``(height, width, channels)``.
        classes: number of classes, at least 2.
        scale, offset: the model sees ``x * scale + offset``; one number, or one a channel.
        options: of the family ``transfer`` alone; see :func:`cnnsearch.families.transfer.body.build`.

    Returns:
        A model from pictures at rest, ``(batch, height, width, channels)``, to logits ``(batch, classes)``.

    Raises:
        TrialError: the architecture cannot exist for this shape, or a user's function gives no such model.
    """
    if ":" in family:
        return own.build(family, config, shape, classes, scale, offset)
    return BUILDERS[family](FAMILIES[family].parameters.filled(config), shape, classes, scale, offset, **options)


def count_parameters(family: str, config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """Weights of the model that :func:`build_model` would build, told without building it; 0 for a user's own family.

    Raises:
        TrialError: the architecture cannot exist for this shape.
    """
    if ":" in family:
        return 0
    return COUNTERS[family](FAMILIES[family].parameters.filled(config), shape, classes)
