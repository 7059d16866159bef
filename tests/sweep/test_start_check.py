"""What a search begins with is built before it runs, where that costs nothing."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from cnnsearch.data.dataset import Dataset
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.search.starts import resolved
from cnnsearch.sweep.checks.start_check import with_possible_starts
from cnnsearch.tasks.classification.targets import ClassTargets

DATASET = Dataset(
    ArrayPictures(np.zeros((10, 8, 8, 1), np.uint8)), ClassTargets(np.zeros(10, np.int32), ("a", "b")), None, (), ""
)
SPACE: dict[str, Any] = {"conv_blocks": {"int": [1, 5]}, "pool_size": {"choice": [2, 3]}, "kernel_size": 3}


def begun(**keys: Any) -> list[Any]:
    searched = Experiment(**{"name": "a", "space": SPACE, **keys})
    return [
        item.config for item in with_possible_starts(resolved(searched), DATASET).start if not isinstance(item, str)
    ]


def test_what_can_be_built_stays() -> None:
    assert begun() == [{"conv_blocks": 3, "pool_size": 2, "kernel_size": 3}]


def test_a_recommended_one_that_the_pictures_are_too_small_for_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert begun(space={**SPACE, "pool_size": 3}) == []
    assert "start: recommended is left out: impossible architecture: the pooling of block 2" in caplog.text


def test_one_of_the_file_is_told() -> None:
    with pytest.raises(InputError, match=r"start\.1: impossible architecture: the pooling of block 4 .* 1x1 .*8x8"):
        begun(start=["recommended", {"conv_blocks": 4}])


def test_one_from_scratch_is_told_beside_encoders_that_are_not() -> None:
    space = {"encoder": {"choice": ["scratch", "mobilenet"]}, "weights": "none", "depth": {"int": [2, 5]}}
    keys = {"model": "unet", "task": "segmentation", "dataset": "digit_scenes", "space": space}
    with pytest.raises(InputError, match=r"start\.0: impossible architecture: depth 5 would shrink pictures of 8x8"):
        begun(start=[{"encoder": "scratch", "weights": "none", "depth": 5}], **keys)


def test_what_breaks_a_limit_is_told_as_what_cannot_be_built(caplog: pytest.LogCaptureFixture) -> None:
    """Three blocks of 32 filters and two classes and a dense layer of 128 units have 109,442 weights."""
    with caplog.at_level(logging.WARNING):
        assert begun(limits={"parameters": 5000}) == []
    assert "start: recommended is left out: breaks limits.parameters: 109442, at most 5000" in caplog.text
    with pytest.raises(InputError, match=r"start\.0: breaks limits\.parameters: 109442, at most 5000"):
        begun(start=[{"conv_blocks": 3}], limits={"parameters": 5000})


SAVED = {"backbone": "saved", "weights": "a.keras", "image_size": 32}


def test_a_limit_that_costs_a_trial_is_said_to(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        begun(model="transfer", space=SAVED, limits={"parameters": 1e9, "macs": 1e9}, start="none")
    assert caplog.messages == [
        "limits.parameters and limits.macs: the models of 'transfer' are counted when they are built: a config that "
        "breaks such a limit costs a trial, which ends before it is trained"
    ]


def test_of_what_some_configs_leave_open_it_is_said_too(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is drawn first: a network of somebody's own is counted when it is built."""
    space = {**SAVED, "backbone": {"choice": ["mobilenet", "saved"]}}
    for seed in range(3):
        with caplog.at_level(logging.WARNING):
            begun(model="transfer", space=space, limits={"parameters": 1e9}, start="none", seed=seed)
    assert len(caplog.messages) == 3
    assert all(
        message.startswith("limits.parameters: some models of 'transfer' are counted when they are built")
        for message in caplog.messages
    )


def test_of_the_backbones_of_keras_all_is_known(caplog: pytest.LogCaptureFixture) -> None:
    space = {
        "backbone": {"choice": ["mobilenet", "resnet50"]},
        "weights": "none",
        "pooling": {"choice": ["max", "flatten"]},
    }
    limits = {"parameters": 1e9, "model_mb": 1e3, "macs": 1e12, "gpu_memory_gb": 40}
    with caplog.at_level(logging.WARNING):
        begun(model="transfer", space={**space, "image_size": 32}, limits=limits, start="none")
    assert caplog.messages == []


def test_a_config_that_cannot_be_built_leaves_no_limit_open(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        begun(space={**SPACE, "conv_blocks": {"int": [1, 12]}}, limits={"parameters": 1e9}, start="none")
    assert caplog.messages == []
