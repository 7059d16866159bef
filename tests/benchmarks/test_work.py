"""What every side of a benchmark is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.baselines.splits import Splits
from benchmarks.work import Arrays, Work

PICTURES = 20


@pytest.fixture
def photographs(tmp_path: Path) -> Work:
    """Work on plain pictures of two colours, a folder a class."""
    for shade, name in ((40, "dark"), (200, "light")):
        (tmp_path / name).mkdir()
        for number in range(PICTURES // 2):
            Image.new("RGB", (24, 16), (shade, shade + number, shade)).save(tmp_path / name / f"{number}.png")
    return Work("photographs", f"directory:{tmp_path}", {"filters": 4, "units": 8}, (), 1, 1, 0)


def test_photographs_become_arrays_that_a_process_without_us_can_read(photographs: Work, tmp_path: Path) -> None:
    Arrays.prepare(photographs).write(tmp_path / "arrays.npz")
    arrays = Arrays.read(tmp_path / "arrays.npz")
    assert arrays.x_train.dtype == np.float32
    assert len(arrays.x_train) + len(arrays.x_validation) == PICTURES * 0.8
    means = arrays.x_train[..., 0].mean(axis=(1, 2))  # the shade of each picture
    assert set(means[arrays.y_train == 0]) == {40}
    assert set(means[arrays.y_train == 1]) == {200}


def test_baselines_are_given_the_three_splits_in_memory(photographs: Work) -> None:
    splits = Splits.of(photographs.experiment())
    for pictures, labels in (splits.train, splits.validation, splits.test):
        assert isinstance(pictures, np.ndarray)
        assert [200 if label else 40 for label in labels] == pictures[..., 0].mean(axis=(1, 2)).tolist()
