from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.families.spec import OPTIMIZERS, TRAINING
from cnnsearch.networks.sizes import bytes_a_parameter
from cnnsearch.training.programs.optimizer import build_optimizer


def values(**numbers: float) -> dict[str, Any]:
    from cnnsearch.networks.runtime import RuntimeValue

    made = {name: RuntimeValue(name) for name in numbers}
    for name, number in numbers.items():
        made[name].variable.assign(number)
    return made


@pytest.mark.parametrize("kind", TRAINING["optimizer"].options)
def test_every_kind_is_keras_own_where_nothing_is_searched(kind: str) -> None:
    optimizer = build_optimizer(kind, {})
    assert type(optimizer).__module__.startswith("keras.")
    assert type(optimizer).__name__ == OPTIMIZERS[kind]
    assert not optimizer.weight_decay
    assert getattr(optimizer, "momentum", 0.0) == 0.0


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("accumulated", [1, 3])
def test_what_is_kept_of_a_weight_is_counted(kind: str, accumulated: int) -> None:
    """Beside itself, its gradient and its best value."""
    import tensorflow as tf

    arrays = [tf.Variable(tf.zeros((3, 5))), tf.Variable(tf.zeros(7))]
    optimizer = build_optimizer(kind, values(momentum=0.5) if kind == "sgd" else {}, accumulated=accumulated)
    optimizer.build(arrays)
    kept = sum(int(np.prod(variable.shape)) for variable in optimizer.variables if len(variable.shape))
    config = TRAINING.filled({"optimizer": kind, "gradient_accumulation": accumulated})
    assert bytes_a_parameter(config) * 22 == 4 * (3 * 22 + kept)


def moved(optimizer: Any, steps: int = 4) -> list[list[float]]:
    """Where weights in two arrays are after each of some steps down the slope of their squares, in a compiled function.

    One array alone would not tell its norm from that of all.
    """
    import tensorflow as tf

    arrays = [tf.Variable([1.0, -2.0, 3.0]), tf.Variable([[0.5], [-0.1]])]
    optimizer.build(arrays)
    optimizer.learning_rate.assign(0.1)
    step = tf.function(lambda: optimizer.apply([2 * array for array in arrays], arrays), autograph=False)
    found = []
    for _ in range(steps):
        step()
        found.append([float(number) for array in arrays for number in array.numpy().ravel()])
    return found


def own(kind: str, **options: Any) -> Any:
    """Keras's optimizer by the name that its users know."""
    from keras import optimizers

    return getattr(optimizers, {"adamw": "AdamW"}.get(kind, OPTIMIZERS[kind]))(**options)


@pytest.mark.parametrize("kind", TRAINING["optimizer"].options)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_weight_decay_is_that_of_keras(kind: str, decay: float) -> None:
    theirs = moved(own(kind, weight_decay=decay))
    np.testing.assert_allclose(moved(build_optimizer(kind, values(weight_decay=decay))), theirs, rtol=1e-6)
    assert (moved(build_optimizer(kind, {})) == theirs) == (decay == 0.0)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
def test_momentum_is_that_of_keras(momentum: float) -> None:
    from keras import optimizers

    theirs = moved(optimizers.SGD(momentum=momentum))
    np.testing.assert_allclose(moved(build_optimizer("sgd", values(momentum=momentum))), theirs, rtol=1e-6)
    both = values(momentum=momentum, weight_decay=0.1)
    theirs = moved(optimizers.SGD(momentum=momentum, weight_decay=0.1))
    np.testing.assert_allclose(moved(build_optimizer("sgd", both)), theirs, rtol=1e-6)


