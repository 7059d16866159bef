"""The data of an experiment, looked at before a sweep starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.data import load_data

X = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), dtype=np.uint8).astype(np.float32)
Y = np.arange(20) % 2


def given(**splits: Any) -> dict[str, Any]:
    return {"source": "arrays", "x": X / 255, "y": Y, **{f"y_{name[2:]}": Y for name in splits}, **splits}


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_split_of_other_values_than_those_of_training_is_refused(
    small: Callable[..., Experiment], split: str
) -> None:
    with pytest.raises(InputError) as error:
        load_data(small(dataset=given(**{f"x_{split}": X})))
    assert "training are float32 from 0 to 1, and those" in str(error.value)
    assert f"of its {split} split are float32 from 0 to 255" in str(error.value)


def test_texts_that_cannot_be_used_are_called_so(tmp_path: Path) -> None:
    table = tmp_path / "few.csv"
    table.write_text("text,label\n" + "".join(f"word {number},picture\n" for number in range(30)) + "one,b\n")
    data = {"source": "csv", "path": str(table)}
    searched = Experiment(name="a", dataset=data, model="text_cnn", space={"filters": 8})
    with pytest.raises(InputError, match="class 'b' has too few texts: 1, and needs 3"):
        load_data(searched)


def test_a_split_of_darker_pictures_is_not(small: Callable[..., Experiment]) -> None:
    load_data(small(dataset=given(x_validation=X / 1000, x_test=X / 300)))
