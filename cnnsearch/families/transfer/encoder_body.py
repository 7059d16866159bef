"""What networks behind an encoder share (``encoder.py``): how they begin, and what of them is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.transfer.body import asked_layers
from cnnsearch.families.transfer.maps import map_name
from cnnsearch.families.transfer.trained_on import as_trained_on
from cnnsearch.networks.sizes import Shape

if TYPE_CHECKING:
    import keras

    from cnnsearch.families.transfer.encoder import Encoder
    from cnnsearch.networks.cuts import Cut

__all__ = ["encoded", "frozen_part", "frozen_weights"]


def encoded(
    encoder: Encoder,
    config: Mapping[str, Any],
    shape: Shape,
    scale: float | list[float],
    offset: float | list[float],
    cut: Cut | None,
    for_training: bool,
) -> tuple[Any, dict[str, Any]]:
    """The inputs of a network, and its maps by the names by which layers take them, the deepest one last.

    Args:
        encoder: of the config.
        config, shape, scale, offset, cut, for_training: see :meth:`cnnsearch.families.family.Family.build`.
    """
    import keras

    if cut is None:
        inputs = keras.Input(shape, name="pictures")
        start = [as_trained_on(inputs, encoder.backbone, scale, offset)]
    else:
        inputs = start = [keras.Input(each, name=f"features_{number}") for number, each in enumerate(cut.shapes, 1)]
        inputs = inputs[0] if len(inputs) == 1 else inputs
    fixed = for_training and config["unfrozen_batch_normalization"] == "inference"
    trained = encoder.backbone.unfrozen(config["unfrozen_layers"]).layers
    maps = encoder.backbone.grow(cut, start, trained, fixed)
    return inputs, {map_name(level): x for level, x in zip(encoder.levels, maps, strict=True)}


def frozen_weights(encoder: Encoder, config: Mapping[str, Any]) -> int:
    """See :meth:`cnnsearch.families.family.Family.frozen_weights`."""
    return encoder.backbone.frozen_weights(asked_layers(config))


def frozen_part(
    encoder: Encoder,
    shape: Shape,
    scale: float | list[float],
    offset: float | list[float],
    start: Cut | None,
    end: Cut,
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Body.frozen_part`."""
    import keras

    if start is None:
        inputs: Any = keras.Input(shape, name="pictures")
        given = [as_trained_on(inputs, encoder.backbone, scale, offset)]
    else:
        inputs = given = [keras.Input(each) for each in start.shapes]
    return keras.Model(inputs, encoder.backbone.run(start, end, given))
