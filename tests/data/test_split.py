from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.data.strata import allocate, draw
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.tasks.classification.targets import ClassTargets


def dataset(counts, given=None, seed: int = 0) -> Dataset:
    """Labels with so many pictures a class, in a random order; or, with ``given``, in order."""
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    if given is None:
        labels = np.random.default_rng(seed).permutation(labels)
    pictures = ArrayPictures(np.zeros((len(labels), 1, 1, 1), np.uint8))
    classes = tuple(f"class {number}" for number in range(len(counts)))
    return Dataset(pictures, ClassTargets(labels, classes), None if given is None else np.array(given), (), "")


def parts(split: Split) -> list[np.ndarray]:
    return [split.train, split.validation, split.test]


@st.composite
def cases(draw_from):
    counts = draw_from(st.lists(st.integers(3, 60), min_size=2, max_size=8))
    validation = draw_from(st.floats(0.05, 0.6))
    test = draw_from(st.just(0.0) | st.floats(0.05, 0.6))
    assume(validation + test < 0.95)
    total = sum(counts)
    assume(all(share == 0 or int(total * share + 0.5) >= len(counts) for share in (validation, test)))
    return counts, validation, test, draw_from(st.integers(0, 2**32 - 1))


@given(cases())
def test_split_is_a_partition_with_every_class_in_every_part(case) -> None:
    counts, validation, test, seed = case
    data = dataset(counts)
    split = split_dataset(data, validation, test, seed)
    assert np.sort(np.concatenate(parts(split))).tolist() == list(range(sum(counts)))
    for part in parts(split):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
    used = parts(split) if test else parts(split)[:2]
    assert all(np.unique(data.targets.values[part]).tolist() == list(range(len(counts))) for part in used)
    assert len(split.test) == 0 or test > 0


@given(cases())
def test_shares_are_kept_within_one_picture(case) -> None:
    counts, validation, test, seed = case
    # Where a class has no whole picture for a split, giving it one is the only way.
    assume(all(count * (1 - validation - test) >= 1 for count in counts))
    data = dataset(counts)
    split = split_dataset(data, validation, test, seed)
    for part, share in ((split.validation, validation), (split.test, test)):
        found = np.bincount(data.targets.values[part], minlength=len(counts))
        assert (np.abs(found - np.array(counts) * share) <= 1 + 1e-9).all()


@given(cases())
def test_seed_decides(case) -> None:
    counts, validation, test, seed = case
    first, second = (split_dataset(dataset(counts), validation, test, seed) for _ in range(2))
    assert all((one == two).all() for one, two in zip(parts(first), parts(second), strict=True))


def test_other_seeds_draw_others() -> None:
    data = dataset([50, 50])
    assert len({tuple(split_dataset(data, 0.2, 0.2, seed).test.tolist()) for seed in range(5)}) == 5


def test_a_plain_case_in_numbers() -> None:
    split = split_dataset(dataset([10, 10]), 0.2, 0.2, seed=0)
    assert [len(part) for part in parts(split)] == [12, 4, 4]


def test_given_splits_are_used_as_they_are() -> None:
    given_split = ["train", "validation", "test"] * 4
    split = split_dataset(dataset([6, 6], given_split), 0.4, 0.4, seed=0)
    assert [part.tolist() for part in parts(split)] == [list(range(start, 12, 3)) for start in range(3)]


def test_own_validation_without_test_has_no_test() -> None:
    split = split_dataset(dataset([6, 6], ["train", "validation"] * 6), 0.4, 0.4, seed=0)
    assert [len(part) for part in parts(split)] == [6, 6, 0]


def test_own_test_has_validation_drawn_from_training() -> None:
    data = dataset([20, 20], ["train", "train", "train", "test"] * 10)
    split = split_dataset(data, 0.2, 0.5, seed=0)
    assert [len(part) for part in parts(split)] == [24, 6, 10]
    assert (data.given[split.test] == "test").all()
    assert (data.given[split.validation] == "train").all()
    assert np.bincount(data.targets.values[split.validation]).tolist() == [3, 3]


@pytest.mark.parametrize(
    ("data", "shares", "message"),
    [
        (
            dataset([20, 2]),
            (0.2, 0.2),
            r"class 'class 1' has too few pictures: 2, and needs 3.*train, validation, test",
        ),
        (dataset([20, 1]), (0.2, 0.0), r"class 'class 1' has too few pictures: 1, and needs 2.*train, validation$"),
        (dataset([9, 9, 9]), (0.05, 0.2), r"dataset\.validation: is a share of 1 of 27 pictures.*the 3 classes.*0\.11"),
        (dataset([9, 9, 9]), (0.2, 0.05), r"dataset\.test: is a share of 1 of 27 pictures"),
        (dataset([2, 2], ["train", "test"] * 2), (0.5, 0.2), r"'class 0' has too few pictures: 1, and needs 2"),
    ],
)
def test_refused_splits(data, shares, message) -> None:
    with pytest.raises(InputError, match=message):
        split_dataset(data, *shares, seed=0)


def test_every_problem_is_named() -> None:
    with pytest.raises(InputError) as caught:
        split_dataset(dataset([1, 2, 3]), 0.01, 0.01, seed=0)
    assert len(caught.value.problems) == 4


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20), st.floats(0.001, 0.999))
def test_allocation_is_within_one_of_the_share(counts, share) -> None:
    given_counts = np.array(counts)
    whole = allocate(given_counts, share)
    assert (whole >= 1).all()
    assert (np.abs(whole - given_counts * share) <= 1).all()
    assert abs(np.where(given_counts * share < 1, given_counts * share, whole).sum() - sum(counts) * share) < len(
        counts
    )


def test_allocation_adds_up() -> None:
    assert allocate(np.array([12] * 10), 0.2).sum() == 24
    assert sorted(allocate(np.array([12] * 10), 0.2).tolist()) == [2] * 6 + [3] * 4


def test_largest_remainder_is_served_first() -> None:
    assert allocate(np.array([13, 17, 10]), 0.25).tolist() == [3, 4, 3]


def test_draw_takes_so_many_of_each() -> None:
    strata = np.array([1, 0, 1, 0, 1, 2])
    drawn = draw(strata, np.array([1, 2, 0]), np.random.default_rng(0))
    assert np.bincount(strata[drawn], minlength=3).tolist() == [1, 2, 0]
    assert (np.diff(drawn) > 0).all()
