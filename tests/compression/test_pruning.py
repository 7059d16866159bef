"""Networks of fewer filters: which go, and that what is left computes what it did."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from cnnsearch.compression.channels import Channels
from cnnsearch.compression.pruning import _kept, filters_gone, pruned
from cnnsearch.compression.spec import Pruning
from cnnsearch.compression.walking import walked
from cnnsearch.errors import InputError
from cnnsearch.families import find_family
from cnnsearch.networks.nesting import unnested

HALF = Pruning(0.5)

GROUPS = {"normalization": "group", "normalization_groups": 4}


def cnn(**space: Any) -> keras.Model:
    family = find_family("cnn")
    config = family.spec.searchable.filled({"filters": 4, "conv_blocks": 2, "units": 6, **space})
    return family.build(config, (8, 8, 1), 3, 1 / 255, 0.0)


def application(name: str, **options: Any) -> keras.Model:
    options = {"weights": None, "include_top": False, "input_shape": (32, 32, 3), **options}
    body = getattr(keras.applications, name)(**options)
    x = layers.GlobalAveragePooling2D()(body.output)
    return keras.Model(body.input, layers.Dense(3)(x))


def merged() -> keras.Model:
    """A concatenation that is added to, transposed and separable convolutions, groups, and functions in between."""
    given = keras.Input((8, 8, 3))
    a = layers.Conv2D(4, 3, padding="same", activation="relu")(given)
    b = layers.SeparableConv2D(4, 3, padding="same", depth_multiplier=2, activation="relu")(a)
    both = layers.Concatenate()([a, b])
    c = layers.Conv2D(8, 3, padding="same", groups=2, activation="relu")(both)
    x = layers.Add()([both, c]) * 0.5
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu")(x)
    x = layers.Conv2DTranspose(6, 2, strides=2, activation="relu")(x)
    x = layers.Reshape((36, 4, 6))(layers.AveragePooling2D(1)(x))
    x = layers.UpSampling2D((1, 2))(layers.ZeroPadding2D(1)(x))
    weighed = layers.Dense(6, activation="sigmoid")(layers.GlobalMaxPooling2D(keepdims=True)(x))
    x = layers.Multiply()([x, layers.Reshape((1, 1, 6))(layers.Flatten()(weighed))])
    return keras.Model(given, layers.Dense(3)(layers.Dense(5, activation="relu")(layers.Flatten()(x))))


def silenced(model: keras.Model, way: Pruning) -> np.ndarray:
    """Let the filters that go give nothing; returns whether each channel stays.

    What follows such a filter sees zeros, so a network without it must tell the same.
    """
    rng = np.random.default_rng(0)
    for layer in model.layers:
        layer.set_weights(
            [rng.uniform(0.1, 0.9, weight.shape) - 0.3 * (weight.ndim > 1) for weight in layer.get_weights()]
        )
    walk = walked(model)
    kept = _kept(model, walk, way)
    for name, how in walk.layers.items():
        layer, arrays = model.get_layer(name), []
        for at, (array, along) in enumerate(zip(layer.get_weights() if how.weights else [], how.weights, strict=True)):
            # The filters themselves, and what each channel has of its own: a bias, a scale, an offset.
            axis = how.filters[1] if how.filters and how.filters[0] == at else 0
            is_silent = array.ndim == 1 or axis
            shape = [-1 if each == axis else 1 for each in range(array.ndim)]
            arrays.append(array * kept[along[axis]].reshape(shape) if is_silent else array)
        if arrays:
            layer.set_weights(arrays)
    return kept


def check_same(model: keras.Model) -> None:
    kept = silenced(model, HALF)
    made = pruned(model, HALF)
    assert 0.2 < kept.mean() < 0.8
    assert made.count_params() < 0.7 * model.count_params()
    x = np.random.default_rng(1).uniform(0, 1, (2, *model.input_shape[1:])).astype(np.float32)
    np.testing.assert_allclose(made(x), model(x), rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize(
    "space",
    [
        {},
        {"batch_normalization": True, "convs_per_block": 2, "global_pooling": "average"},
        {"block": "residual", "normalization": "batch", "attention": "squeeze_excite", "filters": 8},
        {"block": "bottleneck", "normalization": "batch", "filters": 8, "stem_pooling": True},
        {"block": "separable", "global_pooling": "max"},
    ],
    ids=lambda space: space.get("block", "plain"),
)
def test_a_network_without_silent_filters_tells_the_same(space: dict[str, Any]) -> None:
    check_same(cnn(**space))


def test_whatever_merges_channels_is_followed() -> None:
    check_same(merged())


def test_each_layer_keeps_a_filter_where_an_addition_ties_several() -> None:
    """Those of the first one are the least of all of them."""
    given = keras.Input((4, 4, 1))
    parts = [layers.Conv2D(2, 1, name=name)(given) for name in "ab"]
    both = layers.Concatenate()(parts)
    x = layers.Add()([both, layers.Conv2D(4, 1, name="c")(both)])
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(x)))
    for name, values in {"a": 1.0, "b": 1.0, "c": [1.0, 2.0, 3.0, 4.0]}.items():
        kernel, bias = model.get_layer(name).get_weights()
        kernel[...] = values
        model.get_layer(name).set_weights([kernel, bias])
    made = pruned(model, Pruning(0.6))
    assert [made.get_layer(name).filters for name in "abc"] == [1, 1, 2]
    assert pruned(model, Pruning(0.99)).get_layer("c").filters == 2


def test_layers_of_models_inside_of_a_model_are_pruned() -> None:
    """As a family of the user's own is saved."""
    given = keras.Input((8, 8, 1))
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(8, 3, activation="relu"), layers.Flatten()])
    own_given = keras.Input((8, 8, 1))
    own = keras.Model(own_given, layers.Dense(3)(inner(layers.Conv2D(4, 3, padding="same")(own_given), training=False)))
    nested = keras.Model(given, own(layers.Rescaling(0.5)(given)))
    flat = unnested(nested)
    x = np.random.default_rng(0).uniform(0, 1, (2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_allclose(flat(x), nested(x), atol=1e-6)
    assert unnested(flat) is flat
    check_same(flat)


def test_pictures_as_vgg_takes_them() -> None:
    """Grey ones widened, then blue, green, red; what is flipped behind a convolution is followed."""
    given = keras.Input((8, 8, 1))
    x = layers.Rescaling([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])(layers.Concatenate()([given] * 3))
    x = layers.Conv2D(8, 3, activation="relu")(keras.ops.flip(x, axis=-1))
    x = layers.Conv2D(4, 3, activation="relu")(keras.ops.flip(keras.ops.flip(x, axis=-1), axis=1))
    check_same(keras.Model(given, layers.Dense(3)(layers.Flatten()(x))))


def test_an_array_of_its_own_code_is_told() -> None:
    given = keras.Input((4, 4, 1))
    x = layers.Conv2D(4, 1)(given) * np.arange(4, dtype=np.float32)
    with pytest.raises(InputError, match="cannot be built anew without some of its filters"):
        pruned(keras.Model(given, layers.Dense(2)(layers.Flatten()(x))), HALF)


def test_a_convolution_with_a_group_for_each_channel_is_one_by_depth() -> None:
    given = keras.Input((4, 4, 1))
    x = layers.Conv2D(8, 3, padding="same", groups=4, name="deep")(layers.Conv2D(4, 1)(given))
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(x)))
    check_same(model)
    deep = pruned(model, HALF).get_layer("deep")
    assert (deep.groups, deep.filters) == (2, 4)


