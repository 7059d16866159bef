"""Backbones out of ``.keras`` files: whatever network somebody trained, without its last layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from cnnsearch.errors import TrialError
from cnnsearch.families.own.logits import scores_of
from cnnsearch.families.transfer.backbone_specs import SAVED, weights_file
from cnnsearch.families.transfer.weights import finish, read_network
from cnnsearch.networks.ensembled import is_ensemble
from cnnsearch.networks.keras_private import functional, nodes_of
from cnnsearch.networks.nesting import unnested
from cnnsearch.networks.precision import precision

__all__ = ["saved_network"]

Shape = tuple[int, int, int]


def saved_network(weights: str, shape: Shape) -> keras.Model:
    """The network that ``weights`` names, up to its last feature map, on pictures of ``shape``.

    Tokens, ``(batch, tokens, features)``, as networks with attention have them, are a map of one row.

    Raises:
        TrialError: there is none, it has no feature map, or it takes pictures of other channels.
    """
    path = weights_file(weights)
    if path is None or path.suffix != ".keras":
        raise TrialError(f"backbone '{SAVED}' needs a .keras file or a study under 'weights', not '{weights}'")
    read = read_network(str(path))
    if is_ensemble(read):
        how = "of a study, cnnsearch rerun STUDY TRIAL --export FILE writes the network of one trial"
        raise TrialError(f"the model in {path} is an ensemble, the mean of several networks, and no backbone: {how}")
    network = _as_graph(read, path)
    channels = network.inputs[0].shape[-1]
    if channels not in (3, shape[2]) or (channels == 3 and shape[2] not in (1, 3)):
        raise TrialError(f"the network in {path} takes pictures of {channels} channels, not {shape[2]}")
    # A network may score its classes by a convolution: its own classes are no features of other pictures.
    left_out = {id(node) for node in scores_of(network)}
    kept = [node for node in nodes_of(network) if not node.is_input and id(node) not in left_out]
    maps = [node.outputs[0] for node in kept if len(node.outputs[0].shape) in (3, 4)]
    if not maps:
        raise TrialError(
            f"the network in {path} has no feature map (batch, height, width, channels) and no tokens (batch, tokens, "
            "features) to start from"
        )
    part = keras.Model(network.inputs, _as_map(maps[-1]))
    try:
        with precision("float32"):
            picture = keras.Input((*shape[:2], channels))
            model: keras.Model = keras.models.clone_model(part, input_tensors=[picture])
    except ValueError as error:
        raise TrialError(f"the network in {path} does not take pictures of {shape[0]}x{shape[1]}: {error}") from error
    model.set_weights(part.get_weights())
    finish(model.layers)
    return model


def _as_map(features: Any) -> Any:
    if len(features.shape) == 4:
        return features
    return keras.layers.Reshape((1, *features.shape[1:]), name="tokens_as_map")(features)


def _as_graph(model: keras.Model, path: Path) -> keras.Model:
    """A functional model with the same layers, those of models inside it included."""
    graph = functional(model)
    if graph is None or len(graph.inputs) != 1:
        raise TrialError(
            f"the network in {path} is no functional or sequential model of one input: nobody can tell where to cut it"
        )
    try:
        return unnested(graph)
    except ValueError:
        return graph  # two layers share a name: an inner model stays one layer
