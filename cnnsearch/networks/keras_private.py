"""Keras from inside: whatever of it is not documented is touched here, and nowhere else.

A functional model is a graph of *nodes*: the calls of its layers and operations, each with the tensors that it takes
and gives. ``tests/networks/test_keras_private.py`` looks at every part in the installed version, and tells what of ours
needs it; ``pyproject.toml`` bounds the versions.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = [
    "added_losses",
    "call_again",
    "clip_by",
    "draws_of",
    "forget_global_generator",
    "functional",
    "gives_a_dict",
    "has_global_generator",
    "inputs_as_named",
    "is_random",
    "layers_of",
    "node_of",
    "nodes_of",
    "penalties",
    "recorded_draws",
    "recorded_initializers",
    "run_through",
    "seed_states",
    "variable_index",
    "without_values",
]

_LARGEST_SEED = int(1e9)
"""Keras draws each seed that it is not given by ``random.randint(1, 1e9)``."""


def functional(model: Any) -> Any:
    """The functional model that a model or a layer is, or a sequential one is made of; ``None`` for anything else."""
    graph = getattr(model, "_functional", None) or model
    return graph if hasattr(graph, "_nodes_by_depth") else None


def nodes_of(graph: Any) -> list[Any]:
    """The nodes of a functional model in the order in which Keras runs them; inputs first."""
    # Depth counts from the outputs, so the deepest nodes come first.
    return [node for depth in sorted(graph._nodes_by_depth, reverse=True) for node in graph._nodes_by_depth[depth]]


def node_of(tensor: Any) -> Any:
    """The node that gives one of Keras's tensors."""
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


def call_again(node: Any, operation: Callable[..., Any], given: Mapping[int, Any]) -> Any:
    """What ``operation`` gives, called as the node's own was.

    Args:
        node: of a functional model.
        operation: a layer, an operation or a model.
        given: id of a tensor that the node takes -> what is taken in its place.
    """
    args, options = node.arguments.fill_in(given)
    return operation(*args, **options)


def run_through(
    graph: Any, inputs: Any, call: Callable[..., Any], changed: Callable[[Any], Any] = lambda operation: operation
) -> Any:
    """Run a functional model on other ``inputs``, node by node.

    Args:
        graph: the model.
        inputs: tensors, in the order of its own.
        call: from an operation and its arguments to what it gives.
        changed: from an operation to what takes its place.

    Returns:
        What the model gives, in the structure of its outputs.
    """
    return graph._run_through_graph(inputs, operation_fn=changed, call_fn=call)


def inputs_as_named(graph: Any) -> Any:
    """The inputs of a functional model in the structure that it was built with, a dict or a list."""
    return graph._inputs_struct


def gives_a_dict(model: Any, given: Any) -> bool:
    """Whether the output of a model is a dict; ``given`` is what it gave, where only that tells."""
    return isinstance(getattr(model, "_outputs_struct", given), dict)


def layers_of(model: Any) -> list[Any]:
    """All layers inside of a model, those of models inside of it included, and these models themselves."""
    layers: list[Any] = model._flatten_layers(include_self=False, recursive=True)
    return layers


def penalties(model: Any) -> list[Any]:
    """The regularisation losses of the weights that are trained."""
    losses: list[Any] = model._get_regularization_losses()
    return losses


def added_losses(model: Any) -> list[Any]:
    """What was added to the loss in the last call, by ``add_loss`` and by activity regularisers."""
    return [loss for layer in (model, *layers_of(model)) for loss in layer._get_own_losses()]


def variable_index(optimizer: Any, variable: Any) -> int:
    """The place of a variable among those that an optimizer trains."""
    return int(optimizer._get_variable_index(variable))


def clip_by(optimizer: Any, clipped: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
    """Let an optimizer change the gradients of each step, of all variables that have some, by ``clipped``.

    Keras calls it where its own numbers for clipping act: behind the loss scale and accumulation, before weight decay.
    """
    optimizer._clip_gradients = clipped


def is_random(operation: Any) -> bool:
    """Whether a layer draws random numbers when it is called in training."""
    return bool(getattr(operation, "_seed_generators", None))


def seed_states(model: Any) -> list[Any]:
    """The variables that the seed generators of its layers count in."""
    layers = (model, *layers_of(model))
    return [generator.state for layer in layers for generator in getattr(layer, "_seed_generators", [])]


def has_global_generator() -> bool:
    """Whether something has drawn from Keras's global generator, which it starts when it is first needed."""
    from keras.src.backend.common import global_state
    from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

    return global_state.get_global_attribute(GLOBAL_SEED_GENERATOR) is not None


def forget_global_generator() -> None:
    """Let Keras start its global generator anew, as ``keras.utils.set_random_seed`` does beside other things."""
    from keras.src.backend.common import global_state
    from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

    global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, None)


def draws_of(generator: random.Random, count: int) -> list[int]:
    """The next seeds that Keras would draw from ``generator``; of Python's own, where it is not told otherwise."""
    return [generator.randint(1, _LARGEST_SEED) for _ in range(count)]


@contextlib.contextmanager
def recorded_draws() -> Iterator[list[int]]:
    """While it lasts, every seed that Keras draws is noted, and whatever else ``random.randint`` gives."""
    found: list[int] = []
    original = random.randint

    def randint(low: int, high: int) -> int:
        found.append(original(low, high))
        return found[-1]

    random.randint = randint  # type: ignore[assignment]
    try:
        yield found
    finally:
        random.randint = original


@contextlib.contextmanager
def recorded_initializers() -> Iterator[dict[int, Any]]:
    """While it lasts, the initializer of every weight that a layer adds is noted under the id of the variable."""
    import keras

    found: dict[int, Any] = {}
    original = keras.layers.Layer.add_weight

    def add_weight(layer: Any, *args: Any, initializer: Any = None, **options: Any) -> Any:
        # Keras makes an object of a name inside, where it could not be seen: the same one must go in.
        resolved = keras.initializers.get(initializer)
        variable = original(layer, *args, initializer=resolved, **options)
        found[id(variable)] = resolved
        return variable

    keras.layers.Layer.add_weight = add_weight
    try:
        yield found
    finally:
        keras.layers.Layer.add_weight = original


@contextlib.contextmanager
def without_values() -> Iterator[None]:
    """While it lasts, weights that are made have shapes and no values; then Keras remembers what it did before.

    Such weights wait in what Keras remembers between calls, and the next scope that ends would give them values;
    counters of names stand there too, and the seed generator of code without one.
    """
    import keras
    from keras.src.backend.common.global_state import GLOBAL_STATE_TRACKER

    remembered = vars(GLOBAL_STATE_TRACKER)
    before = {name: value.copy() if isinstance(value, (list, dict)) else value for name, value in remembered.items()}
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        remembered.clear()
        remembered.update(before)
