"""Sizes of a network that only its code tells, counted in the graph that TensorFlow runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

from cnnsearch.errors import TrialError
from cnnsearch.networks.sizes import Sizes

__all__ = ["traced_sizes"]

_SAME = ("Identity", "Reshape", "Squeeze", "ExpandDims", "Cast", "Placeholder", "Shape", "Const", "ReadVariableOp")
"""Operations that give nothing new to keep."""

_HIDING = ("PartitionedCall", "StatefulPartitionedCall", "If", "StatelessIf", "While", "StatelessWhile", "Case")
"""Operations in which others run, once or as often as a condition says."""


def traced_sizes(model: keras.Model, shape: tuple[int, ...]) -> Sizes:
    """What a model takes for one picture, as :class:`~cnnsearch.networks.sizes.Sizes` has it.

    Args:
        model: built.
        shape: of one input, without the batch.

    Raises:
        TrialError: its graph does not tell what it multiplies, as in a loop.
    """
    import tensorflow as tf

    @tf.function(autograph=False)
    def call(pictures: Any) -> Any:
        return model(pictures, training=False)

    dtype = model.inputs[0].dtype if model.inputs else "float32"
    graph = call.get_concrete_function(tf.TensorSpec((1, *shape), dtype)).graph
    weights = sum(math.prod(weight.shape) for weight in model.weights)
    operations = graph.get_operations()
    hiding = next((each.type for each in operations if each.type in _HIDING), None)
    if hiding is not None:
        raise TrialError(f"multiplications cannot be counted: this network runs a loop or a condition ({hiding})")
    macs = sum(_COUNTED[each.type](each) for each in operations if each.type in _COUNTED)
    values = sum(_values(each) for each in operations if each.type not in _SAME)
    return Sizes(weights, macs, values)


def _values(operation: Any) -> int:
    """Numbers that an operation gives of one picture."""
    shapes = [output.shape for output in operation.outputs if output.dtype.is_floating]
    return sum(math.prod(shape) for shape in shapes if shape.is_fully_defined() and shape.rank and shape[0] == 1)


def _shape(operation: Any, tensor: Any) -> Sequence[int]:
    if not tensor.shape.is_fully_defined():
        raise TrialError(f"multiplications cannot be counted: {operation.type} has no fixed shape in this network")
    return tuple(tensor.shape)


def _convolution(operation: Any) -> int:
    kernel, given = (_shape(operation, each) for each in (operation.inputs[1], operation.outputs[0]))
    return math.prod(kernel[:-1]) * math.prod(given)


def _depthwise(operation: Any) -> int:
    kernel, given = (_shape(operation, each) for each in (operation.inputs[1], operation.outputs[0]))
    return math.prod(kernel[:2]) * math.prod(given)


def _transposed(operation: Any) -> int:
    kernel, taken = (_shape(operation, each) for each in (operation.inputs[1], operation.inputs[2]))
    return math.prod(kernel[:-1]) * math.prod(taken)


def _product(operation: Any) -> int:
    transposed = next(name for name in ("transpose_a", "adj_x") if name in operation.node_def.attr)
    taken, given = (_shape(operation, each) for each in (operation.inputs[0], operation.outputs[0]))
    return taken[-2 if operation.get_attr(transposed) else -1] * math.prod(given)


def _einsum(operation: Any) -> int:
    letters: dict[str, int] = {}
    taken = operation.get_attr("equation").decode().partition("->")[0].split(",")
    for names, tensor in zip(taken, operation.inputs, strict=True):
        shape = _shape(operation, tensor)
        if "." in names:
            raise TrialError("multiplications cannot be counted: Einsum has an ellipsis in this network")
        letters |= dict(zip(names, shape, strict=True))
    return math.prod(letters.values())


_COUNTED: dict[str, Callable[[Any], int]] = {
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Conv2DBackpropInput": _transposed,
    "Conv3DBackpropInputV2": _transposed,
    "MatMul": _product,
    "BatchMatMulV2": _product,
    "Einsum": _einsum,
}
