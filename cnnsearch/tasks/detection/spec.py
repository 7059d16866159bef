"""What detection declares: boxes around what is on a picture, and the class of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.data.sources.spec import BOXED_SOURCES, given_source
from cnnsearch.errors import Problem
from cnnsearch.space import Parameter
from cnnsearch.tasks.detection.parameters import PARAMETERS
from cnnsearch.tasks.task import Metric, TaskSpec

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
    return []


DETECTION = TaskSpec(
    "detection",
    "boxes around what is on a picture, and the class of each",
    # By COCO's definitions, over all pictures together; a class that no picture has is left out of the means.
    metrics=(
        Metric("map", "max", "corpus", high=1.0),
        Metric("map50", "max", "corpus", high=1.0),
        Metric("map75", "max", "corpus", high=1.0),
        Metric("map_small", "max", "corpus", high=1.0),
        Metric("map_medium", "max", "corpus", high=1.0),
        Metric("map_large", "max", "corpus", high=1.0),
        Metric("mean_recall", "max", "corpus", high=1.0),
        Metric("loss", "min", "mean"),
    ),
    each=(
        Metric("map", "max", "corpus", high=1.0),
        Metric("map50", "max", "corpus", high=1.0),
        Metric("recall", "max", "corpus", high=1.0),
    ),
    every_epoch=("map", "loss", "map50"),
    every_trial=("map", "map50", "map75", "mean_recall", "loss"),
    trained=(),
    parameters=PARAMETERS,
    output="detections",
    ends="linear",
    problems=_problems,
    kept=("detections", "losses"),
    needs="boxes",
    follows=True,
    reads="boxes",
)
