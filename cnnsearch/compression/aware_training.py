"""Training that knows what int8 will do: fake quantization in the graph, and the ranges it ends with in the file.

A copy of the network without its batch normalisation (:mod:`~cnnsearch.compression.folding`) is trained on with weights
and activations rounded (:mod:`~cnnsearch.compression.fake_quantization`). An activation is rounded where the file will
have a tensor for it: what LiteRT fuses, as a convolution and its ReLU, is rounded once. What comes out is a network of
plain layers again, and the ends of its activations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from cnnsearch.compression.fake_quantization import FakeQuantized, Range
from cnnsearch.compression.file_tensors import layers_of_tensors
from cnnsearch.compression.folding import folded
from cnnsearch.compression.kernels import kernels_of
from cnnsearch.compression.litert import converted
from cnnsearch.compression.quantization import Ends, ends_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.networks.keras_private import inputs_as_named, nodes_of, run_through

__all__ = ["Aware", "aware"]

_TOLD_APART_BY = 4
"""Pictures of the sample by which tensors are known."""

_PASSES = frozenset(
    {
        *("MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "Flatten", "Reshape", "Permute", "Identity"),
        *("ZeroPadding2D", "Cropping2D", "UpSampling2D", "Resizing", "InputLayer"),
    }
)
"""Classes of layers whose outputs have the range of what they take in the file, whatever they have themselves."""

_SUFFIX = "_range"


@dataclass(frozen=True)
class Aware:
    """A network that was trained for int8.

    Attributes:
        model: of plain layers, in float32, from inputs at rest to what its task tells.
        content: of its ``.tflite`` file in float32.
        ends: name of a tensor of that file -> the ends that its training came to.
    """

    model: keras.Model
    content: bytes
    ends: Ends


def aware(
    model: keras.Model,
    before_telling: Callable[[keras.Model], keras.Model],
    trained: Callable[[keras.Model], keras.Model],
    sample: np.ndarray,
) -> Aware:
    """Train a network for int8.

    Args:
        model: from inputs at rest to what its task tells; it stays as it is.
        before_telling: from such a model to the one of layers alone that ends where the task's head begins.
        trained: trains that, and gives one that tells.
        sample: ``(n, ...)`` training inputs at rest, which the ranges begin with.

    Raises:
        InputError: a layer has weights that training cannot round, or what the two functions raise.
    """
    begun = folded(before_telling(model))
    _check(begun)
    content = converted(begun)
    tensors = _rounded_tensors(begun)
    layers = layers_of_tensors(content, begun, tensors, sample[:_TOLD_APART_BY])
    seen = ends_of(content, sample)
    ranges = {key: seen[name] for name, key in layers.items() if name in seen}
    plain, found = _plain(trained(_with_fakes(begun, ranges)))
    content = converted(plain)
    layers = layers_of_tensors(
        content, plain, {key: tensor for key, (tensor, _) in found.items()}, sample[:_TOLD_APART_BY]
    )
    return Aware(plain, content, {name: found[key][1] for name, key in layers.items()})


def _check(model: keras.Model) -> None:
    for layer in model.layers:
        if not kernels_of(layer) and any(len(weight.shape) > 1 for weight in layer.trainable_weights):
            rule = f"does not know the weights of the layer '{layer.name}' ({type(layer).__name__}); int8 takes them"
            raise InputError(Problem("--quantize", rule, "qat"))


def _rounded_tensors(model: keras.Model) -> dict[str, Any]:
    """Name of a layer -> what it gives, where the file may round that by a range of its own."""
    nodes = nodes_of(model)
    takers: dict[int, list[str]] = {}
    calls: dict[str, int] = {}
    for node in nodes:
        calls[node.operation.name] = calls.get(node.operation.name, 0) + 1
        for tensor in node.input_tensors:
            takers.setdefault(id(tensor), []).append(type(node.operation).__name__)
    return {
        node.operation.name: node.outputs[0]
        for node in nodes
        if type(node.operation).__name__ not in _PASSES
        and calls[node.operation.name] == 1
        and len(node.outputs) == 1
        and node.outputs[0].dtype.startswith("float")
        # What is concatenated is rounded by the range of all together.
        and set(takers.get(id(node.outputs[0]), ())) != {"Concatenate"}
    }


def _with_fakes(model: keras.Model, ranges: Mapping[str, tuple[float, float]]) -> keras.Model:
    made: dict[str, Any] = {}

    def called(operation: Any, *args: Any, **options: Any) -> Any:
        if kernels_of(operation) and operation.name not in made:
            made[operation.name] = FakeQuantized(operation, name=operation.name)
        told = made.get(operation.name, operation)(*args, **options)
        if operation.name not in ranges:
            return told
        return Range(*ranges[operation.name], name=f"{operation.name}{_SUFFIX}")(told)

    return keras.Model(inputs_as_named(model), run_through(model, model.inputs, called))


def _plain(model: keras.Model) -> tuple[keras.Model, dict[str, tuple[Any, tuple[float, float]]]]:
    """Without fakes: the model, and of each range its tensor and ends, by its name."""
    found: dict[str, tuple[Any, tuple[float, float]]] = {}

    def called(operation: Any, *args: Any, **options: Any) -> Any:
        if isinstance(operation, Range):
            found[operation.name] = args[0], (float(operation.low), float(operation.high))
            return args[0]
        plain = operation.layer if isinstance(operation, FakeQuantized) else operation
        return plain(*args, **options)

    return keras.Model(inputs_as_named(model), run_through(model, model.inputs, called)), found
