from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnsearch.errors import TrialError
from cnnsearch.families import FAMILIES, find_family

CNN = FAMILIES["cnn"].spec.parameters

configs = st.fixed_dictionaries(
    {
        "conv_blocks": st.integers(1, 3),
        "convs_per_block": st.integers(1, 2),
        "filters": st.integers(1, 9),
        "filter_growth": st.sampled_from([0.1, 0.5, 1.0, 1.5, 2.0]),
        "kernel_size": st.integers(1, 5),
        "strides": st.integers(1, 3),
        "padding": st.sampled_from(["same", "valid"]),
        "pooling": st.sampled_from(["max", "average", "none"]),
        "pool_size": st.integers(1, 3),
        "batch_normalization": st.booleans(),
        "block_dropout": st.sampled_from([0.0, 0.3]),
        "global_pooling": st.sampled_from(["flatten", "average", "max"]),
        "dense_layers": st.integers(0, 2),
        "units": st.integers(1, 7),
        "dropout": st.sampled_from([0.0, 0.4]),
        "l1": st.sampled_from([0.0, 1e-4]),
        "l2": st.sampled_from([0.0, 1e-4]),
    }
)
shapes = st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3]))


def build(shape: tuple[int, int, int] = (12, 10, 3), classes: int = 4, **config: Any) -> Any:
    return find_family("cnn").build(config, shape, classes, 1 / 255, 0.0)


def layers_of(model: Any, kind: str) -> list[Any]:
    return [layer for layer in model.layers if type(layer).__name__ == kind]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configs, shapes, st.integers(2, 5))
def test_parameters_are_counted_without_building_and_both_refuse_the_same(
    config: dict[str, Any], shape: tuple[int, int, int], classes: int
) -> None:
    try:
        counted = find_family("cnn").count(config, shape, classes)
    except TrialError as error:
        refusal = re.escape(str(error))
        with pytest.raises(TrialError, match=f"^{refusal}$"):
            build(shape, classes, **config)
        return
    model = build(shape, classes, **config)
    assert model.count_params() == counted
    assert model.output_shape == (None, classes)


@pytest.mark.parametrize("name", [name for name, spec in CNN.items() if spec.options])
def test_every_option_builds_and_computes(name: str) -> None:
    for option in CNN[name].options:
        model = build(**{name: option})
        logits = np.asarray(model(np.full((2, 12, 10, 3), 100.0, np.float32)))
        assert logits.shape == (2, 4)
        assert np.isfinite(logits).all()


def test_every_sensible_value_builds() -> None:
    for name, spec in CNN.items():
        assert spec.sensible is not None
        for value in spec.sensible.points(3):
            assert build((32, 32, 1), 2, **{name: value}).output_shape == (None, 2), (name, value)


@pytest.mark.parametrize(
    ("config", "shape", "what", "seen"),
    [
        ({"conv_blocks": 4}, (8, 8, 1), "the pooling of block 4", "1x1"),
        ({"kernel_size": 5, "padding": "valid"}, (4, 9, 1), "convolution 1 of block 1", "4x9"),
        ({"kernel_size": 3, "padding": "valid", "convs_per_block": 2}, (12, 12, 1), "convolution 2 of block 2", "2x2"),
        ({"pool_size": 8}, (16, 7, 3), "the pooling of block 1", "16x7"),
    ],
)
def test_impossible_architectures_say_where_and_on_what(
    config: dict[str, Any], shape: tuple[int, int, int], what: str, seen: str
) -> None:
    message = rf"{what} would shrink its {seen} feature map .*pictures of {shape[0]}x{shape[1]}\)"
    with pytest.raises(TrialError, match=message):
        build(shape, **config)


def test_the_largest_possible_depth_builds() -> None:
    assert build((8, 8, 1), conv_blocks=3).output_shape == (None, 4)


@pytest.mark.parametrize(
    ("config", "sides"),
    [
        ({"padding": "same"}, [(12, 10), (6, 5)]),
        ({"padding": "valid"}, [(10, 8), (3, 2)]),
        ({"padding": "same", "strides": 2, "pooling": "none"}, [(6, 5), (3, 3)]),
        ({"padding": "valid", "kernel_size": 2, "strides": 3, "pooling": "none"}, [(4, 3), (1, 1)]),
        ({"strides": 2, "convs_per_block": 2, "conv_blocks": 1}, [(6, 5), (6, 5)]),
    ],
)
def test_sides_after_each_convolution(config: dict[str, Any], sides: list[tuple[int, int]]) -> None:
    model = build(**config)
    assert [tuple(layer.output.shape[1:3]) for layer in layers_of(model, "Conv2D")] == sides