def test_filters_of_a_convolution_that_comes_to_be_one_by_depth_are_not_gone() -> None:
    given = keras.Input((4, 4, 1))
    x = layers.Conv2D(8, 3, groups=2, name="grouped")(layers.Conv2D(4, 1)(given))
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(x)))
    made = pruned(model, HALF)
    assert made.get_layer("grouped").groups == made.get_layer("grouped").input.shape[-1] == 2
    assert filters_gone(model, made) == 0.5


def test_mobilenet() -> None:
    check_same(application("MobileNet", alpha=0.25))


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(("VGG16", {}), ("ResNet50", {}), ("ResNet50V2", {}), ("MobileNetV2", {"alpha": 0.35}), ("DenseNet121", {})),
        *(("EfficientNetB0", {}), ("InceptionV3", {"input_shape": (75, 75, 3)}), ("NASNetMobile", {})),
        *(("Xception", {"input_shape": (71, 71, 3)}), ("MobileNetV3Small", {}), ("EfficientNetV2B0", {})),
        ("ConvNeXtTiny", {}),
    ],
)
def test_backbones_are_built_anew(name: str, options: dict[str, Any]) -> None:
    model = unnested(application(name, **options))
    made = pruned(model, HALF)
    assert made.count_params() < 0.5 * model.count_params()
    assert np.isfinite(made(np.zeros((1, *model.input_shape[1:]), np.float32))).all()


@pytest.mark.parametrize(
    "space",
    [
        {
            "block": "bottleneck",
            "normalization": "group",
            "normalization_groups": 4,
            "filters": 16,
            "attention": "cbam",
        },
        {"block": "residual", "normalization": "group", "normalization_groups": 4},
        {"block": "separable", "normalization": "layer", "self_attention_layers": 1},
    ],
    ids=["groups", "a group each", "attention"],
)
def test_what_normalises_over_channels_is_built_anew(space: dict[str, Any]) -> None:
    model = cnn(**space)
    made = pruned(model, HALF)
    assert made.count_params() < 0.7 * model.count_params()
    assert made(np.zeros((1, 8, 8, 1))).shape == (1, 3)


