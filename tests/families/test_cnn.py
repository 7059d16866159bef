from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import FAMILIES, find_family
from cnnsearch.families.cnn.filters import filters_of
from cnnsearch.networks.traced import traced_sizes

CNN = FAMILIES["cnn"].spec.parameters
searchable = FAMILIES["cnn"].spec.searchable

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
        "block": st.sampled_from(["plain", "plain", "residual", "bottleneck", "separable"]),
        "stem_strides": st.integers(1, 2),
        "stem_pooling": st.booleans(),
        "normalization": st.sampled_from(["none", "group", "layer"]),
        "normalization_groups": st.integers(1, 2),
        "attention": st.sampled_from(["none", "squeeze_excite", "cbam"]),
        "attention_reduction": st.integers(1, 4),
        "self_attention_layers": st.integers(0, 1),
        "filters_2": st.sampled_from([None, 6]),
        "kernel_size_2": st.sampled_from([None, 2]),
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


@pytest.mark.parametrize("block", ["plain", "residual", "bottleneck", "separable"])
@pytest.mark.parametrize(("attention", "normalization"), [("squeeze_excite", "batch"), ("cbam", "group")])
def test_what_a_network_takes_is_known_before_it_is_built(block: str, attention: str, normalization: str) -> None:
    config = searchable.filled(
        {
            **{"block": block, "attention": attention, "normalization": normalization, "normalization_groups": 4},
            **{"convs_per_block": 2, "filters": 8, "filters_2": 12, "kernel_size_2": 5, "block_dropout_2": 0.1},
            **{"self_attention_layers": 2, "stochastic_depth": 0.2, "stem_pooling": True},
        }
    )
    known = find_family("cnn").cost(config, (12, 10, 3), 4)
    assert known is not None
    sizes = traced_sizes(build(**config), (12, 10, 3))
    assert (known["parameters"], known["macs"]) == (sizes.weights, sizes.macs)


@pytest.mark.parametrize(
    ("config", "shape", "message"),
    [
        ({"conv_blocks": 5, "pooling": "none", "strides": 2}, (8, 8, 1), "block 4 would step over .* of 1x1"),
        ({"conv_blocks": 4}, (8, 8, 1), "the pooling of block 4 would shrink its 1x1"),
        ({"stem_pooling": True}, (1, 1, 1), "the pooling of the stem would step over"),
        ({"stem_strides": 2}, (1, 1, 1), "the stem would step over"),
        ({"normalization": "group", "filters": 12}, (8, 8, 1), "normalization_groups 8 does not divide filters 12"),
        (
            {"normalization": "group", "filters_2": 9},
            (8, 8, 1),
            "normalization_groups 8 does not divide filters_2 9",
        ),
    ],
)
def test_impossible_units_say_where(config: dict[str, Any], shape: tuple[int, int, int], message: str) -> None:
    with pytest.raises(TrialError, match=message):
        build(shape, **{"block": "residual", **config})


def test_filters_grow_from_the_last_block_that_has_its_own_and_to_whole_groups() -> None:
    def filters(**config: Any) -> list[int]:
        filled = searchable.filled({"conv_blocks": 4, **config})
        return [filters_of(filled, block) for block in range(1, 5)]

    assert filters(filters=8, filters_3=5) == [8, 16, 5, 10]
    assert filters(filters=8, filter_growth=1.3) == [8, 10, 14, 18]
    assert filters(filters=8, filter_growth=1.3, normalization="group", normalization_groups=4) == [8, 12, 12, 16]
    assert filters(filters=8, filter_growth=0.1, normalization="group", normalization_groups=4) == [8, 4, 4, 4]


def test_a_residual_unit_adds_what_it_took_or_a_projection_of_it() -> None:
    model = build(block="residual", convs_per_block=2, filters=4, filter_growth=1.0, strides=2, pooling="none")
    shortcuts = [layer.name for layer in layers_of(model, "Conv2D") if "shortcut" in layer.name]
    assert shortcuts == ["block_1_unit_1_shortcut", "block_2_unit_1_shortcut"]
    added = model.get_layer("block_1_unit_2_added")
    assert added.input[0] is model.get_layer("block_1_unit_1_activation").output
    assert added.input[1] is model.get_layer("block_1_unit_2_convolution_2").output


