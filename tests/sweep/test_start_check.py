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
from cnnsearch.sweep.start_check import with_possible_starts
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