def test_filters_grow_and_never_vanish() -> None:
    grown = build((16, 16, 1), conv_blocks=3, filters=3, filter_growth=1.5)
    assert [layer.filters for layer in layers_of(grown, "Conv2D")] == [3, 4, 7]
    shrunk = build((16, 16, 1), conv_blocks=3, filters=2, filter_growth=0.1)
    assert [layer.filters for layer in layers_of(shrunk, "Conv2D")] == [2, 1, 1]


def test_a_convolution_has_a_bias_only_where_no_batch_normalisation_follows() -> None:
    for normalized in (False, True):
        model = build(batch_normalization=normalized, convs_per_block=2)
        assert {layer.use_bias for layer in layers_of(model, "Conv2D")} == {not normalized}
        assert len(layers_of(model, "BatchNormalization")) == (4 if normalized else 0)


@pytest.mark.parametrize(("dense", "dropouts"), [(0, 1), (1, 1), (3, 3)])
def test_dropout_stands_after_each_dense_layer_or_before_the_output(dense: int, dropouts: int) -> None:
    model = build(dense_layers=dense, dropout=0.3)
    assert [layer.rate for layer in layers_of(model, "Dropout")] == [0.3] * dropouts
    assert len(layers_of(model, "Dense")) == dense + 1
    assert type(model.layers[-2]).__name__ == "Dropout"


def test_penalties_are_on_kernels_alone() -> None:
    model = build(l1=0.5, l2=0.25, batch_normalization=True)
    kernels = [weight for weight in model.trainable_weights if weight.name == "kernel"]
    expected = [float(np.abs(k.numpy()).sum() * 0.5 + (k.numpy() ** 2).sum() * 0.25) for k in kernels]
    assert sorted(float(loss) for loss in model.losses) == pytest.approx(sorted(expected), rel=1e-5)
    assert not build().losses


def test_the_model_scales_what_it_is_given() -> None:
    import keras

    model = find_family("cnn").build({}, (4, 4, 2), 2, [2.0, 10.0], [1.0, -1.0])
    scaled = keras.Model(model.input, model.get_layer("scaling").output)(np.ones((1, 4, 4, 2), np.float32))
    np.testing.assert_array_equal(np.asarray(scaled)[0, 0, 0], [3.0, 9.0])


@pytest.mark.parametrize(
    ("kind", "layer", "width"),
    [("flatten", "Flatten", 24), ("average", "GlobalAveragePooling2D", 4), ("max", "GlobalMaxPooling2D", 4)],
)
def test_the_last_feature_map_becomes_a_vector(kind: str, layer: str, width: int) -> None:
    model = build(conv_blocks=2, filters=4, filter_growth=1.0, global_pooling=kind)
    assert type(model.get_layer("features")).__name__ == layer
    assert model.get_layer("features").output.shape == (None, width)


def test_dropout_at_the_end_of_each_block_is_a_layer_only_where_it_drops() -> None:
    dropped = build(conv_blocks=2, convs_per_block=2, block_dropout=0.25)
    assert [(layer.name, layer.rate) for layer in layers_of(dropped, "Dropout")] == [
        ("block_dropout_1", 0.25),
        ("block_dropout_2", 0.25),
        ("dropout_1", 0.0),
    ]
    assert [layer.name for layer in layers_of(build(conv_blocks=2), "Dropout")] == ["dropout_1"]


def test_the_statistics_follow_within_few_steps() -> None:
    normalized = build(batch_normalization=True)
    assert {layer.momentum for layer in layers_of(normalized, "BatchNormalization")} == {0.9}
    slow = build(batch_normalization=True, normalization_momentum=0.99)
    assert {layer.momentum for layer in layers_of(slow, "BatchNormalization")} == {0.99}
    assert "normalization_momentum" not in FAMILIES["cnn"].spec.network  # two such networks predict alike
