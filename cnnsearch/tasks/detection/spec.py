"""What detection declares: boxes around what is on a picture, and the class of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.data.sources.spec import BOXED_SOURCES, given_source
from cnnsearch.errors import Problem
from cnnsearch.space import Parameter
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.detection.parameters import MOSAIC, PARAMETERS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["DETECTION"]


def _problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:  # noqa: ARG001
    """What has no boxes."""
    given = given_source(keys.get("dataset"))
    source = given.get("source")
    if isinstance(source, str) and source not in BOXED_SOURCES:
        rule = f"brings no boxes, which task 'detection' learns from: give one of {', '.join(BOXED_SOURCES)}"
        return [Problem("dataset.source", rule, source)]
    if source == "csv" and given.get("box_columns") is None:
        rule = "is missing: name the columns of left, top, right and bottom, as [xmin, ymin, xmax, ymax]"
        return [Problem("dataset.box_columns", rule)]
    return [] if source != "csv" else [*_several_labels(given)]


def _several_labels(given: Mapping[str, Any]) -> Iterator[Problem]:
    """A box has one class."""
    columns = given.get("label_columns")
    if isinstance(columns, (list, tuple)) and len(columns) > 1:
        rule = "task 'detection' reads one column, of the class of a box: give label_column"
        yield Problem("dataset.label_columns", rule, list(columns))
    if given.get("label_separator") is not None:
        rule = "task 'detection' reads one class a box, each in a row of its own: leave it out"
        yield Problem("dataset.label_separator", rule, given["label_separator"])


DETECTION = TaskSpec(
    "detection",
    "boxes around what is on a picture, and the class of each",
    # By COCO's definitions, over all pictures together; a class that no picture has is left out of the means.
    metrics=(
        Metric(
            "map",
            "max",
            "corpus",
            "mean average precision over classes, and over overlaps from 0.5 to 0.95 from which a box is right",
            high=1.0,
        ),
        Metric("map50", "max", "corpus", "the same, where a box is right that overlaps the true one by half", high=1.0),
        Metric("map75", "max", "corpus", "the same, at an overlap of 0.75", high=1.0),
        Metric("map_small", "max", "corpus", "the same as map, of boxes of less than 32 x 32 pixels", high=1.0),
        Metric("map_medium", "max", "corpus", "the same as map, of boxes between 32 x 32 and 96 x 96 pixels", high=1.0),
        Metric("map_large", "max", "corpus", "the same as map, of boxes of more than 96 x 96 pixels", high=1.0),
        Metric(
            "mean_recall",
            "max",
            "corpus",
            "share of the boxes that are found at all; over classes and overlaps as of map",
            high=1.0,
        ),
        Metric("loss", "min", "mean", "what the training makes small"),
    ),
    each=(
        Metric(
            "map",
            "max",
            "corpus",
            "average precision, over overlaps from 0.5 to 0.95 from which a box is right",
            high=1.0,
        ),
        Metric("map50", "max", "corpus", "the same, where a box is right that overlaps the true one by half", high=1.0),
        Metric("recall", "max", "corpus", "share of the boxes that are found at all, over the same overlaps", high=1.0),
    ),
    every_epoch=("map", "loss", "map50"),
    every_trial=("map", "map50", "map75", "mean_recall", "loss"),
    trained=(),
    parameters=PARAMETERS,
    output="detections",
    ends="linear",
    problems=_problems,
    joins=(MOSAIC,),
    kept=("detections", "losses"),
    needs="boxes",
    follows=True,
    reads="boxes",
)
