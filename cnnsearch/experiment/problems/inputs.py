"""What is wrong between what a family reads, pictures or texts, and the rest of an experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.data.sources.spec import SOURCES, given_source
from cnnsearch.errors import Problem
from cnnsearch.families import FamilySpec
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["TEXT_SOURCES", "input_problems"]

TEXT_SOURCES = ("sentences", "csv", "jsonl", "parquet", "directory", "arrays")
"""Sources that texts can be read from."""

_TEXTS_ONLY = ("sentences", "jsonl")
"""Sources that have no pictures."""

_OF_PICTURES = ("image_size", "resizing", "color", "decoding", "group", "recursive", "path_column", "image_column")
"""Keys of sources that texts do not have."""


def input_problems(keys: Mapping[str, Any], spec: FamilySpec, task: TaskSpec) -> Iterator[Problem]:
    """Of an experiment's keys, as they were given."""
    given = given_source(keys.get("dataset"))
    source = given.get("source")
    if not isinstance(source, str) or source not in SOURCES:
        return  # told by its own validation
    if given.get("decimal") == "," and "decimal" in SOURCES[source].model_fields and not _has_numbers(given, task):
        rule = f"is of numbers, and task '{task.name}' reads none from this table: leave it out"
        yield Problem("dataset.decimal", rule, ",")
    if spec.reads_texts:
        yield from _of_texts(keys, given, source, spec, task)
        return
    if "pictures" not in spec.takes:
        yield Problem("model", f"takes {', '.join(spec.takes)}, and the data are pictures", spec.name)
    if source in _TEXTS_ONLY:
        yield Problem("dataset.source", f"has texts, and model '{spec.name}' takes pictures", source)
    if given.get("resizing") == "letterbox" and task.reads != "boxes":
        rule = f"is for boxes alone, and pictures of task '{task.name}' are stretched: leave it out"
        yield Problem("dataset.resizing", rule, "letterbox")
    if given.get("text_column") is not None:
        rule = f"is of texts, and model '{spec.name}' takes pictures: leave it out"
        yield Problem("dataset.text_column", rule, given["text_column"])


def _of_texts(
    keys: Mapping[str, Any], given: Mapping[str, Any], source: str, spec: FamilySpec, task: TaskSpec
) -> Iterator[Problem]:
    if source not in TEXT_SOURCES:
        rule = f"has no texts, which model '{spec.name}' takes; sources of texts: {', '.join(TEXT_SOURCES)}"
        yield Problem("dataset.source", rule, source)
        return
    fields = SOURCES[source].model_fields
    for key in _OF_PICTURES:
        if key in fields and given.get(key, fields[key].default) != fields[key].default:
            yield Problem(f"dataset.{key}", f"is of pictures, and model '{spec.name}' takes texts: leave it out")
    if _differs(keys.get("preprocessing")):
        rule = "is of pictures; of texts say tokens, vocabulary_size and text_length in the space"
        yield Problem("preprocessing", f"{rule}, each of which may be one value")
    if not task.has_classes:
        known = " or ".join(f"'{name}'" for name, each in TASKS.items() if each.has_classes)
        yield Problem("task", f"must be {known} where model '{spec.name}' reads texts", task.name)
    different = "is not made of models of texts, which may have different vocabularies"
    if keys.get("final") == "ensemble":
        yield Problem("final", f"{different}: give model '{spec.name}' another final, as refit", "ensemble")
    elif keys.get("final") == "refit" and keys.get("ensemble") is not None:
        yield Problem("ensemble", f"{different}: leave it out", keys["ensemble"])


def _has_numbers(given: Mapping[str, Any], task: TaskSpec) -> bool:
    """Whether a table has numbers with decimals: what is predicted, boxes or weights."""
    predicts = task.reads == "labels" and not task.has_classes
    return predicts or given.get("weight_column") is not None or given.get("box_columns") is not None


def _differs(section: Any) -> bool:
    """Whether it says anything that the section left out does not."""
    given = section.model_dump() if isinstance(section, BaseModel) else section
    plain = {"image_size": None, "scaling": "unit"}
    return isinstance(given, Mapping) and any(given[key] != plain.get(key) for key in given)
