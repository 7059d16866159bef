"""Augmentation that a task, a batch or a frozen backbone cannot take."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment

CUT = "task 'regression' has no target for a picture that cutmix made of two: it takes mixup"
ALONE = "must be 2 or more with mixup and cutmix: a picture is mixed with another one of its batch"


def refused(space: dict[str, Any], **keys: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        Experiment(name="refused", space=space, **keys)
    return [(problem.where, problem.rule) for problem in caught.value.problems]


@pytest.mark.parametrize("alpha", [1.0, {"float": [0.0, 1.0]}, {"choice": [0.0, 0.5]}])
def test_a_task_without_such_targets(alpha: Any) -> None:
    dataset = {"source": "npz", "path": "numbers.npz"}
    assert refused({"cutmix": alpha}, task="regression", dataset=dataset) == [("space.cutmix", CUT)]
    Experiment(name="taken", space={"mixup": alpha, "cutmix": 0.0}, task="regression", dataset=dataset)


@pytest.mark.parametrize("size", [1, {"choice": [1, 32]}, {"int": [1, 8]}])
def test_a_batch_of_one(size: Any) -> None:
    assert refused({"batch_size": size, "mixup": 0.2, "cutmix": 1.0}) == [("space.batch_size", ALONE)]
    Experiment(name="taken", space={"batch_size": size, "mixup": 0.0})


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"space": {"mosaic": 0.5, "batch_size": {"choice": [3, 16]}}}, "space.batch_size"),
        ({"space": {"mosaic": 0.5}, "task": "classification", "model": "cnn", "dataset": "digits"}, "space.mosaic"),
    ],
)
def test_mosaics_need_four_pictures_in_every_epoch_and_boxes(keys: dict[str, Any], where: str) -> None:
    boxes = {"task": "detection", "model": "detector", "dataset": "digit_boxes"}
    assert [place for place, _ in refused(**boxes | keys)] == [where]


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_kept_features_have_one_target_each(name: str) -> None:
    space = {"backbone": "mobilenet", name: {"float": [0.0, 0.4]}}
    found = refused(space, model="transfer", augmentation={"cached_variants": 3})
    assert [where for where, _ in found] == ["augmentation.cached_variants"]
    assert f"{name} of the space mixes pictures" in found[0][1]
    Experiment(name="taken", space=space, model="transfer")


def test_a_fitted_head_takes_one_target_a_picture() -> None:
    heads = {"backbone": "mobilenet", "head": {"choice": ["dense", "linear_svm"]}}
    rule = "head 'linear_svm' is fitted to pictures of one target each: leave it out, or give it 'when: {head: dense}'"
    assert refused({**heads, "mixup": 0.2}, model="transfer") == [("space.mixup", rule)]
    mixup = {"float": [0.0, 0.4], "when": {"head": "dense"}}
    Experiment(name="taken", space={**heads, "mixup": mixup, "cutmix": 0.0}, model="transfer")


@pytest.mark.parametrize(
    ("space", "problem"),
    [
        ({"random_hue": 1.5}, ("space.random_hue", "must be a number from 0 to 1")),
        ({"mixup": {"float": [-0.1, 0.4]}}, ("space.mixup", "must be a number from 0 to 32")),
        (
            {"fill_mode": "mirror", "random_zoom": 0.1},
            ("space.fill_mode", "must be one of nearest, reflect, wrap, constant"),
        ),
        ({"cut_mix": 1.0}, ("space.cut_mix", "not a parameter of model 'cnn'; did you mean 'cutmix'?")),
    ],
)
def test_values_and_names(space: dict[str, Any], problem: tuple[str, str]) -> None:
    assert refused(space) == [problem]
