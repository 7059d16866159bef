"""Backbone: a pretrained network up to its last feature map, split where it is frozen, grown anew where it is not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from cnnsearch.errors import TrialError, nearest
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED
from cnnsearch.families.transfer.saved import saved_network
from cnnsearch.families.transfer.weights import age, architecture, finish, random_architecture, read_weights
from cnnsearch.networks.cuts import Cut, find_cuts
from cnnsearch.networks.keras_private import is_random, layers_of, nodes_of, run_through
from cnnsearch.networks.precision import precision

__all__ = ["Backbone", "Unfrozen", "load_backbone"]

Shape = tuple[int, int, int]

_KEPT = 4
"""Backbones that a process keeps, each for one size of pictures."""


@dataclass(frozen=True)
class Unfrozen:
    """What of a backbone is trained.

    Attributes:
        count: of its last layers, down to the lowest one with weights; 0 where none of them has any.
        layers: their names.
        position: operations before the lowest of them, or before the first random one among them.
        note: what the user should be told about what was asked for.
    """

    count: int
    layers: frozenset[str]
    position: int
    note: str | None = None


class Backbone:
    """A pretrained network, with its weights.

    Attributes:
        model: from pictures as it was trained on them, ``(batch, height, width, 3)``, to its last feature map
            ``(batch, height, width, channels)``, or to several.
        scaling: how pictures are brought there, as its spec says; ``none`` where they are taken as they are at rest.
        cuts: where it may be split; see :func:`~cnnsearch.networks.cuts.find_cuts`.
    """

    def __init__(self, model: keras.Model, scaling: str) -> None:
        self.model = model
        self.scaling = scaling
        self.cuts = find_cuts(model)
        self._nodes = nodes_of(model)
        self._parts: dict[Any, keras.Model] = {}

    def unfrozen(self, asked: int | float | str) -> Unfrozen:
        """The layers that ``unfrozen_layers`` asks for.

        Args:
            asked: how many of ``model.layers`` from the end, which share of them, or the first letters of the names of
                a block's layers, from the first of which on all are meant.

        Raises:
            TrialError: no layer's name starts so.
        """
        layers = self.model.layers
        if isinstance(asked, str):
            found = [index for index, layer in enumerate(layers) if layer.name.startswith(asked)]
            if not found:
                hint = nearest(asked, [layer.name for layer in layers if layer.weights])
                raise TrialError(f"unfrozen_layers: no layer of the backbone starts with '{asked}'; {hint}")
            count = len(layers) - found[0]
        else:
            count = min(asked if isinstance(asked, int) else round(asked * len(layers)), len(layers))
        meant = layers[len(layers) - count :]
        lowest = next((index for index, layer in enumerate(meant) if layer.weights), count)
        trained = meant[lowest:]
        note = None
        if not trained and asked:
            note = f"unfrozen_layers {asked} reaches no layer with weights: the backbone stayed frozen"
        names = frozenset(layer.name for layer in trained)
        position = min((at for at, node in enumerate(self._nodes) if node.operation.name in names), default=None)
        return Unfrozen(len(trained), names, len(self._nodes) if position is None else position, note)

    def frozen_weights(self, asked: int | float | str) -> int:
        """Weights that are not trained; ``asked`` as of :meth:`unfrozen`."""
        trained = self.unfrozen(asked).layers
        return int(sum(layer.count_params() for layer in self.model.layers if layer.name not in trained))

    def run(self, start: Cut | None, end: Cut, given: list[Any]) -> list[Any]:
        """The frozen network between two cuts, or from the pictures on; shares its layers with :attr:`model`.

        Args:
            start: where ``given`` are; ``None``: at the pictures.
            end: whose tensors are asked for.
            given: tensors, in the order of the cut.
        """
        return self._between(start, self._tensors(end), given, lambda part: part(given))

    def grow(self, start: Cut | None, inputs: list[Any], trained: frozenset[str], fixed_statistics: bool) -> list[Any]:
        """Build the network on ``inputs`` again, with new layers that hold the same weights.

        What is frozen is in inference mode: batch normalisation uses its stored statistics, and random layers are left
        out. Building draws random seeds for unfrozen layers only, so a network grown from a cut draws the same as a
        whole one.

        Args:
            start: where ``inputs`` are; ``None``: at the pictures.
            inputs: tensors of the cut, in its order.
            trained: names of the layers that are trained.
            fixed_statistics: batch normalisation of trained layers uses its stored statistics too.

        Returns:
            The feature maps that it ends in.
        """
        copies: dict[str, tuple[Any, Any]] = {}

        def copied(operation: Any) -> Any:
            name = operation.name
            if name not in trained and is_random(operation) and not _rates(operation.get_config()):
                return operation  # left out when it is called
            if name not in copies:
                copies[name] = operation, _copy(operation, name in trained, fixed_statistics)
            return copies[name][1]

        def called(operation: Any, *args: Any, **options: Any) -> Any:
            return operation(*args, **options) if operation.name in copies else args[0]

        # What keras.models.clone_model does, whose result would have inputs of its own.
        grown = self._between(start, self.model.outputs, inputs, lambda part: run_through(part, inputs, called, copied))
        for layer, copy in copies.values():
            if getattr(layer, "weights", None):
                copy.set_weights(layer.get_weights())
                for inner in (copy, *layers_of(copy)):  # attention made its own when it was called
                    inner.trainable = layer.name in trained
        finish(copy for _, copy in copies.values())
        return grown

    def _between(
        self, start: Cut | None, ends: list[Any], given: list[Any], call: Callable[[keras.Model], Any]
    ) -> list[Any]:
        """Of tensors at a cut those at ``ends``, some of which may be of the cut: such a model Keras cannot make."""
        starts = self.model.inputs if start is None else self._tensors(start)
        known = {id(tensor): value for tensor, value in zip(starts, given, strict=True)}
        missing = [tensor for tensor in ends if id(tensor) not in known]
        if missing:
            found = call(self._part(start, starts, missing))
            found = found if isinstance(found, (list, tuple)) else [found]
            known.update((id(tensor), value) for tensor, value in zip(missing, found, strict=True))
        return [known[id(tensor)] for tensor in ends]

    def _part(self, start: Cut | None, starts: list[Any], ends: list[Any]) -> keras.Model:
        key = (start and start.nodes, tuple(id(tensor) for tensor in ends))
        if key not in self._parts:
            self._parts[key] = keras.Model(starts, ends)
        return self._parts[key]

    def _tensors(self, cut: Cut) -> list[Any]:
        return [self._nodes[number].outputs[0] for number in cut.nodes]


def load_backbone(name: str, alpha: float, weights: str, shape: Shape) -> Backbone:
    """A backbone for pictures of ``shape``, of which a grey one is widened to three channels.

    Raises:
        TrialError: its weights cannot be had, or the pictures do not suit it.
    """
    found: Backbone = _loaded(name, alpha, weights, shape, age(weights))
    return found


@functools.lru_cache(_KEPT)
def _loaded(name: str, alpha: float, weights: str, shape: Shape, _: int) -> Backbone:
    if name == SAVED:
        return Backbone(saved_network(weights, shape), "none")
    spec = BACKBONES[name]
    spec.check(shape)
    height, width, _ = shape
    with precision("float32"):
        if weights == "none":
            model = random_architecture(name, alpha, (height, width, 3))
        else:
            held = read_weights(name, alpha, weights)
            model = architecture(name, alpha, (height, width, 3))
            model.set_weights(held)
    finish(model.layers)
    return Backbone(model, spec.scaling)


def _copy(operation: Any, is_trained: bool, fixed_statistics: bool) -> Any:
    """A new layer of the same configuration, without penalties, under the dtype policy in force.

    It draws no seed, unless it is random itself.
    """
    config = operation.get_config()
    if not isinstance(operation, keras.layers.Layer):
        return type(operation).from_config(config)
    config = {name: _without_draws(value) for name, value in config.items() if not name.endswith("_regularizer")}
    config["dtype"] = keras.config.dtype_policy().name
    if not is_trained:
        config |= dict.fromkeys(_rates(config), 0.0)
    kind = type(operation)
    if is_trained and fixed_statistics and kind is keras.layers.BatchNormalization:
        kind = FixedBatchNormalization
    copy = kind.from_config(config)
    copy.trainable = is_trained
    return copy


def _rates(config: Mapping[str, Any]) -> list[str]:
    """How much a layer drops on its way, as attention does: the keys of its configuration that say it."""
    return [name for name in ("dropout", "recurrent_dropout") if config.get(name)]


def _without_draws(value: Any) -> Any:
    """A part of a layer's configuration whose initializers, the values of which are replaced anyway, draw no seed."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_without_draws, value))
    if not isinstance(value, Mapping):
        return value
    found = {name: _without_draws(inner) for name, inner in value.items()}
    if value.get("module") == "keras.initializers" and "seed" in found["config"]:
        found["config"]["seed"] = 0
    return found


class FixedBatchNormalization(keras.layers.BatchNormalization):
    """Trains its scale and offset, and normalises by its stored statistics in training too."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: ARG002
        return super().call(inputs, training=False, mask=mask)