def test_deeper_units_are_left_out_more_often() -> None:
    model = build((16, 16, 1), block="residual", convs_per_block=2, stochastic_depth=0.4)
    rates = [layer.rate for layer in layers_of(model, "Dropout") if "depth" in layer.name]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert {layer.noise_shape for layer in layers_of(model, "Dropout") if "depth" in layer.name} == {(None, 1, 1, 1)}


def test_dropout_of_a_block_is_its_own_or_that_of_all() -> None:
    model = build((16, 16, 1), conv_blocks=3, block_dropout=0.25, block_dropout_2=0.5, block_dropout_3=0.0)
    named = {layer.name: layer.rate for layer in layers_of(model, "Dropout")}
    assert named == {"block_dropout_1": 0.25, "block_dropout_2": 0.5, "dropout_1": 0.0}
    assert CNN.number("block_dropout_2", CNN.filled({"block_dropout": 0.25})) == 0.25
    assert CNN.number("block_dropout_2", CNN.filled({"block_dropout": 0.25, "block_dropout_2": 0.0})) == 0.0


def test_normalization_is_another_word_for_batch_normalization() -> None:
    older, newer = build(batch_normalization=True), build(normalization="batch")
    assert [layer.name for layer in older.layers] == [layer.name for layer in newer.layers]
    advice = FAMILIES["cnn"].spec.recommended["normalization"]
    assert advice.value({"batch_normalization": False}) == "batch"
    assert advice.value({"batch_normalization": True}) == "none"


def searching(**space: Any) -> Experiment:
    keys = {name: space.pop(name) for name in ("constraints",) if name in space}
    return Experiment(name="units", model="cnn", epochs=1, space=space, **keys)


@pytest.mark.parametrize(
    ("space", "where", "told"),
    [
        ({"normalization": "group", "filters": {"int": [8, 32]}}, "space.filters", "does not divide filters 9"),
        ({"normalization": {"choice": ["batch", "group"]}, "filters": 12}, "space.filters", "8 does not divide"),
        (
            {"normalization": "group", "normalization_groups": {"choice": [8, 12]}, "filters": 24, "filters_2": 16},
            "space.filters_2",
            "normalization_groups 12 does not divide filters_2 16",
        ),
        ({"padding": "valid", "block": "residual"}, "space.padding", "read only with block plain"),
        ({"stochastic_depth": 0.1, "block": "separable"}, "space.stochastic_depth", "residual or bottleneck"),
        ({"stem_strides": 2, "conv_blocks": 3}, "space.stem_strides", "does nothing"),
        ({"filters_3": 64, "conv_blocks": 2}, "space.filters_3", "does nothing"),
        ({"normalization_groups": 4, "normalization": "layer"}, "space.normalization_groups", "does nothing"),
        ({"batch_normalization": True, "normalization": "layer"}, "space.batch_normalization", "does nothing"),
    ],
)
def test_what_no_network_can_have_is_refused_at_reading(space: dict[str, Any], where: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        searching(**space)
    assert any(each.where == where and told in str(each) for each in caught.value.problems), str(caught.value)


def test_a_constraint_may_say_which_groups_go_with_which_filters() -> None:
    space = {"normalization": "group", "filters": {"int": [8, 32]}, "normalization_groups": {"choice": [2, 4]}}
    kept = searching(**space, constraints=["filters % normalization_groups == 0"])
    loose = searching(**space, constraints=["filters >= normalization_groups"])
    problems = find_family("cnn").problems
    assert problems.data_problems(kept, [(28, 28)], (28, 28), 1, 10) == []
    (problem,) = problems.data_problems(loose, [(28, 28)], (28, 28), 1, 10)
    assert "does not divide filters" in problem.rule


def test_more_blocks_than_the_pictures_can_be_halved_are_refused_before_any_trial() -> None:
    problems = find_family("cnn").problems
    deep = {"conv_blocks": {"int": [1, 5]}, "pooling": "none", "strides": 2}
    (problem,) = problems.data_problems(searching(**deep, block="residual"), [(8, 8)], (8, 8), 1, 10)
    assert "has configs that give no network" in problem.rule
    assert "of 1x1 (pictures of 8x8)" in problem.rule
    assert problems.data_problems(searching(**deep, block="residual"), [(32, 32)], (32, 32), 1, 10) == []
    assert problems.data_problems(searching(**deep), [(8, 8)], (8, 8), 1, 10) == []
