"""One folder a task: what is predicted, and how it is judged."""

from __future__ import annotations

from cnnsearch.table import Table
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.task import Metric, TaskSpec

__all__ = ["AIMS", "DEFAULT_TASK", "TASKS"]

TASKS: Table[TaskSpec] = Table("task")
"""What ``task:`` may say."""

DEFAULT_TASK = TASKS.add(CLASSIFICATION.name, CLASSIFICATION)
"""Where an experiment, as one of a study of before there were tasks, says nothing."""

AIMS: dict[str, Metric] = {name: metric for task in TASKS.values() for name, metric in task.aims.items()}
"""What ``objective:`` may say, of all tasks; in all of them the same name is better in the same direction."""
