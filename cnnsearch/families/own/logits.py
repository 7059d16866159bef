"""Logits of a network that ends in softmax or sigmoid, as most tutorials write it: what stands before the activation.

The loss takes logits, as softmax and logarithm are exact in one step only, and the exported model gets its activation
back. A second softmax on top of the first would leave no probability above ``e / (e + classes - 1)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from cnnsearch.errors import TrialError
from cnnsearch.networks.keras_private import call_again, functional, inputs_as_named, node_of, nodes_of
from cnnsearch.tasks.task import Ends

__all__ = ["graph_of", "scores_of", "without_ending"]

_PASSING = frozenset(("Identity", "Reshape", "Flatten", "Squeeze", "ExpandDims", "Ravel", "Cast", "Copy"))
"""Layers and operations of Keras, and operations of TensorFlow, that hand on the numbers they get."""

_SOFTMAX = frozenset(("softmax", "softmax_v2", "Softmax"))
"""Functions, layers and operations of Keras and TensorFlow."""

_BOUNDED = {
    **dict.fromkeys(("sigmoid", "Sigmoid"), "sigmoid"),
    **dict.fromkeys(("hard_sigmoid", "HardSigmoid"), "hard sigmoid"),
    **dict.fromkeys(("tanh", "Tanh", "hard_tanh", "HardTanh"), "tanh"),
    **dict.fromkeys(("softsign", "SoftSign", "Softsign"), "softsign"),
    **dict.fromkeys(("sparsemax", "Sparsemax"), "sparsemax"),
}
"""Name of a function, layer or operation -> what it is called. No logit, as it is between two ends."""

_PROBABLE = ("softmax", "sigmoid", "hard sigmoid")

_REFUSED = frozenset(("softmax", *_BOUNDED.values()))
"""Endings that no task takes, but for its own."""

_MERGING = frozenset(("Average", "Maximum", "Minimum"))
"""Layers and operations of Keras that give numbers between those that they get."""

_POOLING = (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)

_KNOWN = ("keras.", "tensorflow.", "cnnsearch.networks.")

_LAST_LAYERS = (
    keras.layers.Activation,
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.SeparableConv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.Conv2DTranspose,
)
"""Layers whose ``activation`` is the last thing that they do."""


def without_ending(model: keras.Model, pictures: Any, ends: Ends, name: str) -> keras.Model:
    """``model``, or where it ends in what the task makes of its outputs one of the same layers without it.

    Args:
        model: built, with one output ``(batch, classes)``. A layer's last activation is changed in place.
        pictures: a tensor of Keras's that it takes.
        ends: what the task makes of them.
        name: of the family, for errors.

    Raises:
        TrialError: it ends in what are no logits and cannot be made such.
    """
    graph = graph_of(model)
    if graph is None:
        _check_traced(model, [pictures], model.name, ends, name)
        return model
    before = _Before(ends, name).ending(graph, graph.outputs[0])
    return model if before is graph.outputs[0] else keras.Model(graph.inputs[0], before, name=model.name)


def graph_of(model: Any) -> Any:
    """The functional model that a model or a layer is, or is made of; ``None`` where only its code tells what it is."""
    own_code = isinstance(model, keras.Model) and not _is_of_keras(type(model)) and _has_own_call(type(model))
    return None if own_code else functional(model)


def scores_of(graph: Any) -> list[Any]:
    """The nodes from the scores of the classes to the output, where a network ends in softmax or sigmoid; else none.

    Args:
        graph: functional, of one output, without models inside it.
    """
    node, passed, ends_in_probabilities = node_of(graph.outputs[0]), [], False
    while not node.is_input:
        ending = _ending(node.operation)
        has_weights = bool(getattr(node.operation, "weights", ()))
        ends_in_probabilities |= ending in _PROBABLE
        if not (has_weights or ending in ("passing", *_PROBABLE) or isinstance(node.operation, _POOLING)):
            break  # what is no activation of scores
        passed.append(node)
        if has_weights:
            break
        node = node.parent_nodes[0]
    return passed if ends_in_probabilities else []


def _has_own_call(kind: type) -> bool:
    return next(base for base in kind.__mro__ if "call" in vars(base)).__module__.partition(".")[0] != "keras"


class _Before:
    """Finds tensors before the ending, through what hands it on and through models inside of models.

    Args:
        ends: which one that is.
        name: of the family, for errors.
    """

    def __init__(self, ends: Ends, name: str) -> None:
        self._ends = ends
        self._name = name

    def ending(self, graph: Any, tensor: Any) -> Any:
        """What the head takes of an output ``tensor`` of ``graph``: itself where nothing is to be taken off.

        Raises:
            TrialError: there are none.
        """
        node = node_of(tensor)
        operation = node.operation
        if node.is_input:
            return tensor
        inner = graph_of(operation)
        if inner is not None:
            before = self.ending(inner, inner.outputs[0])
            if before is inner.outputs[0]:
                return tensor
            self._check_used_once(graph, operation)
            return _again(node, keras.Model(inputs_as_named(inner), before, name=operation.name))
        ending = _ending(operation)
        if ending == "passing" and len(node.input_tensors) == 1:
            before = self.ending(graph, node.input_tensors[0])
            return tensor if before is node.input_tensors[0] else _again(node, operation, before)
        if ending == self._ends:
            return self._without(graph, node, tensor)
        if ending in _REFUSED:
            raise TrialError(f"{self._name} ends in {ending} ('{operation.name}'){_WHY_NOT[self._ends]}")
        if ending == "unknown":
            self._check_unknown(node, operation)
        if type(operation).__name__ in _MERGING:
            self._check_merged(node, operation)
        return tensor

    def _check_merged(self, node: Any, operation: Any) -> None:
        """Whether what a layer merges, as the members of an ensemble, is something else than bounded numbers."""
        endings = {_last_of(tensor) for tensor in node.input_tensors}
        if endings <= _REFUSED:
            raise TrialError(
                f"{self._name} ends in a layer that merges outputs which end in {' and '.join(sorted(endings))} "
                f"('{operation.name}'){_WHY_NOT[self._ends]}"
            )

    def _without(self, graph: Any, node: Any, tensor: Any) -> Any:
        """What a node with the ending would give without it."""
        operation = node.operation
        axis = getattr(operation, "axis", -1)
        is_softmax = self._ends == "softmax"
        if is_softmax and (not isinstance(axis, int) or tensor.shape[axis] != math.prod(tensor.shape[1:])):
            raise TrialError(
                f"{self._name} ends in softmax over axis {axis} of {tensor.shape} ('{operation.name}'), and not over "
                "all classes: leave softmax out"
            )
        if not isinstance(operation, _LAST_LAYERS):
            return node.input_tensors[0]
        self._check_used_once(graph, operation)
        operation.activation = keras.activations.linear
        return tensor

    def _check_used_once(self, graph: Any, operation: Any) -> None:
        if sum(node.operation is operation for node in nodes_of(graph)) > 1:
            raise TrialError(
                f"{self._name} ends in {self._ends} in '{operation.name}', which it uses in another place too, so that "
                "it cannot be taken off: end in a layer without an activation"
            )

    def _check_unknown(self, node: Any, operation: Any) -> None:
        def call(*tensors: Any) -> Any:
            given = {id(taken): tensor for taken, tensor in zip(node.input_tensors, tensors, strict=True)}
            return call_again(node, operation, given)

        _check_traced(call, node.input_tensors, operation.name, self._ends, self._name)


_WHY_NOT: dict[Ends, str] = {
    "softmax": ": here each picture is of one class, and the loss takes logits, numbers without bounds. End in "
    "Dense(classes) without an activation, or with softmax, which is made part of the loss",
    "sigmoid": ": here each output says yes or no by itself, and the loss takes logits, numbers without bounds. End in "
    "Dense(classes) without an activation, or with sigmoid, which is made part of the loss",
    "linear": ": here the outputs are numbers without bounds. End in Dense(classes) without an activation",
}


def _last_of(tensor: Any) -> str:
    """What a tensor ends in, as of :func:`_ending`."""
    node = node_of(tensor)
    while not node.is_input:
        inner = graph_of(node.operation)
        ending = "other" if inner is not None else _ending(node.operation)
        if inner is not None:
            node = node_of(inner.outputs[0])
        elif ending == "passing" and len(node.input_tensors) == 1:
            node = node_of(node.input_tensors[0])
        else:
            return ending
    return "other"


def _again(node: Any, operation: Any, before: Any = None) -> Any:
    """What ``operation`` gives, called as the node's own was; on ``before`` in place of the node's tensor."""
    given = {id(tensor): tensor for tensor in node.input_tensors}
    if before is not None:
        given = {id(node.input_tensors[0]): before}
    return call_again(node, operation, given)


def _ending(operation: Any) -> str:
    """``softmax``, a value of :data:`_BOUNDED`, ``passing``, ``unknown`` code, or ``other``."""
    if isinstance(operation, keras.layers.Lambda) or not _is_of_keras(type(operation)):
        return "unknown"
    kind = type(operation).__name__
    if isinstance(operation, keras.layers.Activation) and operation.activation is keras.activations.linear:
        return "passing"
    if isinstance(operation, _LAST_LAYERS):
        return _of_function(operation.activation)
    return "passing" if kind in _PASSING else _of_name(kind)


def _of_function(activation: Callable[..., Any] | None) -> str:
    if activation is None:
        return "other"
    named = activation if hasattr(activation, "__name__") else type(activation)  # a layer may be an activation too
    return _of_name(named.__name__) if str(named.__module__).startswith(_KNOWN) else "unknown"


def _of_name(name: str) -> str:
    return "softmax" if name in _SOFTMAX else _BOUNDED.get(name, "other")


def _is_of_keras(kind: type) -> bool:
    return str(kind.__module__).startswith(_KNOWN)


def _check_traced(call: Callable[..., Any], takes: Sequence[Any], where: str, ends: Ends, name: str) -> None:
    """Whether code of the user's own gives what the head takes, by the last operation of TensorFlow's graph of it.

    Args:
        call: from tensors to a tensor.
        takes: Keras's tensors of the same shapes and types.
        where: of a layer or a model, for errors.
        ends: what the task makes of it.
        name: of the family, for errors.

    Raises:
        TrialError: it does not.
    """
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in takes]
    graph = tf.function(call, autograph=False).get_concrete_function(*specs).graph
    last = graph.outputs[0].op
    while last.type in _PASSING and last.inputs:
        last = last.inputs[0].op
    ending = _of_name(last.type)
    if ending == ends:
        raise TrialError(
            f"{name} ends in {ends} in code of its own ('{where}'), from which it cannot be taken off: the loss takes "
            f"logits, what stands before {ends}. Leave it out there; the exported model gets it back"
        )
    if ending in _REFUSED:
        raise TrialError(f"{name} ends in {ending} ('{where}'){_WHY_NOT[ends]}")
