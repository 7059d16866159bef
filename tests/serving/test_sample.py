"""Inputs that exported models are checked on: what a study keeps, and what is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from synthetic import environment, write_study

from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.tokenizer import Tokenizer
from cnnsearch.serving.sample import sample_of_pictures, sample_of_texts, sample_size
from cnnsearch.study import Study


def study_of(folder: Path, ends: np.ndarray, mistakes: list[dict[str, Any]]) -> Study:
    values = ValueRange.of(ends.dtype, [ends]).to_dict()
    study = write_study(folder, trials=1, described=environment(values=values))
    study.store.write("best/mistakes/mistakes.json", json.dumps({"mistakes": mistakes}))
    Image.new("L", (8, 8), 255).save(folder / "best" / "mistakes" / "1.png")
    return study


@pytest.mark.parametrize("ends", [np.uint8([0, 255]), np.float32([-1, 1]), np.uint16([0, 65535])], ids=str)
def test_pictures_are_in_the_values_of_training(ends: np.ndarray, tmp_path: Path) -> None:
    sample = sample_of_pictures(study_of(tmp_path / "a", ends, [{"file": "1.png"}]), (5, 4, 1), 3)
    assert (sample.inputs.shape, sample.inputs.dtype, sample.kept) == ((4, 5, 4, 1), ends.dtype, 1)
    assert (sample.inputs[0] == ends[1]).all(), "white stays white"
    assert sample.inputs.min() < ends.mean() < sample.inputs[1:].max()
    again = sample_of_pictures(study_of(tmp_path / "b", ends, []), (5, 4, 1), 3)
    np.testing.assert_array_equal(again.inputs, sample.inputs[1:])


@pytest.mark.parametrize("mistakes", [[{"file": "gone.png"}], [{}], ["no mapping"]], ids=str)
def test_mistakes_that_cannot_be_read_are_no_part_of_it(mistakes: list[Any], tmp_path: Path) -> None:
    sample = sample_of_pictures(study_of(tmp_path / "a", np.uint8([0, 255]), mistakes), (5, 4, 3), 2)
    assert (len(sample.inputs), sample.kept) == (2, 0)


def test_what_is_not_certain_is_no_part_of_it(tmp_path: Path) -> None:
    """How 8 bits become 12 of 16 nobody knows."""
    study = study_of(tmp_path / "a", np.uint16([0, 4095]), [{"file": "1.png"}])
    assert sample_of_pictures(study, (5, 4, 1), 2).kept == 0


def test_texts(tmp_path: Path) -> None:
    tokenizer = Tokenizer.trained(["good film", "bad film"], TextForm("words", 50, 4))
    study = study_of(tmp_path / "a", np.uint8([0, 255]), [{"file": "", "text": "a bad film"}])
    sample = sample_of_texts(study, tokenizer, 3)
    assert (sample.texts[0], sample.kept, sample.inputs.shape) == ("a bad film", 1, (4, 4))
    assert (sample.inputs[1:] > 1).any(axis=1).all(), "made of what is known"


def test_large_ones_are_fewer() -> None:
    assert [sample_size(each) for each in (1e3, 4e6, 1e9)] == [16, 4, 2]