def test_momentum_and_decay_are_read_at_each_step() -> None:
    import tensorflow as tf

    given = values(momentum=0.9, weight_decay=0.5)
    optimizer, weights = build_optimizer("sgd", given), tf.Variable([1.0, -2.0, 3.0])
    optimizer.build([weights])
    optimizer.learning_rate.assign(0.1)
    step = tf.function(lambda: optimizer.apply([2 * weights], [weights]), autograph=False)
    step()
    for value in given.values():
        value.variable.assign(0.0)
    before = weights.numpy()
    for _ in range(3):
        step()
    np.testing.assert_allclose(weights.numpy(), before * 0.8**3, rtol=1e-6)
    given["weight_decay"].variable.assign(0.5)
    step()
    np.testing.assert_allclose(weights.numpy(), before * 0.8**3 * (0.95 - 0.2), rtol=1e-6)
    assert step.experimental_get_tracing_count() == 1


# Of the first gradient, (2, -4, 6, 1, -0.2), and of its two arrays: 7.6; 7.5 and 1.02.
@pytest.mark.parametrize("longest", [0.5, 7.55, 100.0])
@pytest.mark.parametrize(("of", "option"), [("all", "global_clipnorm"), ("each", "clipnorm")])
def test_clipping_is_that_of_keras(longest: float, of: str, option: str) -> None:
    given = values(clip_norm=longest, weight_decay=0.1)
    theirs = moved(own("sgd", weight_decay=0.1, **{option: longest}))
    np.testing.assert_allclose(moved(build_optimizer("sgd", given, clip_norm_of=of)), theirs, rtol=1e-6)
    given["clip_norm"].variable.assign(0.0)  # clips nothing
    theirs = moved(own("sgd", weight_decay=0.1))
    np.testing.assert_allclose(moved(build_optimizer("sgd", given, clip_norm_of=of)), theirs, rtol=1e-6)


def test_a_gradient_of_zeros_is_not_clipped_to_nothing_that_is_a_number() -> None:
    import tensorflow as tf

    optimizer, weights = build_optimizer("sgd", values(clip_norm=1.0)), tf.Variable([1.0, 2.0])
    optimizer.build([weights])
    tf.function(lambda: optimizer.apply([tf.zeros(2)], [weights]), autograph=False)()
    assert weights.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("kind", ["sgd", "nadam"])
def test_accumulation_is_that_of_keras(kind: str) -> None:
    given = {"weight_decay": 0.1, "global_clipnorm": 1.0, "gradient_accumulation_steps": 3}
    mine = build_optimizer(kind, values(weight_decay=0.1, clip_norm=1.0), accumulated=3)
    theirs = moved(own(kind, **given), steps=7)
    np.testing.assert_allclose(moved(mine, steps=7), theirs, rtol=1e-6)
    assert theirs[1] == theirs[0] != theirs[2]


def test_momentum_of_sgd_is_a_runtime_value_behind_accumulation_too() -> None:
    theirs = moved(own("sgd", momentum=0.5, gradient_accumulation_steps=2), steps=5)
    found = moved(build_optimizer("sgd", values(momentum=0.5), accumulated=2), steps=5)
    np.testing.assert_allclose(found, theirs, rtol=1e-6)


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("of", ["all", "each"])
def test_gradients_of_some_rows_are_clipped_as_whole_ones(of: str, accumulated: int) -> None:
    """Those of an embedding, as a network of one's own may have for places in a picture."""
    import tensorflow as tf

    found = []
    for whole in (False, True):
        given = values(clip_norm=0.5, momentum=0.9)
        optimizer = build_optimizer("sgd", given, clip_norm_of=of, accumulated=accumulated)
        arrays = [tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), tf.Variable([1.0])]
        optimizer.build(arrays)

        def step(optimizer: Any = optimizer, arrays: Any = arrays, whole: bool = whole) -> None:
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.square(tf.gather(arrays[0], [0, 2, 0]))) + tf.reduce_sum(arrays[1])
            gradients = tape.gradient(loss, arrays)
            optimizer.apply([tf.convert_to_tensor(each) if whole else each for each in gradients], arrays)

        compiled = tf.function(step, autograph=False)
        for _ in range(2):
            compiled()
        found.append(arrays)
    for rows, wholes in zip(*found, strict=True):
        np.testing.assert_allclose(rows.numpy(), wholes.numpy(), rtol=1e-6)
    assert found[0][0].numpy()[0, 0] != 1.0