def test_the_filters_of_the_least_weights_go() -> None:
    given = keras.Input((4, 4, 1))
    first, second = layers.Conv2D(4, 1, use_bias=False), layers.Dense(2)
    model = keras.Model(given, second(layers.Flatten()(first(given))))
    kernel = np.array([[[[3.0, -1.0, 0.5, -4.0]]]])
    first.set_weights([kernel])
    made = pruned(model, HALF)
    np.testing.assert_array_equal(made.layers[1].get_weights()[0], kernel[..., [0, 3]])
    np.testing.assert_array_equal(
        made.layers[-1].get_weights()[0], second.get_weights()[0].reshape(16, 4, 2)[:, [0, 3]].reshape(32, 2)
    )


def test_the_filters_of_the_least_scales_go() -> None:
    given = keras.Input((4, 4, 1))
    scale = layers.BatchNormalization()
    model = keras.Model(given, layers.Dense(2)(layers.GlobalMaxPooling2D()(scale(layers.Conv2D(4, 1)(given)))))
    _, *others = scale.get_weights()
    scale.set_weights([np.array([0.1, -2.0, 1.0, 0.2]), *others])
    found = pruned(model, Pruning(0.5, "batch_normalization")).layers[2].get_weights()[0]
    np.testing.assert_allclose(found, [-2.0, 1.0])
    with pytest.raises(InputError, match="no layer of this network has filters with a scale of batch normalisation"):
        pruned(cnn(), Pruning(0.5, "batch_normalization"))


@pytest.mark.parametrize(("share", "left"), [(0.29, 71), (0.3, 70), (0.995, 1), (0.999, 1)])
def test_each_layer_loses_its_share_and_keeps_a_filter(share: float, left: int) -> None:
    given = keras.Input((2, 2, 1))
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(layers.Conv2D(100, 1)(given))))
    assert pruned(model, Pruning(share)).layers[1].filters == left


def test_a_share_that_is_less_than_one_filter_of_each_layer_is_told() -> None:
    given = keras.Input((2, 2, 1))
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(layers.Conv2D(8, 1)(given))))
    with pytest.raises(InputError, match=r"the most that may go are 8, and one of these is 0\.125"):
        pruned(model, Pruning(0.1))
    assert pruned(model, Pruning(0.125)).layers[1].filters == 7


@pytest.mark.parametrize(
    ("layer", "rule"),
    [
        (layers.UnitNormalization(name="odd"), r"cannot make the layer 'odd' \(UnitNormalization\) smaller"),
        (layers.Reshape((8, 2), name="odd"), "'odd' .* it mixes channels with places"),
        (layers.PReLU(shared_axes=[3], name="odd"), "'odd' .* its weights do not lie along the channels"),
        (layers.LayerNormalization(axis=1, name="odd"), "'odd' .* its weights do not lie along the channels"),
        (keras.Sequential([layers.Dense(4)], name="odd"), r"'odd' \(Sequential\) smaller"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_layer_that_is_not_known_is_named(layer: Any, rule: str) -> None:
    given = keras.Input((2, 2, 1))
    x = layer(layers.Conv2D(4, 1)(given))
    with pytest.raises(InputError, match=rule):
        pruned(keras.Model(given, layers.Dense(2)(layers.Flatten()(x))), HALF)


def test_a_layer_of_the_users_own_is_not_taken_for_one_of_keras() -> None:
    class Dense(layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    given = keras.Input((2, 2, 1))
    x = Dense(name="own")(layers.Conv2D(4, 1)(given))
    with pytest.raises(InputError, match="'own'"):
        pruned(keras.Model(given, layers.Dense(2)(layers.Flatten()(x))), HALF)


def test_a_layer_that_is_called_twice_ties_both() -> None:
    given = keras.Input((2, 2, 1))
    shared = layers.Dense(4)
    a, b = (shared(layers.Conv2D(6, 1, name=name)(given)) for name in "ab")
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(layers.Concatenate()([a, b]))))
    made = pruned(model, HALF)
    walk = walked(model)
    roots = walk.channels.roots
    assert (roots[walk.layers["a"].weights[0][3]] == roots[walk.layers["b"].weights[0][3]]).all()
    assert [made.get_layer(name).filters for name in "ab"] == [3, 3]


def test_ties_and_what_is_held() -> None:
    channels = Channels()
    a, b, c = (channels.new(2) for _ in range(3))
    channels.tie(a, b)
    channels.tie(b[:1], c[1:])
    channels.hold(c)
    roots = channels.roots
    assert roots[a[0]] == roots[b[0]] == roots[c[1]]
    assert len({roots[a[0]], roots[a[1]], roots[c[0]]}) == 3
    assert roots[a[1]] not in channels.held
    assert {roots[a[0]], roots[c[0]]} == set(channels.held)
