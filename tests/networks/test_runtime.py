"""Runtime values, and the layer and regulariser that read them, against Keras's own."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnsearch.errors import TrialError
from cnnsearch.networks.runtime import L1L2, Dropout, RuntimeValue


def value_of(number: float, name: str = "rate") -> RuntimeValue:
    made = RuntimeValue(name)
    made.variable.assign(number)
    return made


def in_graph(function: Callable[..., Any], *inputs: Any) -> np.ndarray:
    return np.asarray(tf.function(function, autograph=False)(*map(tf.constant, inputs)))


def dropped(layer: Any, x: np.ndarray, times: int = 1) -> list[np.ndarray]:
    """What the layer makes of ``x`` in training, in one compiled function."""
    step = tf.function(lambda x: layer(x, training=True), autograph=False)
    return [np.asarray(step(tf.constant(x))) for _ in range(times)]


class TestDropout:
    # Numbers that float32 holds exactly, as a runtime value is one.
    @pytest.mark.parametrize("rate", [0.125, 0.25, 0.5, 0.8125, float(np.float32(0.1)), float(np.float32(0.95))])
    @pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
    def test_is_keras_dropout_bit_for_bit(self, rate: float, dtype: str) -> None:
        x = np.asarray(tf.cast(np.random.default_rng(0).normal(size=(32, 20)), dtype))
        keras.utils.set_random_seed(3)
        ours = Dropout(value_of(rate), dtype=dtype)
        keras.utils.set_random_seed(3)
        theirs = keras.layers.Dropout(rate, dtype=dtype)
        np.testing.assert_array_equal(ours.seed_generator.state, theirs.seed_generator.state)
        for mine, other in zip(dropped(ours, x, 3), dropped(theirs, x, 3), strict=True):
            assert mine.dtype == x.dtype
            np.testing.assert_array_equal(mine, other)
        np.testing.assert_array_equal(ours.seed_generator.state, theirs.seed_generator.state)

    def test_drops_whole_maps_at_a_part_of_the_rate_as_keras_does(self) -> None:
        x = np.ones((40, 3, 3, 2), np.float32)
        keras.utils.set_random_seed(3)
        ours = Dropout(value_of(0.5), 0.5, (None, 1, 1, 1))
        keras.utils.set_random_seed(3)
        theirs = Dropout(0.5, 0.5, (None, 1, 1, 1))
        assert type(theirs) is keras.layers.Dropout
        assert theirs.rate == 0.25
        mine = dropped(ours, x)[0]
        np.testing.assert_array_equal(mine, dropped(theirs, x)[0])
        np.testing.assert_array_equal(mine.min((1, 2, 3)), mine.max((1, 2, 3)))
        assert set(np.unique(mine)) == {np.float32(0), np.float32(1 / 0.75)}

    def test_a_rate_of_0_drops_nothing(self) -> None:
        x = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
        for dtype in ("float32", "float16", "bfloat16"):
            cast = np.asarray(tf.cast(x, dtype))
            np.testing.assert_array_equal(dropped(Dropout(value_of(0.0), dtype=dtype), cast)[0], cast)

    @pytest.mark.parametrize("rate", [0.1, 0.3, 0.95])
    def test_any_rate_drops_what_keras_drops(self, rate: float) -> None:
        x = np.random.default_rng(0).normal(size=(300, 20)).astype(np.float32)
        keras.utils.set_random_seed(3)
        mine = dropped(Dropout(value_of(rate)), x)[0]
        keras.utils.set_random_seed(3)
        theirs = dropped(keras.layers.Dropout(rate), x)[0]
        np.testing.assert_array_equal(mine == 0, theirs == 0)
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)

    @pytest.mark.parametrize("rate", [0.0, 0.2, 0.7])
    def test_drops_its_share_and_scales_the_rest(self, rate: float) -> None:
        layer = Dropout(value_of(rate))
        first, second = dropped(layer, np.full((400, 500), 2.0, np.float32), 2)
        share = (first == 0).mean()
        assert share == pytest.approx(rate, abs=0.005)  # five standard deviations
        assert np.allclose(first[first != 0], 2.0 / (1.0 - rate))
        assert (first != second).any() == (rate > 0)

    def test_the_rate_is_read_at_each_call(self) -> None:
        rate = value_of(0.0)
        layer = Dropout(rate)
        step = tf.function(lambda x: layer(x, training=True), autograph=False)
        x = tf.ones((100, 100))
        shares = []
        for number in (0.0, 0.8, 0.3):
            rate.variable.assign(number)
            shares.append(float(np.mean(np.asarray(step(x)) == 0)))
        assert shares == pytest.approx([0.0, 0.8, 0.3], abs=0.02)
        assert step.experimental_get_tracing_count() == 1

    def test_does_nothing_in_inference(self) -> None:
        x = np.ones((3, 4), np.float32)
        layer = Dropout(value_of(0.9))
        before = np.asarray(layer.seed_generator.state)
        np.testing.assert_array_equal(in_graph(lambda x: layer(x, training=False), x), x)
        np.testing.assert_array_equal(layer.seed_generator.state, before)

    def test_seeds_tell_what_is_dropped(self) -> None:
        x = np.ones((50, 50), np.float32)
        found = []
        for seed in (1, 1, 2):
            keras.utils.set_random_seed(seed)
            found.append(dropped(Dropout(value_of(0.5)), x)[0])
        np.testing.assert_array_equal(found[0], found[1])
        assert (found[0] != found[2]).any()

    @pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, float("nan"), 1.0 - 1e-9])
    def test_takes_no_rate_outside_of_0_to_1(self, rate: float) -> None:
        value = value_of(0.25, "thinning")
        Dropout(value)
        with pytest.raises(TrialError) as caught:
            value.assign(rate)
        assert str(caught.value) == f"thinning: the rate of Dropout must be from 0 to below 1 (got {rate!r})"
        assert float(value.variable) == 0.25
        value.assign(0.75)
        assert float(value.variable) == 0.75
        with pytest.raises(TrialError, match="the rate of Dropout must be"):
            Dropout(rate)

    def test_of_a_plain_number_is_keras_own(self) -> None:
        layer = Dropout(0.25, name="mine")
        assert type(layer) is keras.layers.Dropout
        assert (layer.rate, layer.name) == (0.25, "mine")


class TestL1L2:
    @pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.2), (0.3, 0.2)])
    @pytest.mark.parametrize("plain", [(), ("l1",), ("l2",)])
    def test_is_keras_penalty(self, l1: float, l2: float, plain: tuple[str, ...]) -> None:
        x = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
        factors = {
            name: number if name in plain else value_of(number, name) for name, number in (("l1", l1), ("l2", l2))
        }
        expected = float(keras.regularizers.L1L2(l1, l2)(x))
        assert float(in_graph(L1L2(**factors), x)) == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize("factor", [-1e-3, float("nan"), float("inf"), 1e39])
    def test_takes_no_negative_factor(self, factor: float) -> None:
        value = RuntimeValue("penalty")
        L1L2(l2=value)
        with pytest.raises(TrialError, match="penalty: a factor of L1L2 must be a number of at least 0"):
            value.assign(factor)
        with pytest.raises(TrialError, match="a factor of L1L2"):
            L1L2(l1=factor)

    def test_of_plain_numbers_is_keras_own(self) -> None:
        penalty = L1L2(0.1, 0.2)
        assert type(penalty) is keras.regularizers.L1L2
        assert (float(penalty.l1), float(penalty.l2)) == pytest.approx((0.1, 0.2))
        assert L1L2() is None
        assert L1L2(0, 0.0) is None

    def test_the_factors_are_read_at_each_call(self) -> None:
        l2 = value_of(0.0, "l2")
        penalty = tf.function(L1L2(l2=l2).__call__)
        found = []
        for number in (0.0, 0.5, 0.1):
            l2.variable.assign(number)
            found.append(float(penalty(tf.fill((2, 2), 3.0))))
        assert found == pytest.approx([0.0, 18.0, 3.6])


class TestRuntimeValue:
    @pytest.mark.parametrize(
        "read",
        [bool, float, int, abs, round, operator.index, operator.neg, operator.pos, range]
        + [
            (lambda value, of=of, reverse=reverse: of(1.5, value) if reverse else of(value, 1.5))
            for of in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod)
            for reverse in (False, True)
        ]
        + [
            (lambda value, of=of: of(value, 0.5))
            for of in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.floordiv)
        ],
    )
    def test_refuses_to_be_a_number(self, read: Callable[[Any], Any]) -> None:
        with pytest.raises(TypeError, match="'rate' is a runtime parameter: read as a number"):
            read(value_of(0.5))

    def test_may_stand_in_sets_and_mappings(self) -> None:
        value = value_of(0.5)
        assert len({value: 1}) == 1

    def test_its_tensor_cannot_be_read_while_a_model_is_built(self) -> None:
        value = value_of(0.5)
        with pytest.raises(TypeError, match="'rate' is a runtime parameter"):
            value.tensor  # noqa: B018 - read as an attribute
        assert float(tf.function(lambda: value.tensor, autograph=False)()) == 0.5

    def test_its_tensor_is_what_was_assigned(self) -> None:
        value = RuntimeValue("weights", (3,))
        read = tf.function(lambda: value.tensor)
        value.variable.assign([1.0, 2.0, 3.0])
        np.testing.assert_array_equal(read(), [1.0, 2.0, 3.0])
        value.variable.assign([4.0, 5.0, 6.0])
        np.testing.assert_array_equal(read(), [4.0, 5.0, 6.0])
        assert read().dtype == tf.float32
