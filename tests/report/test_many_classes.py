"""A page of thousands of classes: it shows those that matter, and says how many it leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.report import figures
from cnnsearch.report.views.provenance.info import provenance_info
from cnnsearch.study import Study
from cnnsearch.tasks.labelled.confusions import MOST_CLASSES, SHOWN_CLASSES, Confusions
from cnnsearch.tasks.labelled.views.calibration.info import calibration_info
from cnnsearch.tasks.labelled.views.confusion import view as confusion
from cnnsearch.tasks.labelled.views.confusion.by_class import classes_info
from cnnsearch.tasks.labelled.views.confusion.info import Mistaken, confusion_info
from cnnsearch.tasks.labelled.views.paired import view as paired
from cnnsearch.tasks.labelled.views.paired.info import paired_info

COUNT = 400
NAMES = [f"species {number}" for number in range(COUNT)]
PICTURES = 5 * COUNT


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 140))
    count = draw(st.integers(1, 60))
    drawn = st.lists(st.integers(0, size - 1), min_size=count, max_size=count)
    return size, *(np.array(draw(drawn)) for _ in range(3))  # type: ignore[return-value]


@given(answers())
def test_it_is_the_dense_matrix(drawn: tuple[int, np.ndarray, np.ndarray, np.ndarray]) -> None:
    size, labels, guesses, others = drawn
    dense, rival = np.zeros((2, size, size), np.int64)
    np.add.at(dense, (labels, guesses), 1)
    np.add.at(rival, (labels, others), 1)
    found = Confusions.of(labels, guesses, size)
    every = list(range(size))
    assert (np.array(found.matrix(every)) == dense).all()
    assert (found.right == dense.diagonal()).all()
    assert (found.supports == dense.sum(axis=1)).all()
    assert (found.answers == dense.sum(axis=0)).all()
    assert sum(pictures for *_, pictures in found.mistakes) == dense.sum() - dense.trace()
    difference = found - Confusions.of(labels, others, size)
    assert (np.array(difference.matrix(every)) == dense - rival).all()
    for each, whole in ((found, dense), (difference, dense - rival)):
        assert each.members == sorted(set(each.members))
        assert len(each.members) == (size if size <= MOST_CLASSES else SHOWN_CLASSES)
        assert (np.array(each.matrix(each.members)) == whole[np.ix_(each.members, each.members)]).all()
        if each.mistakes:
            assert set(each.mistakes[0][:2]) <= set(each.members), "the largest mistake is shown"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """400 classes of 5 pictures. Trial 0 takes four of 300 for 7 and one of 9 for 8; trial 1 all of 20 for 21 too."""
    folder = tmp_path_factory.mktemp("many")
    described = environment(NAMES, validation=PICTURES)
    trials = [SyntheticTrial("COMPLETED", (0.9975,)), SyntheticTrial("COMPLETED", (0.995,))]
    write_study(folder, trials=trials, described=described, predictions=2)
    for trial in (0, 1):
        labels = np.repeat(np.arange(COUNT), 5)
        guesses = labels.copy()
        guesses[300 * 5 : 300 * 5 + 4], guesses[9 * 5] = 7, 8
        if trial:
            guesses[20 * 5 : 21 * 5] = 21
        probabilities = np.full((len(labels), COUNT), 0.1 / COUNT, np.float16)
        probabilities[np.arange(len(labels)), guesses] = 0.9
        np.savez(folder / "predictions" / f"{trial:06d}.npz", labels=labels, probabilities=probabilities)
    return Study.load(folder)


def test_the_matrix_holds_the_largest_mistakes(study: Study) -> None:
    info = confusion_info(study)
    assert len(info.classes) == SHOWN_CLASSES
    assert info.left_out == COUNT - SHOWN_CLASSES
    assert info.mistakes == (Mistaken("species 300", "species 7", 4), Mistaken("species 9", "species 8", 1))
    row, column = info.classes.index("species 300"), info.classes.index("species 7")
    assert (info.matrix[row][column], info.matrix[row][row], info.supports[row]) == (4, 1, 5)
    assert (info.recall[row], info.precision[column]) == (1 / 5, 5 / 9)
    assert info.accuracy == (PICTURES - 5) / PICTURES
    assert confusion.VIEW.notes(info)[0].startswith(
        "Of 400 classes the 30 of the largest mistakes are shown; 370 are left out."
    )
    assert figures.confusion_matrix(study).data[0].z[row][column] == 0.8


def test_a_row_is_a_share_of_all_pictures_of_its_class() -> None:
    """Also of those that were taken for a class that is left out."""
    labels = np.repeat(np.arange(200), 10)
    guesses = labels.copy()
    guesses[:10] = [1, 1, 1, 1, 1, 150, 151, 152, 153, 154]
    for pair in range(1, 15):  # 14 pairs more have room
        guesses[20 * pair : 20 * pair + 3] = 2 * pair + 1
    found = Confusions.of(labels, guesses, 200)
    assert found.members == list(range(30))
    assert (sum(found.matrix(found.members)[0]), found.supports[0]) == (5, 10)


def test_the_table_holds_the_weakest_classes(study: Study) -> None:
    info = classes_info(study)
    assert len(info.rows) == COUNT
    assert len(info.shown) == MOST_CLASSES
    assert [row.name for row in info.shown[:4]] == ["species 300", "species 7", "species 9", "species 8"]
    assert info.macro_f1 == pytest.approx((COUNT - 4 + 1 / 3 + 10 / 14 + 8 / 9 + 10 / 11) / COUNT)
    assert info.notes[-1] == (
        "Of 400 classes the 100 of the lowest F1 are shown. The other 300 reach at least 1.00, or have no pictures."
    )


def test_two_trials_are_compared_where_they_differ(study: Study) -> None:
    info = paired_info(study)
    (rival,) = info.rivals
    assert [(change.name, change.only_first, change.only_other) for change in rival.classes] == [("species 20", 5, 0)]
    assert len(rival.members) == SHOWN_CLASSES
    row, column = rival.members.index(20), rival.members.index(21)
    assert (rival.difference[row][row], rival.difference[row][column]) == (5, -5)
    assert paired.VIEW.notes(info)[1].endswith("leaves out 370 of 400.")
    text = figures.confusion_difference(study).data[0].hovertext[row][column]
    assert text == "<b>species 20</b> taken for <b>species 21</b><br>5 fewer by trial 0 than by 1"


def test_pictures_by_split_are_those_of_the_smallest_classes(tmp_path: Path) -> None:
    described = environment(NAMES, validation=PICTURES)
    described["dataset"]["counts"]["train"]["species 321"] = 1
    info = provenance_info(write_study(tmp_path, trials=2, described=described, predictions=0))
    assert (len(info.rows), info.left_out, info.rows[0].name) == (MOST_CLASSES, 300, "species 321")
    assert info.totals == (3 * PICTURES - 14, PICTURES, PICTURES)


def test_brier_is_the_mean_squared_distance(study: Study) -> None:
    share = float(np.float16(0.1 / COUNT))
    right, wrong = (float(np.float16(0.9)) - 1) ** 2 + 399 * share**2, None
    wrong = float(np.float16(0.9)) ** 2 + (share - 1) ** 2 + 398 * share**2
    assert calibration_info(study).brier == pytest.approx(((PICTURES - 5) * right + 5 * wrong) / PICTURES, abs=1e-9)


def test_the_page_stays_small(study: Study, tmp_path: Path) -> None:
    """33 MB and 75 s for 1,500 classes, when every cell was drawn."""
    study.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Of 400 classes the 30 of the largest mistakes are shown" in page
    assert page.count("species ") < 3000
