"""All that the report asks of the task of a study, which answers in ``judging.py`` and ``views/`` of its folder."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from cnnsearch import tasks
from cnnsearch.report.view import View, views_in

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["Judging", "Kept", "judging_of", "task_of", "tasks_with_views", "views_of_task"]


class Kept(Protocol):
    """Predictions of one training on the validation split."""

    def __len__(self) -> int:
        """Pictures."""

    def is_alike(self, other: Kept, /) -> bool:
        """Whether the other ones are of the same pictures, so that the two can be compared one by one."""

    def per_item(self, metric: str) -> np.ndarray:
        """What each picture contributes to a metric, ``(n,)``, so that the mean is the metric; booleans of a share.

        The name is the task's: ``loss``, not ``val_loss``.
        """


class Judging(Protocol):
    """The module ``judging`` of a task."""

    SHARE: str | None
    """A metric of validation that is a share of pictures, told with an interval whatever the objective is; or none."""

    def is_share(self, metric: str) -> bool:
        """Whether a metric counts pictures: its interval is Wilson's."""

    def kept(self, study: Study, trial: int, run: int | None) -> Kept | str:
        """Predictions of a trial in the search, or of a ``run`` of it as a finalist; or why there are none."""

    def doubts(self, study: Study) -> Iterator[str]:
        """What in its targets a reader must know before trusting the verdict, a sentence each."""


def task_of(study: Study) -> str:
    """The name of its task."""
    return study.experiment.task


def judging_of(study: Study) -> Judging:
    """How the task of a study judges."""
    return cast("Judging", importlib.import_module(f"{tasks.__name__}.{task_of(study)}.judging"))


def tasks_with_views() -> tuple[str, ...]:
    """The names of all tasks that have some."""
    return tuple(name for name in tasks.TASKS if importlib.util.find_spec(f"{tasks.__name__}.{name}.views"))


@functools.cache
def views_of_task(name: str) -> tuple[View[Study, Any], ...]:
    """The views of a task, in the order of the page."""
    package = f"{tasks.__name__}.{name}.views"
    return views_in(package, importlib.import_module(package).VIEWS)
