"""The page on reading the report calls views and questions as the report does."""

from __future__ import annotations

import re

from documentation import ROOT

from cnnsearch.report.table import COMPARISONS, QUESTIONS, every_view
from cnnsearch.report.task import tasks_with_views, views_of_task


def titles_of(task: str) -> set[str]:
    return {view.title for some in views_of_task(task).values() for view in some}


def test_every_view_and_question_is_named_as_in_the_report() -> None:
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    named = {" ".join(name.split()) for name in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)}
    of_classes = titles_of("classification")  # those of other tasks stand on the page of tasks
    others = set().union(*map(titles_of, tasks_with_views())) - of_classes
    titles = {view.title for view in (*every_view(), *COMPARISONS)} - others
    assert len(titles) > len(of_classes)
    assert titles - named == set(), "views that the page does not name"
    assert set(QUESTIONS.values()) <= set(re.findall(r"^## (.+)$", text, re.MULTILINE))
