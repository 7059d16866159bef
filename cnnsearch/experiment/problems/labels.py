"""What is wrong with a data source for a task: labels of another kind than it predicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.data.sources.spec import BOXED_SOURCES, BOXES_ALONE, MASKED_SOURCES, MASKS_ALONE, given_source
from cnnsearch.errors import Problem
from cnnsearch.tasks.task import TaskSpec

__all__ = ["label_problems"]

_CLASSES_ONLY = {
    **dict.fromkeys(("directory", "archive"), "folders tell one class a picture"),
    **dict.fromkeys(("mnist", "fashion_mnist", "cifar10", "cifar100"), "it has one class a picture"),
}
"""Sources by their names -> why they suit tasks of classes only."""


@dataclass(frozen=True)
class _Kind:
    """Labels that one task alone reads.

    Attributes:
        task: its name.
        sources: that bring them.
        alone: sources that bring no labels of whole pictures.
        keys: of sources, which say something of these alone.
    """

    task: str
    sources: tuple[str, ...]
    alone: tuple[str, ...]
    keys: tuple[str, ...]


_KINDS = {
    "masks": _Kind("segmentation", MASKED_SOURCES, MASKS_ALONE, ("mask_classes", "mask_binary", "mask_void", "tiles")),
    "boxes": _Kind("detection", BOXED_SOURCES, BOXES_ALONE, ("box_columns", "box_format", "box_unit")),
}
"""What a task may read -> what is said of it."""

_UNSAID = {"box_format": "xyxy", "box_unit": "pixels"}
"""Values that a study's own file has where its author said nothing; of all others nothing, or false."""


def label_problems(dataset: Any, task: TaskSpec) -> Iterator[Problem]:
    """Of the section ``dataset``, as it was given."""
    given = given_source(dataset)
    for what, kind in _KINDS.items():
        if what != task.reads:
            yield from _unread(given, task, what, kind)
    if task.has_classes:
        if given.get("label_separator") is not None:
            rule = f"task '{task.name}' reads one class a picture: leave it out, or say task: multilabel"
            yield Problem("dataset.label_separator", rule, given["label_separator"])
        return
    if given.get("classes") is not None:
        rule = f"task '{task.name}' knows no classes of pictures: leave it out"
        yield Problem("dataset.classes", rule)
    source = given.get("source")
    if isinstance(source, str) and source in _CLASSES_ONLY and not task.follows:
        rule = f"{_CLASSES_ONLY[source]}, and task '{task.name}' predicts something else: give a csv or an npz file"
        yield Problem("dataset.source", rule, source)


def _unread(given: Mapping[str, Any], task: TaskSpec, what: str, kind: _Kind) -> Iterator[Problem]:
    """What is said of masks, or of boxes, to a task that reads none."""
    source = given.get("source")
    unread = f"{what}, which task '{task.name}' does not read"
    brings_other = task.reads in _KINDS and source in _KINDS[task.reads].sources
    if isinstance(source, str) and source in kind.alone and not brings_other:
        yield Problem("dataset.source", f"brings {unread}: say task: {kind.task}", source)
    for key in kind.keys:
        if given.get(key) not in (None, False, _UNSAID.get(key)):
            rule = f"is of {unread}: leave it out, or say task: {kind.task}"
            yield Problem(f"dataset.{key}", rule, given[key])
