"""Pictures in folds: a partition that keeps the shares of the classes, and divides no group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.data.counted import counted
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.folds import Folds, divided
from cnnsearch.data.split import folded, split_dataset
from cnnsearch.data.stages import joined, pixels
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.tasks.classification.targets import ClassTargets


def dataset(counts, given=None) -> Dataset:
    """Labels with so many pictures a class; no two pictures are the same."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
    x = np.arange(len(labels), dtype=np.uint16).reshape(-1, 1, 1, 1)
    classes = tuple(f"class {number}" for number in range(len(counts)))
    return Dataset(ArrayPictures(x), ClassTargets(labels, classes), given, (), "")


@given(st.lists(st.integers(5, 40), min_size=1, max_size=6), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_each_fold_has_its_share_of_each_stratum_within_one_picture(counts, count, seed) -> None:
    strata = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    found = divided(strata, count, np.random.default_rng(seed))
    assert np.ptp(np.bincount(found, minlength=count)) <= 1
    for stratum in range(len(counts)):
        assert np.ptp(np.bincount(found[strata == stratum], minlength=count)) <= 1


@given(st.integers(10, 60), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_no_group_is_divided(groups, count, seed) -> None:
    rng = np.random.default_rng(seed)
    of = rng.permutation(np.repeat(np.arange(groups), rng.integers(1, 6, groups)))
    strata = rng.integers(0, 3, len(of))
    found = divided(strata, count, rng, of)
    assert all(len(set(found[of == group])) == 1 for group in range(groups))
    assert set(found) == set(range(count))


def test_with_groups_the_folds_are_as_even_as_scikit_learns() -> None:
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(60), rng.integers(1, 12, 60))
    strata = (rng.random(60) < 0.3).astype(int)[groups]
    found = divided(strata, 5, rng, groups)

    def uneven(fold_of: np.ndarray) -> float:
        return max(float(np.ptp(np.bincount(fold_of[strata == each], minlength=5))) for each in (0, 1))

    theirs = np.empty(len(strata), int)
    for number, (_, held) in enumerate(StratifiedGroupKFold(5).split(strata, strata, groups)):
        theirs[held] = number
    assert uneven(found) <= uneven(theirs) + 2


def test_a_partition_follows_from_the_seed_and_fresh_seeds_have_others() -> None:
    strata = np.repeat([0, 1], 50)
    folds = Folds(5, 2, 7, strata)
    assert folds.partitions.shape == (2, 100)
    np.testing.assert_array_equal(folds.partitions, Folds(5, 2, 7, strata).partitions)
    np.testing.assert_array_equal(folds.partitions[0], Folds(5, 1, 7, strata).partitions[0])
    assert (folds.partitions[0] != folds.partitions[1]).mean() > 0.5
    assert (Folds(5, 1, 8, strata).partitions[0] != folds.partitions[0]).mean() > 0.5
    trainings = folds.of_trials
    assert len(trainings) == 10
    for part in (trainings[:5], trainings[5:], folds.of_run(3)):
        assert np.sort(np.concatenate([fold.validation for fold in part])).tolist() == list(range(100))
        for fold in part:
            assert np.sort(np.concatenate([fold.train, fold.validation])).tolist() == list(range(100))
    assert folds.trained == 80


def test_the_test_split_is_that_without_folds_and_all_others_are_in_folds() -> None:
    data = dataset([30, 20])
    plain = split_dataset(data, 0.2, 0.2, 0)
    found = folded(data, plain, 4, 1, 0)
    np.testing.assert_array_equal(found.test, plain.test)
    np.testing.assert_array_equal(found.train, np.union1d(plain.train, plain.validation))
    np.testing.assert_array_equal(found.validation, found.train)
    assert (plain.trained, plain.together) == (len(plain.train), len(found.train))
    assert (found.trained, found.together) == (30, 40)
    shared = pixels(data, found, None)
    assert (len(shared.x_train), len(shared.x_validation), shared.folded) == (40, 1, True)
    assert joined(shared) is shared
    described = data.describe(found)
    assert described["folds"] == {"folds": 4, "repeats": 1}
    table = counted(described)
    assert (table.splits, table.totals) == (("in 4 folds", "test"), (40, 10))


BAD = [
    (
        ([4, 9], None),
        5,
        r"evaluation.folds: must be no more than the pictures of each class: 'class 0' has 4 for .*got 5",
    ),
    (
        ([9, 9], np.array(["train", "validation"] * 9)),
        5,
        "evaluation.folds: lets all pictures for training judge in turn",
    ),
]


@pytest.mark.parametrize(("of", "count", "told"), BAD)
def test_what_cannot_be_divided_is_told(of, count, told) -> None:
    data = dataset(*of)
    with pytest.raises(InputError, match=told):
        folded(data, split_dataset(data, 0.3, 0.0, 0), count, 1, 0)


def test_groups_that_are_too_few_are_told() -> None:
    data = dataset([20, 20])
    with pytest.raises(InputError, match=r"the groups of each class, which are never divided: .* are in 3"):
        folded(replace(data, groups=np.arange(40) % 3), split_dataset(data, 0.2, 0.0, 0), 4, 1, 0)


def test_a_test_split_of_the_data_stays_out() -> None:
    data = dataset([10, 10], np.array(["train", "train", "train", "test"] * 5))
    found = folded(data, split_dataset(data, 0.2, 0.0, 0), 3, 1, 0)
    assert (found.test % 4 == 3).all()
    assert len(found.train) == 15


def test_groups_that_are_too_large_are_told() -> None:
    data = dataset([12, 12])
    groups = np.where(data.targets.values == 0, 0, np.arange(24))
    rare = np.flatnonzero(data.targets.values == 0)[:3]
    groups[rare] = 100 + np.arange(3)  # three of a class by themselves, the others in one group
    with pytest.raises(InputError, match="no more than the groups of each class"):
        folded(replace(data, groups=groups), split_dataset(data, 0.2, 0.0, 0), 5, 1, 0)
    found = folded(replace(data, groups=groups), split_dataset(data, 0.2, 0.0, 0), 3, 1, 0)
    fold_of = found.folds.partitions[0]
    together = groups[found.train] == 0
    assert len(set(fold_of[together])) == 1
