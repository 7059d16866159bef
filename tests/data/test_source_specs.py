from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from cnnsearch.data.sources.spec import SOURCES, ArraysSource, FileSource, Source


def minimal(name: str) -> dict[str, Any]:
    keys: dict[str, Any] = {"source": name}
    if "path" in SOURCES[name].model_fields:
        keys["path"] = "somewhere"
    if "url" in SOURCES[name].model_fields:
        keys["url"] = "https://example.org/a.zip"
    return keys


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
