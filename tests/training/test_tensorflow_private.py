"""The inside of TensorFlow, part by part, in the installed version."""

from __future__ import annotations

import pytest
import tensorflow as tf
from private_parts import Part, check

from cnnsearch.training import tensorflow_private as private


def tells_that_seeds_were_drawn() -> bool:
    tf.random.set_seed(3)
    before = private.seeding_state()
    tf.random.uniform(())
    after = private.seeding_state()
    tf.random.set_seed(3)
    return bool(before) and before != after and private.seeding_state() == before


def tells_what_a_graph_captures() -> bool:
    variable, constant = tf.Variable(1.0), tf.constant(2.0)
    graph = tf.function(lambda: variable * constant).get_concrete_function().graph
    captured = {id(tensor) for tensor in private.captured_by(graph)}
    return captured == {id(variable.handle), id(constant)}


PARTS = [
    Part(
        "tensorflow.python.eager.context.context()._rng",
        tells_that_seeds_were_drawn,
        "resetting a program; what a family draws through TensorFlow would be the same in all trials, without a word",
    ),
    Part("FuncGraph.external_captures", tells_what_a_graph_captures, "seeing that all state of a program can be reset"),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.is_known.__name__)
def test_tensorflow_is_inside_what_it_was(part: Part) -> None:
    check("tensorflow", "training/tensorflow_private.py", part)
