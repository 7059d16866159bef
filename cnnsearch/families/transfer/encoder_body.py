"""The networks of a family whose encoder may be a backbone (``encoder.py``), or is built from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.families.transfer.backbone_parameters import SCRATCH
from cnnsearch.families.transfer.backbone_sizes import BackboneSize, backbone_size
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.families.transfer.body import asked_layers, depths_below
from cnnsearch.families.transfer.maps import map_name
from cnnsearch.families.transfer.trained_on import as_trained_on
from cnnsearch.networks.layers import Layer
from cnnsearch.networks.sizes import Shape, Sizes, Step, steps
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.families.transfer.encoder import Encoder
    from cnnsearch.networks.cuts import Cut

__all__ = ["EncoderBody"]

Config = Mapping[str, Any]
Maps = Mapping[int, Shape]
"""Level -> shape of the backbone's map."""


@dataclass(frozen=True)
class EncoderBody:
    """See :class:`cnnsearch.families.family.Body`.

    Attributes:
        name: of its models.
        prefix: of the names of the layers behind a backbone.
        levels: from a config to the levels whose maps are taken, and those of them that the backbone must have; both
            end in the deepest one.
        known_maps: from a config, the size of its backbone and the shape of the pictures to the maps that ``behind``
            takes; raises a :class:`~cnnsearch.errors.TrialError` where the backbone lacks one.
        from_scratch: from a config, the shape of the pictures and the number of classes to all layers.
        behind: the same with maps in the third place, to the layers behind the backbone, the first on its deepest map.
    """

    name: str
    prefix: str
    levels: Callable[[Config], tuple[tuple[int, ...], tuple[int, ...]]]
    known_maps: Callable[[Config, BackboneSize, Shape], Maps]
    from_scratch: Callable[[Config, Shape, int], Iterator[Layer]]
    behind: Callable[[Config, Shape, Maps, int], Iterator[Layer]]

    def build(
        self,
        config: Config,
        shape: Shape,
        classes: int,
        scale: float | list[float],
        offset: float | list[float],
        cut: Cut | None = None,
        for_training: bool = False,
        ends: Ends = "linear",  # noqa: ARG002 - its last layer has no activation
    ) -> keras.Model:
        """See :meth:`cnnsearch.families.family.Family.build`.

        Args:
            config, shape, classes, scale, offset: as there; of a backbone ``scale`` and ``offset`` bring pixels to
                0..1.
            cut: of the backbone.
            for_training: batch normalisation of unfrozen layers is as ``unfrozen_batch_normalization`` says.
        """
        import keras

        from cnnsearch.networks.building import behind
        from cnnsearch.networks.runtime import L1L2

        penalty = L1L2(config["l1"], config["l2"])
        if config["encoder"] == SCRATCH:
            layers = list(self.from_scratch(config, shape, classes))
            inputs = keras.Input(shape, name="pictures")
            x = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
            return keras.Model(inputs, behind(x, layers, penalty), name=self.name)
        encoder = self._encoder(config, shape)
        inputs, maps = _encoded(encoder, config, shape, scale, offset, cut, for_training)
        layers = list(self.behind(config, shape, encoder.shapes, classes))
        return keras.Model(inputs, behind([*maps.values()][-1], layers, penalty, maps), name=self.name)

    def count(self, config: Config, shape: Shape, classes: int) -> int:
        """See :meth:`cnnsearch.families.family.Family.count`; it loads the backbone, which building needs too."""
        if config["encoder"] == SCRATCH:
            return sum(step.weights for step in self._steps_from_scratch(config, shape, classes))
        encoder = self._encoder(config, shape)
        behind = self._steps_behind(config, shape, encoder.shapes, classes)
        return int(encoder.backbone.model.count_params() + sum(step.weights for step in behind))

    def cost(self, config: Config, shape: Shape, classes: int) -> dict[str, float] | None:
        """See :meth:`cnnsearch.families.family.Family.cost`; of a width that has no weights nothing is known.

        The memory is that of the trained layers, and the weights of the frozen ones.
        """
        if config["encoder"] == SCRATCH:
            return Sizes.of(self._steps_from_scratch(config, shape, classes)).cost(config)
        known = backbone_size(config["encoder"], float(config["backbone_alpha"]))
        if known is None:
            return None
        BACKBONES[config["encoder"]].check(shape)
        maps = self.known_maps(config, known, shape)
        behind = Sizes.of(self._steps_behind(config, shape, maps, classes))
        return known.encoder(self._deepest(config)).cost_with(behind, asked_layers(config), config, shape)

    def frozen_weights(self, config: Config, shape: Shape) -> int:
        """See :meth:`cnnsearch.families.family.Family.frozen_weights`."""
        if config["encoder"] == SCRATCH:
            return 0
        return self._encoder(config, shape).backbone.frozen_weights(asked_layers(config))

    def frozen_part(
        self,
        config: Config,
        shape: Shape,
        scale: float | list[float],
        offset: float | list[float],
        start: Cut | None,
        end: Cut,
    ) -> keras.Model:
        """See :meth:`cnnsearch.families.family.Body.frozen_part`."""
        import keras

        encoder = self._encoder(config, shape)
        if start is None:
            inputs: Any = keras.Input(shape, name="pictures")
            given = [as_trained_on(inputs, encoder.backbone, scale, offset)]
        else:
            inputs = given = [keras.Input(each) for each in start.shapes]
        return keras.Model(inputs, encoder.backbone.run(start, end, given))

    def depths(self, model: keras.Model) -> list[int]:
        """See :meth:`cnnsearch.families.family.Body.depths`."""
        if not any(layer.name.startswith(self.prefix) for layer in model.layers):
            return [0] * len(model.trainable_variables)  # from scratch: nobody has trained any layer
        return depths_below(model, self.prefix)

    def _encoder(self, config: Config, shape: Shape) -> Encoder:
        from cnnsearch.families.transfer.encoder import encoder_of

        return encoder_of(config, shape, *self.levels(config))

    def _deepest(self, config: Config) -> int:
        _, needed = self.levels(config)
        return needed[-1]

    def _steps_from_scratch(self, config: Config, shape: Shape, classes: int) -> Iterator[Step]:
        return steps(self.from_scratch(config, shape, classes), shape)

    def _steps_behind(self, config: Config, shape: Shape, maps: Maps, classes: int) -> Iterator[Step]:
        named = {map_name(level): each for level, each in maps.items()}
        return steps(self.behind(config, shape, maps, classes), maps[self._deepest(config)], named)


def _encoded(
    encoder: Encoder,
    config: Config,
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
