"""Whether an experiment is read from a study's record, where rules that came later do not hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from cnnsearch.data.sources.spec import SOURCES
from cnnsearch.tasks import TASKS

__all__ = [
    "FORMER",
    "FORMER_OF_BOXES",
    "FORMER_OF_DATASET",
    "FORMER_OF_LIMITS",
    "UNASKED",
    "is_recorded",
    "reading_a_record",
    "with_former",
]

FORMER = {"defaults": 1, "start": "none", "never_stopped": "none", "checks": {}, "ties": "end"}
"""Keys that came later -> what a study that was recorded without them did."""

FORMER_OF_DATASET = {"decoding": "full"}
"""The same of the section ``dataset``, for the sources that have these keys."""

FORMER_OF_BOXES = {"resizing": "stretch"}
"""The same of that section, for the tasks that read boxes: all else is stretched as ever, and says nothing of it."""

FORMER_OF_LIMITS = {"networks": 1}
"""The same of the section ``limits``, where there is one."""

UNASKED = "written by cnnsearch"
"""Marks a key that is in records, and that nobody is to write: messages suggest none."""

_READING: ContextVar[bool] = ContextVar("reading_a_record", default=False)


@contextlib.contextmanager
def reading_a_record() -> Iterator[None]:
    """In here an experiment is one that has run: what would be refused today must stay readable."""
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)


def is_recorded() -> bool:
    """Whether the experiment that is being checked has run."""
    return _READING.get()


def with_former(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an experiment that has run, with what it did where it does not tell."""
    dataset = keys.get("dataset")
    source = dataset.get("source") if isinstance(dataset, Mapping) else None
    if isinstance(dataset, Mapping) and isinstance(source, str) and source in SOURCES:
        fields = SOURCES[source].model_fields
        task = TASKS.get(str(keys.get("task")))
        later = FORMER_OF_DATASET | (FORMER_OF_BOXES if task is not None and task.reads == "boxes" else {})
        former = {key: value for key, value in later.items() if key in fields}
        keys = {**keys, "dataset": {**former, **dataset}}
    if isinstance(limits := keys.get("limits"), Mapping):
        keys = {**keys, "limits": {**FORMER_OF_LIMITS, **limits}}
    return {**FORMER, **keys}
