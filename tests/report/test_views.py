"""What every view of the two tables keeps to."""

from __future__ import annotations

import inspect
import pydoc
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from synthetic import write_study

from cnnsearch.errors import InputError
from cnnsearch.report import figures
from cnnsearch.report import table as views
from cnnsearch.study import Study

ALL = views.every_view()
DRAWN = [(view, drawing) for view in ALL for drawing in view.drawings]


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("thirty") / "study", trials=30)


def subject_of(view: Any, study: Study) -> Any:
    return [study, study] if view in views.COMPARISONS else study


def test_names_are_unique() -> None:
    names = [view.name for view in ALL]
    assert len(set(names)) == len(names)
    drawings = [drawing.name for _, drawing in DRAWN]
    assert len(set(drawings)) == len(drawings)


def test_templates_and_modules_are_there() -> None:
    package = Path(views.__file__).parents[1]
    folders = [*package.glob("report/views/*/"), *package.glob("tasks/*/views/*/")]
    assert {view.name for view in ALL} == {folder.name for folder in folders} - {"__pycache__"}
    assert {view.template for view in ALL if view.template} == set(package.rglob("*/views/*/*.jinja"))


@pytest.mark.parametrize("view", ALL, ids=lambda view: view.name)
def test_lead_asks_a_question_and_ends_as_a_sentence(view: Any, thirty: Study) -> None:
    lead = view.lead(view.info(subject_of(view, thirty)))
    assert "?" in lead
    assert lead.endswith((".", "?"))


@pytest.mark.parametrize("view", ALL, ids=lambda view: view.name)
def test_no_words_name_a_colour(view: Any, thirty: Study) -> None:
    """They would be wrong in the dark, where the page replaces colours."""
    info = view.info(subject_of(view, thirty))
    words = set(re.findall(r"[a-z]+", " ".join((view.lead(info), *view.notes(info))).lower()))
    assert not words & {"black", "white", "grey", "gray", "blue", "orange", "red", "green", "yellow", "pale", "dark"}


def test_every_figure_is_available_from_python() -> None:
    assert figures.__all__ == sorted(drawing.name for _, drawing in DRAWN)
    for name in figures.__all__:
        assert inspect.getdoc(getattr(figures, name))


def test_a_figure_takes_what_its_view_may_be_asked_and_tells_it() -> None:
    signature = inspect.signature(figures.confusion_difference)
    assert list(signature.parameters) == ["study", "first", "other"]
    told = inspect.getdoc(figures.confusion_difference) or ""
    assert told.startswith(
        "Confusion matrix of one trial minus that of another.\n\nArgs:\n    study: theirs.\n    first:"
    )
    assert "learning_curves(study: 'Study') -> 'go.Figure'" in pydoc.plaintext.document(figures)
    with pytest.raises(TypeError, match="unexpected keyword argument 'first'"):
        figures.learning_curves(None, first=0)


def test_a_figure_of_one_study_is_not_drawn_of_several(five: Study) -> None:
    with pytest.raises(InputError, match="learning_curves: cannot be drawn of several studies"):
        figures.learning_curves([five, five])
    with pytest.raises(InputError, match="time_to_target: cannot be drawn of this study: it is of several studies"):
        figures.time_to_target(five)
    with pytest.raises(AttributeError, match="there is no figure 'nothing'; there are box_counts, box_"):
        figures.nothing  # noqa: B018


@pytest.mark.parametrize(("view", "drawing"), DRAWN, ids=lambda each: each.name)
def test_figures_are_those_of_the_page_or_say_why_not(view: Any, drawing: Any, thirty: Study) -> None:
    draw = getattr(figures, drawing.name)
    subject = subject_of(view, thirty)
    info = view.info(subject)
    if view.missing(info) or view.absent(info):
        with pytest.raises(InputError, match="cannot be drawn"):
            draw(subject)
    else:
        assert draw(subject).to_json() == drawing.draw(info).to_json()


def test_figure_of_too_few_trials_says_so(five: Study) -> None:
    with pytest.raises(InputError, match="importance: cannot be drawn: it takes at least 10 trials"):
        figures.importance(five)


@pytest.mark.parametrize(("view", "drawing"), DRAWN, ids=lambda each: each.name)
def test_customdata_holds_trials_and_nothing_else(view: Any, drawing: Any, thirty: Study) -> None:
    info = view.info(subject_of(view, thirty))
    if view.missing(info) or view.absent(info):
        pytest.skip("nothing to draw of this study")
    known = {proposal.trial for proposal in thirty.proposals}
    for trace in drawing.draw(info).data:
        entries = None if trace.customdata is None else list(trace.customdata)
        if entries is None:
            continue
        assert set(flat(entries)) <= known
        if trace.type in ("scatter", "bar"):
            assert len(entries) in (1, len(trace.x))


def flat(entries: Any) -> Iterator[int]:
    for entry in entries:
        if isinstance(entry, list | tuple):
            yield from flat(entry)
        elif entry is not None:
            assert type(entry) is int
            yield entry


def test_trials_are_told_to_the_selection(five: Study) -> None:
    curves = figures.learning_curves(five)
    assert sorted(trace.customdata[0] for trace in curves.data) == [0, 1, 2, 3, 4]
    parallel = figures.parallel_coordinates(five)
    assert [trace.customdata for trace in parallel.data if trace.customdata] == [(2,), (1,), (0,), (3,)]
    history = figures.history_by_trial(five)
    assert [trace.customdata for trace in history.data] == [None, (0, 3), (1,), (2,), (4,)]
