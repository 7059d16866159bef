from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, TypeAdapter

from cnnsearch.data.sources.spec import SOURCES, ArraysSource, FileSource, Source
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment


def minimal(name: str) -> dict[str, Any]:
    keys: dict[str, Any] = {"source": name}
    if "path" in SOURCES[name].model_fields:
        keys["path"] = "somewhere"
    if "url" in SOURCES[name].model_fields:
        keys["url"] = "https://example.org/a.zip"
    return keys


MODELS = {"classification": "cnn", "regression": "cnn", "segmentation": "unet", "detection": "detector"}


def experiment_of(source: str, task: str, model: str) -> Experiment | None:
    """``None``: the source brings nothing to this task."""
    keys = {"image_size": 32} if task in ("segmentation", "detection") else {}
    family = "text_cnn" if source in ("sentences", "jsonl") else model
    arrays = {"x": np.zeros((9, 8, 8), np.uint8), "y": np.arange(9)} if source == "arrays" else {}
    try:
        dataset = {**minimal(source), **keys, **arrays}
        return Experiment(name="a", dataset=dataset, task=task, model=family, space={"learning_rate": 0.1})
    except InputError:
        return None


@pytest.mark.parametrize("name", SOURCES)
class TestEverySource:
    def test_is_told_by_its_name(self, name: str) -> None:
        made: BaseModel = TypeAdapter(Source).validate_python(minimal(name))
        assert type(made) is SOURCES[name]
        assert made.source == name  # type: ignore[attr-defined]

    def test_is_written_as_it_is_read(self, name: str) -> None:
        made = TypeAdapter(Source).validate_python({**minimal(name), "image_size": 12, "limit": 50, "test": 0.0})
        written = made.model_dump(mode="json")
        assert written["image_size"] == [12, 12]
        assert TypeAdapter(Source).validate_python(written) == made

    def test_an_experiment_of_it_is_written_as_it_is_read(self, name: str) -> None:
        """What its author did not say must not be refused where the study's own file says it."""
        made = [found for task, model in MODELS.items() if (found := experiment_of(name, task, model)) is not None]
        assert made
        for each in made:
            assert each.updated({}) == each

    def test_documents_its_keys(self, name: str) -> None:
        kind = SOURCES[name]
        documented = "".join(inspect.getdoc(base) or "" for base in kind.__mro__ if "sources" in base.__module__)
        assert all(key in documented for key in kind.model_fields if key not in ("source", "path"))


def test_arrays_are_the_only_source_that_no_file_names() -> None:
    in_files = TypeAdapter(FileSource).json_schema()["discriminator"]["mapping"]
    assert set(SOURCES) - set(in_files) == {"arrays"}
    assert SOURCES["arrays"] is ArraysSource


def test_arrays_are_named_by_their_keys() -> None:
    assert ArraysSource(x=1, y=2).arrays == {
        "x": 1,
        "y": 2,
        "x_validation": None,
        "y_validation": None,
        "x_test": None,
        "y_test": None,
        "groups": None,
        "weights": None,
    }
