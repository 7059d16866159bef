"""One folder a task: what is predicted, and how it is judged."""

from __future__ import annotations

from cnnsearch.table import Table
from cnnsearch.tasks.binary.spec import BINARY
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.detection.spec import DETECTION
from cnnsearch.tasks.multilabel.spec import MULTILABEL
from cnnsearch.tasks.regression.spec import REGRESSION
from cnnsearch.tasks.segmentation.spec import SEGMENTATION
from cnnsearch.tasks.task import TaskSpec

__all__ = ["DEFAULT_TASK", "TASKS"]

TASKS: Table[TaskSpec] = Table("task")
"""What ``task:`` may say."""

DEFAULT_TASK = TASKS.add(CLASSIFICATION.name, CLASSIFICATION)
"""Where an experiment, as one of a study of before there were tasks, says nothing."""

TASKS.add(BINARY.name, BINARY)
TASKS.add(MULTILABEL.name, MULTILABEL)
TASKS.add(REGRESSION.name, REGRESSION)
TASKS.add(SEGMENTATION.name, SEGMENTATION)
TASKS.add(DETECTION.name, DETECTION)
