"""Outer folds: each picture is held out once, and no search ever sees what it is judged by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split, folded, outer_fold, outer_folds, split_dataset
from cnnsearch.data.stages import joined, pixels
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.tasks.classification.targets import ClassTargets


def dataset(counts: list[int], **keys: Any) -> Dataset:
    """So many pictures of each class; the value of a picture is its place."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
    x = np.arange(len(labels), dtype=np.uint16).reshape(-1, 1, 1, 1)
    classes = tuple(f"class {number}" for number in range(len(counts)))
    return replace(Dataset(ArrayPictures(x), ClassTargets(labels, classes), None, (), ""), **keys)


@given(st.lists(st.integers(6, 30), min_size=2, max_size=5), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_every_picture_is_held_out_once_and_each_class_in_its_share(counts, count, seed) -> None:
    data = dataset(counts)
    found = outer_folds(data, count, seed)
    assert np.sort(np.concatenate(found)).tolist() == list(range(len(data.pictures)))
    held = [np.bincount(data.targets.strata.members[fold], minlength=len(counts)) for fold in found]
    assert all(np.ptp([of[stratum] for of in held]) <= 1 for stratum in range(len(counts)))
    for fold, again in zip(found, outer_folds(data, count, seed), strict=True):
        np.testing.assert_array_equal(fold, again)


@pytest.mark.parametrize("folds", [0, 2])
def test_no_search_sees_its_outer_fold(folds: int) -> None:
    data = dataset([20, 30])
    for held_out in outer_folds(data, 3, 7):
        split = split_dataset(data, 0.2, 0.0, 7, held_out)
        split = folded(data, split, folds, 1, 7) if folds else split
        np.testing.assert_array_equal(split.test, held_out)
        seen = np.union1d(split.train, split.validation)
        assert np.intersect1d(seen, held_out).size == 0
        assert len(seen) + len(held_out) == len(data.pictures)
        assert len(np.unique(data.targets.strata.members[split.validation])) == 2


def test_no_group_is_divided() -> None:
    groups = np.random.default_rng(1).permutation(np.repeat(np.arange(25), 4)).astype(np.int64)
    data = dataset([50, 50], groups=groups)
    found = outer_folds(data, 4, 0)
    assert all(len(np.intersect1d(groups[one], np.delete(groups, one))) == 0 for one in found)


REFUSED: list[tuple[dict[str, Any], list[int], str]] = [
    (
        {"given": np.array(["train"] * 30 + ["test"] * 20)},
        [20, 30],
        "holds each picture out once, and the data brings splits of its own",
    ),
    ({}, [4, 30], "must be no more than the pictures of each class: 'class 0' has 4"),
    (
        {"groups": np.repeat(np.arange(3), [20, 20, 10])},
        [20, 30],
        "must be no more than the groups of each class, which are never divided",
    ),
]


@pytest.mark.parametrize(("keys", "counts", "told"), REFUSED, ids=["own split", "few pictures", "few groups"])
def test_refused(keys: dict[str, Any], counts: list[int], told: str) -> None:
    with pytest.raises(InputError, match=f"evaluation.outer: {told}"):
        outer_folds(dataset(counts, **keys), 5, 0)


def test_one_of_them_by_its_number() -> None:
    data = dataset([20, 30])
    np.testing.assert_array_equal(outer_fold(data, 3, 2, 7), outer_folds(data, 3, 7)[1])
    with pytest.raises(InputError, match=r"evaluation.outer_fold: must be no more than evaluation.outer, 3 \(got 4\)"):
        outer_fold(data, 3, 4, 7)


@pytest.mark.parametrize("folds", [0, 2])
def test_pictures_of_a_search_are_known_as_some_of_all(folds: int) -> None:
    data = dataset([20, 30])
    split = split_dataset(data, 0.2, 0.0, 7, outer_folds(data, 3, 7)[1])
    split = folded(data, split, folds, 1, 7) if folds else split
    assert pixels(data, split, None).whole is None
    for found in (pixels(data, replace(split, is_nested=True), None), joined_of(data, split)):
        whole = found.whole
        assert whole is not None
        assert len(whole.pixels.x_train) == 50
        np.testing.assert_array_equal(whole.pixels.x_train[whole.train], found.x_train)
        np.testing.assert_array_equal(whole.pixels.x_train[whole.validation], found.x_validation)
        np.testing.assert_array_equal(whole.pixels.y_train[whole.train], found.y_train)
        assert found.in_memory().whole is None


def joined_of(data: Dataset, split: Split) -> Any:
    return joined(pixels(data, replace(split, is_nested=True), None))
