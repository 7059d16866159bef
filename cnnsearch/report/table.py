"""Which views the page has, and their places on it. A view joins by its folder and its line in a table.

Those of a task are listed in ``tasks/NAME/views/__init__.py``; on the page they follow the views of the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsearch.report import views
from cnnsearch.report.task import task_of, tasks_with_views, views_of_task
from cnnsearch.report.view import views_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsearch.report.view import View
    from cnnsearch.study import Study

__all__ = ["COMPARISONS", "every_view", "views_of"]

_SEARCH: tuple[View[Study, Any], ...] = views_in(
    views.__name__,
    (
        "verdict",
        "front",
        "nested",
        "finalists",
        "summary",
        "metrics",
        "history",
        "curves",
        "rungs",
        "gap",
        "pareto",
        "parallel",
        "importance",
        "overall_importance",
        "slices",
        "pairs",
        "path",
        "differences",
    ),
)
"""Which trial won, and what the search tells."""

_RECORD: tuple[View[Study, Any], ...] = views_in(
    views.__name__,
    (
        "code",
        "backbones",
        "trials",
        "lineage",
        "failures",
        "timeline",
        "stages",
        "checks",
        "provenance",
    ),
)
"""What there is to look up."""

COMPARISONS: tuple[View[Sequence[Study], Any], ...] = views_in(
    views.__name__,
    (
        "comparison",
        "distribution",
        "target",
        "setups",
        "matched",
    ),
)
"""Of several studies."""


def views_of(study: Study) -> tuple[View[Study, Any], ...]:
    """Those of one study, in the order of the page."""
    return (*_SEARCH, *views_of_task(task_of(study)), *_RECORD)


def every_view() -> tuple[View[Any, Any], ...]:
    """Those of all tasks, too; one that several tasks have is one."""
    of_tasks = dict.fromkeys(view for name in tasks_with_views() for view in views_of_task(name))
    return (*_SEARCH, *of_tasks, *_RECORD, *COMPARISONS)
