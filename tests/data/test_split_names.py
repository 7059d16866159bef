from __future__ import annotations

import pytest

from cnnsearch.data.sources.split_names import split_among, split_named


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *(
            (name, "train")
            for name in ("train", "Training", "TRAIN", "train_set", "trainset", "Train Data", "train2017")
        ),
        *((name, "validation") for name in ("val", "valid", "Validation", "dev", "eval", "evaluation", "val-set")),
        *((name, "test") for name in ("test", "Testing", "TESTSET", "test_images", "test_dataset")),
        *((name, None) for name in ("", "set", "data", "trains", "tests", "invalid", "holdout", "test1", "seg_train")),
    ],
)
def test_names_of_splits(name: str, split: str | None) -> None:
    assert split_named(name) == split


@pytest.mark.parametrize(
    ("name", "split"), [("seg_train", "train"), ("is-valid", "validation"), ("train_test", None), ("bus", None)]
)
def test_a_split_among_other_words(name: str, split: str | None) -> None:
    assert split_among(name) == split
