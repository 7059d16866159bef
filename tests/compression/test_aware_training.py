"""Training for int8: what is folded, what is rounded where, and that the file computes what was trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny import quiet

pytest.importorskip("ai_edge_quantizer", reason="needs the extra device")

from cnnsearch.compression.litert import Interpreter
from cnnsearch.compression.litert_files import read_file
from cnnsearch.compression.quantization import float_operations, quantized
from cnnsearch.compression.spec import Quantization
from cnnsearch.errors import InputError

QAT = Quantization("qat")


@pytest.fixture(scope="module")
def sample() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3)).astype("float32")


@pytest.fixture(scope="module")
def network() -> Any:
    """With what is folded: behind convolutions with a bias and without, by depth, a dense layer; and what is not."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    x = layers.Rescaling(1 / 255, name="scaling")(given := keras.Input((8, 8, 3)))
    x = layers.ReLU()(layers.BatchNormalization(scale=False)(layers.Conv2D(6, 3, use_bias=False)(x)))
    x = layers.BatchNormalization(center=False)(layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same")(x))
    shared = layers.Conv2D(12, 1, name="shared")(x)
    branch = layers.Conv2D(4, 1, name="joined")(x)
    x = layers.Concatenate(name="all")([layers.Add(name="sum")([layers.BatchNormalization()(shared), shared]), branch])
    x = layers.GlobalAveragePooling2D(name="mean")(layers.MaxPooling2D()(x))
    x = layers.BatchNormalization(name="dense_normalised")(layers.Dense(8, name="dense")(x))
    made = keras.Model(given, layers.Dense(5, name="logits")(layers.ReLU(6.0, name="six")(x)))
    for layer in made.layers:
        if isinstance(layer, layers.BatchNormalization):
            generator = np.random.default_rng(1)
            layer.set_weights([generator.uniform(0.3, 2, weight.shape) for weight in layer.weights])
    return made


def test_folding_changes_no_answer(network: Any, sample: np.ndarray) -> None:
    import keras

    from cnnsearch.compression.folding import folded

    before = np.asarray(network(sample))
    found = folded(network)
    np.testing.assert_allclose(found(sample), before, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(network(sample)), before, "it stays as it is")
    left = [layer for layer in found.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(left) == 1, "the one behind a convolution that goes elsewhere too"


def test_weights_are_rounded_by_channel_and_gradients_pass() -> None:
    import keras
    import tensorflow as tf

    from cnnsearch.compression.fake_quantization import FakeQuantized

    inner = keras.layers.Dense(2, use_bias=False)
    layer = FakeQuantized(inner)
    layer.build((None, 3))
    inner.set_weights([np.array([[1.0, 100.0], [0.3, 0.4], [-0.011, -0.2]])])
    with tf.GradientTape() as tape:
        told = layer(np.eye(3, dtype="float32"))
    expected = [[127 / 127, 100.0], [38 / 127, 100 / 127], [-1 / 127, 0.0]]
    np.testing.assert_allclose(told, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(tape.gradient(told, inner.kernel.value), np.ones((3, 2)))
    made = FakeQuantized.from_config(layer.get_config())
    assert (type(made.layer), made.layer.units) == (keras.layers.Dense, 2), "as the trainer copies it"


def test_a_range_follows_what_it_sees_in_training_alone() -> None:
    import tensorflow as tf

    from cnnsearch.compression.fake_quantization import Range

    layer = Range(0.0, 2.55)
    x = tf.constant([-1.0, 0.014, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        told = layer(x)
    np.testing.assert_allclose(told, [0.0, 0.01, 2.55], atol=1e-6)
    np.testing.assert_array_equal(tape.gradient(told, x), [0, 1, 0], "nothing passes beyond its ends")
    layer(x, training=True)
    np.testing.assert_allclose([layer.low, layer.high], [-0.01, 0.99 * 2.55 + 0.03], rtol=1e-6)
    assert layer.trainable_weights == []


def test_the_file_computes_what_was_trained(network: Any, sample: np.ndarray) -> None:
    from cnnsearch.compression.aware_training import aware
    from cnnsearch.compression.fake_quantization import FakeQuantized, Range

    kept: list[Any] = []

    def trained(fakes: Any) -> Any:
        ranges = {layer.name.removesuffix("_range") for layer in fakes.layers if isinstance(layer, Range)}
        assert ranges >= {"all", "mean", "six", "logits"}
        assert not ranges & {"dense", "scaling"}, "the file has no tensor for these: they are fused with what follows"
        assert not ranges & {"joined", "sum", "max_pooling2d"}, "these are rounded by the range of another one"
        assert sum(isinstance(layer, FakeQuantized) for layer in fakes.layers) == 6
        for layer in fakes.layers:
            if isinstance(layer, Range):
                layer.high.assign(0.75 * layer.high)  # no sample would give these
        kept.append(fakes)
        return fakes

    with quiet():
        found = aware(network, lambda model: model, trained, sample)
        content = quantized(found.content, QAT, sample, found.ends)
    (fakes,) = kept
    assert float_operations(content) == ()
    expected, told = np.asarray(fakes(sample)), Interpreter(content).run(sample)
    level = float(fakes.get_layer("logits_range").high - fakes.get_layer("logits_range").low) / 255
    assert np.abs(told - expected).max() <= 3 * level
    scales = {float(tensor.quantization.scale[0]) for tensor in _activations(content)}
    for name in ("all", "mean", "six", "logits"):
        end = fakes.get_layer(f"{name}_range")
        assert any(np.isclose(float(end.high - end.low) / 255, scale, rtol=1e-3) for scale in scales), name


def _activations(content: bytes) -> list[Any]:
    (graph,) = read_file(content).subgraphs
    return [
        tensor
        for tensor in graph.tensors
        if tensor.quantization is not None and tensor.quantization.scale is not None
        if len(tensor.quantization.scale) == 1
    ]


def test_an_operation_that_gives_several_tensors_is_left_as_it_is() -> None:
    import keras

    from cnnsearch.compression.aware_training import _rounded_tensors
    from cnnsearch.compression.folding import folded

    given = keras.Input((4, 4, 6))
    halves = keras.ops.split(given, 2, axis=-1)
    joined = keras.layers.Add(name="joined")([keras.layers.BatchNormalization(name="normalised")(halves[1]), halves[0]])
    model = folded(keras.Model(given, joined))
    assert list(_rounded_tensors(model)) == ["normalised", "joined"]


def test_weights_that_are_not_known_are_named() -> None:
    import keras

    from cnnsearch.compression.aware_training import aware

    given = keras.Input((4, 6))
    attending = keras.layers.MultiHeadAttention(2, 3, name="attending")(given, given)
    model = keras.Model(given, keras.layers.Dense(2)(attending))
    with pytest.raises(InputError, match=r"--quantize: .* of the layer 'attending' \(MultiHeadAttention\); int8 takes"):
        aware(model, lambda whole: whole, lambda fakes: fakes, np.zeros((4, 4, 6), np.float32))
