"""The key ``dataset``: a source with its keys, its name alone, or arrays in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from cnnsearch.data.sources.spec import SOURCES, ArraysSource, FileSource, Source
from cnnsearch.errors import Problem, nearest
from cnnsearch.experiment.arrays import named_arrays
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.space import shown
from cnnsearch.tasks.task import TaskSpec

__all__ = ["DatasetKey", "with_resizing"]

_Unaided = Literal[
    "digits", "digit_scenes", "digit_boxes", "mnist", "fashion_mnist", "cifar10", "cifar100", "sentences"
]
"""Sources that need no key but ``source``."""


def _source(value: Any) -> Any:
    """``digits`` is ``{source: digits}``; a tuple of arrays is ``{source: arrays, x: ..., y: ...}``."""
    if isinstance(value, tuple):
        return ArraysSource(**named_arrays(value))
    if isinstance(value, BaseModel):
        return value
    if not isinstance(value, (str, Mapping)):
        got = shown(value) if value is None or isinstance(value, (bool, int, float, list)) else type(value).__name__
        rule = "must be a data source, or a mapping with the key 'source', as {source: digits}"
        raise carrying([Problem("", rule, got)])
    given = {"source": value} if isinstance(value, str) else value
    if "source" not in given:
        raise carrying([Problem("", "needs the key 'source', as {source: digits}")])
    name = given["source"]
    if not isinstance(name, str) or name not in SOURCES:
        hint = nearest(name, [known for known in SOURCES if SOURCES[known] is not ArraysSource])
        raise carrying([Problem("source", f"unknown data source; {hint}", shown(name))])
    return given


def with_resizing(source: Source, task: TaskSpec) -> Source:
    """The data, of which pictures with boxes are letterboxed, unless somebody asks for another way."""
    if source.resizing is not None or task.reads != "boxes":
        return source
    found = source.model_copy(update={"resizing": "letterbox"})
    found.model_fields_set.discard("resizing")  # nobody said so: arrays that are given again stay as the study has them
    return found


DatasetKey = Annotated[Source, BeforeValidator(_source, json_schema_input_type=FileSource | _Unaided)]
