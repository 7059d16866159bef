"""The inside of Keras, part by part, in the installed version."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state
from private_parts import Part, check

from cnnsearch.networks import keras_private as private


class Adding(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        self.add_loss(keras.ops.sum(x))
        return x


def network() -> keras.Model:
    """(None, 4) -> Dense 'hidden' -> Dropout -> Dense 'last' (None, 2)."""
    x = given = keras.Input((4,), name="given")
    x = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.5), name="hidden")(x)
    x = keras.layers.Dropout(0.5, name="dropped")(x)
    return keras.Model(given, keras.layers.Dense(2, name="last")(x))


def finds_functional_models() -> bool:
    model, sequential, unbuilt = network(), keras.Sequential([keras.Input((4,)), Adding()]), keras.Sequential([])
    return (
        private.functional(model) is model
        and [layer.name for layer in private.functional(sequential).layers][1:] == [sequential.layers[0].name]
        and private.functional(unbuilt) is None
        and private.functional(model.layers[1]) is None
    )


def knows_nodes() -> bool:
    model = network()
    nodes = private.nodes_of(model)
    last = private.node_of(model.outputs[0])
    return (
        [node.operation.name for node in nodes] == ["given", "hidden", "dropped", "last"]
        and [node.is_input for node in nodes] == [True, False, False, False]
        and last is nodes[3]
        and last.parent_nodes == [nodes[2]]
        and last.input_tensors[0] is nodes[2].outputs[0]
        and last.outputs[0] is model.outputs[0]
    )


def calls_again() -> bool:
    model = network()
    node = private.node_of(model.outputs[0])
    x = np.ones((1, 3), "float32")
    again = private.call_again(node, node.operation, {id(node.input_tensors[0]): x})
    return np.array_equal(again, model.get_layer("last")(x))


def runs_through() -> bool:
    model, called = network(), []

    def call(operation: Any, *args: Any, **options: Any) -> Any:
        called.append(operation.name)
        return operation(*args, **options)

    x, doubled = np.ones((1, 4), "float32"), keras.layers.Rescaling(2.0, name="doubled")
    given = private.run_through(model, [x], call, lambda each: doubled if each.name == "dropped" else each)
    hidden = model.get_layer("hidden")(x)
    return called == ["hidden", "doubled", "last"] and np.array_equal(given, model.get_layer("last")(2.0 * hidden))


def knows_structures() -> bool:
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    named = keras.Model({"a": a, "b": b}, {"sum": a + b})
    return (
        list(private.inputs_as_named(named)) == ["a", "b"]
        and private.gives_a_dict(named, None)
        and not private.gives_a_dict(network(), None)
        and private.gives_a_dict(Adding(), {})
    )


def finds_inner_layers() -> bool:
    outer = keras.Sequential([keras.Input((4,)), network()])
    names = [layer.name for layer in private.layers_of(outer)]
    return {"hidden", "dropped", "last", outer.layers[0].name} <= set(names) and outer.name not in names


def sums_losses() -> bool:
    model = network()
    model.get_layer("hidden").kernel.assign(np.ones((4, 3)))
    adding = keras.Sequential([keras.Input((4,)), Adding()])
    adding(np.ones((1, 4), "float32"))
    return (
        [float(loss) for loss in private.penalties(model)] == [0.5 * 12]
        and [float(loss) for loss in private.added_losses(adding)] == [4.0]
        and private.added_losses(model) == []
    )


def indexes_variables() -> bool:
    model, optimizer = network(), keras.optimizers.SGD(momentum=0.9)
    optimizer.build(model.trainable_variables)
    indices = [private.variable_index(optimizer, variable) for variable in model.trainable_variables]
    return indices == [0, 1, 2, 3] and len(optimizer.momentums) == 4


def clips_gradients() -> bool:
    optimizer, weights = keras.optimizers.SGD(0.1), keras.Variable([1.0])
    optimizer.build([weights])
    private.clip_by(optimizer, lambda gradients: [10 * gradient for gradient in gradients])
    optimizer.apply([keras.ops.ones(1)], [weights])
    return abs(float(np.asarray(weights)[0])) < 1e-6


def finds_seed_generators() -> bool:
    model = network()
    states = private.seed_states(model)
    random_layers = [layer.name for layer in model.layers if private.is_random(layer)]
    return random_layers == ["dropped"] and [tuple(state.shape) for state in states] == [(2,)]


def has_one_global_generator() -> bool:
    private.forget_global_generator()
    before = private.has_global_generator()
    keras.random.uniform(())
    after = private.has_global_generator()
    keras.utils.set_random_seed(1)
    return not before and after and not private.has_global_generator()


def draws_seeds_from_python() -> bool:
    random.seed(7)
    with private.recorded_draws() as seeds, private.recorded_initializers() as initializers:
        model = network()
    expected, left = random.Random(7), random.getstate()
    kernels = [model.get_layer(name).kernel for name in ("hidden", "last")]
    return (
        private.draws_of(expected, len(seeds)) == seeds
        and expected.getstate() == left
        and [initializers[id(kernel)].seed for kernel in kernels] == [seeds[0], seeds[2]]
        and int(np.asarray(private.seed_states(model)[0])[0]) == seeds[1]
    )


def makes_weights_without_values() -> bool:
    with keras.StatelessScope(initialize_variables=False):
        keras.layers.Dense(1).build((None, 1))
    waiting = global_state.get_global_attribute("uninitialized_variables", [])
    global_state.set_global_attribute("uninitialized_variables", [])
    before = keras.layers.Dense(1).name
    with private.without_values():
        shape = tuple(network().get_layer("hidden").kernel.shape)
        keras.layers.Dense(1)
    after = keras.layers.Dense(1).name
    left = global_state.get_global_attribute("uninitialized_variables", [])
    return (
        len(waiting) == 2
        and shape == (4, 3)
        and not left
        and int(after.rpartition("_")[2]) == int(before.partition("_")[2] or 0) + 1
    )


PARTS = [
    Part(
        "Sequential._functional, Function._nodes_by_depth", finds_functional_models, "taking softmax off, own backbones"
    ),
    Part(
        "Node, KerasTensor._keras_history, _inbound_nodes", knows_nodes, "cuts of frozen backbones, taking softmax off"
    ),
    Part("Node.arguments.fill_in", calls_again, "taking softmax off inside of models"),
    Part("Function._run_through_graph", runs_through, "growing the unfrozen part of a backbone"),
    Part("Function._inputs_struct, _outputs_struct", knows_structures, "own families: one input and one output"),
    Part("Layer._flatten_layers", finds_inner_layers, "a backbone's weights out of another network"),
    Part("Layer._get_regularization_losses, _get_own_losses", sums_losses, "the loss; it would miss penalties"),
    Part("Optimizer._get_variable_index", indexes_variables, "layer_decay and runtime momentum"),
    Part("Optimizer._clip_gradients", clips_gradients, "clip_norm, which would clip nothing"),
    Part("Layer._seed_generators", finds_seed_generators, "resetting a program: dropout would not be seeded"),
    Part("the global seed generator", has_one_global_generator, "seeing that a layer cannot be reset"),
    Part(
        "random.randint(1, 1e9) for each seed, and initializer= of Layer.add_weight",
        draws_seeds_from_python,
        "resetting a program without building it anew; it would be built for each trial",
    ),
    Part(
        "GLOBAL_STATE_TRACKER and its uninitialized_variables",
        makes_weights_without_values,
        "counting the weights of a family of the user's own; they would take memory, or names of layers would change",
    ),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.is_known.__name__)
def test_keras_is_inside_what_it_was(part: Part) -> None:
    state = random.getstate()
    try:
        check("keras", "networks/keras_private.py", part)
    finally:
        random.setstate(state)
