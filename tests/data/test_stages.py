from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.sources.spec import ArraysSource
from cnnsearch.data.split import split_dataset
from cnnsearch.data.stages import Pixels, class_counts, pixels, scaling

X = np.random.default_rng(0).integers(0, 256, (40, 5, 6, 3), dtype=np.uint8)
Y = np.arange(40) % 2


def of_training(x: np.ndarray) -> Pixels:
    labels = np.zeros(len(x), np.int32)
    return Pixels(x, labels, x[:0], labels[:0], ("a", "b"))


def test_pixels_are_those_of_the_two_splits() -> None:
    dataset = load_dataset(ArraysSource(x=X, y=Y))
    split = split_dataset(dataset, 0.2, 0.2, seed=0)
    made = pixels(dataset, split, None)
    assert (made.x_train == X[split.train]).all()
    assert (made.y_train == Y[split.train]).all()
    assert (made.x_validation == X[split.validation]).all()
    assert (made.y_validation == Y[split.validation]).all()
    assert made.x_train.dtype == np.uint8
    assert made.y_train.dtype == np.int32
    assert pixels(dataset, split, (3, 4)).x_validation.shape == (8, 3, 4, 3)
    assert class_counts(made.y_train, made.names) == {"0": 12, "1": 12}


def test_test_split_is_not_read() -> None:
    dataset = load_dataset(ArraysSource(x=X, y=Y))
    split = split_dataset(dataset, 0.2, 0.2, seed=0)
    read: list[int] = []

    class Watched:
        shape, channels, dtype = dataset.pictures.shape, 3, np.dtype(np.uint8)

        def at_rest(self, indices, size):
            read.extend(indices.tolist())
            return dataset.pictures.at_rest(indices, size)

    pixels(dataclasses.replace(dataset, pictures=Watched()), split, (2, 2))
    assert sorted(read) == sorted([*split.train, *split.validation])


def test_stages_can_be_sent_to_another_process() -> None:
    made = of_training(X)
    assert (pickle.loads(pickle.dumps(made)).x_train == X).all()
    scaled = scaling(made, "standardize")
    assert (pickle.loads(pickle.dumps(scaled)).offset == scaled.offset).all()


@pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("uint16", 65535), ("uint32", 2**32 - 1)])
def test_unit_of_unsigned_dtypes_is_their_maximum(dtype, largest) -> None:
    found = scaling(of_training(X.astype(dtype)), "unit")
    assert found.scale.tolist() == [np.float32(1 / largest)] * 3
    assert found.offset.tolist() == [0.0] * 3


@pytest.mark.parametrize("dtype", ["int16", "int64", "float16", "float32"])
def test_unit_of_other_dtypes_is_their_range(dtype) -> None:
    x = (X.astype(np.int16) - 100).astype(dtype)
    found = scaling(of_training(x), "unit")
    scaled = x.astype(np.float32) * found.scale + found.offset
    assert scaled.min() == pytest.approx(0, abs=1e-6)
    assert scaled.max() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("kind", ["unit", "standardize", "none"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_the_range_at_rest_is_told_whatever_the_scaling(kind, dtype) -> None:
    x = (X.astype(np.int16) - (100 if dtype in ("int16", "float32") else 0)).astype(dtype)
    found = scaling(of_training(x), kind)
    expected = (0.0, float(np.iinfo(dtype).max)) if dtype.startswith("u") else (float(x.min()), float(x.max()))
    assert (found.low, found.high) == expected
    assert {type(found.low), type(found.high)} == {float}


def test_the_range_at_rest_is_of_the_training_split_alone() -> None:
    x = X.astype(np.float32)
    made = Pixels(x[:20], Y[:20], x[20:] * 100, Y[20:], ("0", "1"))
    assert scaling(made, "none").high == x[:20].max()


def test_statistics_are_of_the_training_split_alone() -> None:
    x = X.astype(np.float32)
    made = Pixels(x[:20], Y[:20], x[20:] * 100, Y[20:], ("0", "1"))
    for kind in ("unit", "standardize"):
        assert (scaling(made, kind).scale == scaling(of_training(x[:20]), kind).scale).all()
        assert (scaling(made, kind).offset == scaling(of_training(x[:20]), kind).offset).all()


def test_standardized_over_several_chunks() -> None:
    x = np.random.default_rng(1).normal([0, 50, 1e4], [1, 9, 3], (700, 3, 3, 3)).astype(np.float32)
    x[:300] += 5
    found = scaling(of_training(x), "standardize")
    exact = x.astype(np.float64)
    assert found.scale == pytest.approx(1 / exact.std(axis=(0, 1, 2)), rel=1e-6)
    assert found.offset == pytest.approx(-exact.mean(axis=(0, 1, 2)) / exact.std(axis=(0, 1, 2)), rel=1e-6)


def test_none_leaves_the_pixels() -> None:
    found = scaling(of_training(X), "none")
    assert found.scale.tolist() == [1.0] * 3
    assert found.offset.tolist() == [0.0] * 3
    assert not np.signbit(found.offset).any()


@pytest.mark.parametrize("kind", ["unit", "standardize"])
@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e-30, 1e-42, 3e38])
def test_constant_pixels_become_zero(kind, value) -> None:
    x = np.full((300, 3, 3, 1), value, np.float32)
    found = scaling(of_training(x), kind)
    assert found.scale.tolist() == [1.0]
    assert (np.abs(x * found.scale + found.offset) <= abs(value) * 1e-6).all()


@pytest.mark.parametrize("kind", ["unit", "standardize"])
def test_rounding_is_not_blown_up(kind) -> None:
    x = np.full((300, 3, 3, 1), 1e6, np.float32)
    x[::2] = np.nextafter(np.float32(1e6), np.float32(2e6))
    assert scaling(of_training(x), kind).scale.tolist() == [1.0]


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
        elements=st.floats(-1e6, 1e6, width=32),
    ),
    st.sampled_from(["unit", "standardize"]),
)
def test_scaling_is_always_finite(x, kind) -> None:
    found = scaling(of_training(x), kind)
    assert found.scale.dtype == found.offset.dtype == np.float32
    assert found.scale.shape == found.offset.shape == (x.shape[3],)
    assert np.isfinite(x * found.scale + found.offset).all()
    assert (found.scale > 0).all()
