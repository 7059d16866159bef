"""Which views the page has, and their places on it. A view joins by its folder and its line in a table.

The first screen answers by itself; all else stands under five questions, folded until one is asked. Views of a task are
listed by the same places in ``tasks/NAME/views/__init__.py``; at each they follow those of the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.report import views
from cnnsearch.report.task import task_of, tasks_with_views, views_of_task
from cnnsearch.report.view import views_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsearch.report.view import View
    from cnnsearch.study import Study

__all__ = ["COMPARISONS", "FIRST", "QUESTIONS", "every_view", "views_by_place", "views_of"]

FIRST = "first"
"""The place of what is seen before anything is opened."""

QUESTIONS = {
    "best": "Is it the best?",
    "matters": "What matters?",
    "wrong": "What does it get wrong?",
    "search": "How did the search go?",
    "repeated": "How is it repeated?",
}
"""Place -> its heading, in the order of the page."""

_SEARCH: Mapping[str, tuple[View[Study, Any], ...]] = {
    place: views_in(views.__name__, names)
    for place, names in {
        FIRST: ("verdict", "front", "nested", "finalists"),
        "best": ("summary", "metrics", "pareto", "compressed", "backbones"),
        "matters": ("importance", "overall_importance", "slices", "pairs", "parallel", "path"),
        "wrong": ("gap", "checks"),
        "search": ("history", "curves", "rungs", "lineage", "failures", "timeline", "stages", "trials"),
        "repeated": ("code", "provenance"),
    }.items()
}

COMPARISONS: tuple[View[Sequence[Study], Any], ...] = views_in(
    views.__name__, ("comparison", "distribution", "target", "setups", "matched")
)
"""Of several studies."""


def views_by_place(study: Study) -> dict[str, tuple[View[Study, Any], ...]]:
    """Those of one study: place -> views in their order; the places in that of the page."""
    of_task = views_of_task(task_of(study))
    return {place: (*found, *of_task.get(place, ())) for place, found in _SEARCH.items()}


def views_of(study: Study) -> tuple[View[Study, Any], ...]:
    """Those of one study, in the order of the page."""
    return tuple(view for found in views_by_place(study).values() for view in found)


def every_view() -> tuple[View[Any, Any], ...]:
    """Those of all tasks, too; one that several tasks have is one."""
    tables = (_SEARCH, *map(views_of_task, tasks_with_views()))
    found = (view for table in tables for some in table.values() for view in some)
    return (*dict.fromkeys(found), *COMPARISONS)
