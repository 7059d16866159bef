"""What the page tells of labels, from predictions that are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.report.page import render
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.study import Study
from cnnsearch.study.predictions import kept_at, to_bytes
from cnnsearch.tasks.multilabel.judging import doubts
from cnnsearch.tasks.multilabel.metrics import Counts
from cnnsearch.tasks.multilabel.predictions import LabelPredictions
from cnnsearch.tasks.multilabel.views.label_confusions.figure import label_confusions_figure
from cnnsearch.tasks.multilabel.views.label_confusions.info import Confused, confusions_info
from cnnsearch.tasks.multilabel.views.label_mistakes.info import label_mistakes_info
from cnnsearch.tasks.multilabel.views.labels.info import Within, labels_info

NAMES = ("ant", "bee", "cat")

ROWS = np.array([[1, 0, 0]] * 6 + [[1, 1, 0]] * 4 + [[0, 1, 0]] * 8 + [[0, 0, 0]] * 2, np.uint8)
"""Nobody has a cat."""

TOLD = ROWS.copy()
TOLD[0] = [0, 1, 0]  # an ant is missed, a bee told of
TOLD[1] = [0, 0, 0]  # an ant is missed
TOLD[18] = [0, 0, 1]  # a cat is told of

KEPT = LabelPredictions(ROWS, np.where(TOLD == 1, 0.75, 0.25).astype(np.float32), np.array([0.5, 0.375, 0.625]), NAMES)

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    keys = {"task": "multilabel", "dataset": {"source": "npz", "path": "a.npz"}, "objective": "val_f1"}
    made = Experiment(name="labels", space={"units": {"choice": [8, 16]}}, scheduler="none", epochs=1, **keys)
    described = environment(NAMES, validation=20)
    described["dataset"]["labels"] = {"validation": {"ant": 10, "bee": 12, "cat": 0, "dog": 9}}
    trials = [SyntheticTrial("COMPLETED", (0.8,)), SyntheticTrial("COMPLETED", (0.7,))]
    found = write_study(tmp_path, made, trials, described, predictions=0)
    found.store.write(kept_at(0), to_bytes(KEPT))
    return Study.load(tmp_path)


def test_labels_have_thresholds_and_metrics_with_intervals(study: Study) -> None:
    info = labels_info(study)
    assert (info.trial, info.labels, info.weakest, info.undefined, info.searched) == (0, 3, "ant", ("cat",), True)
    ant, bee, cat = info.rows
    recall, precision = wilson(0.8, 10), wilson(12 / 13, 13)
    assert (ant.name, ant.pictures, ant.threshold) == ("ant", 10, 0.5)
    assert ant.recall == Within(0.8, recall.low, recall.high)
    assert bee.precision == Within(12 / 13, precision.low, precision.high)
    assert ant.f1 is not None
    assert ant.f1.value == pytest.approx(16 / 18)
    assert ant.f1.low < ant.f1.value < ant.f1.high <= 1.0
    assert ant.average_precision is not None
    assert ant.average_precision.value == pytest.approx(KEPT.by_label("average_precision")[0])
    assert (cat.pictures, cat.precision, cat.recall, cat.f1, cat.average_precision) == (0, None, None, None, None)
    assert info.macro_f1 == pytest.approx((16 / 18 + 24 / 25) / 2)
    assert labels_info(study) == info, "whatever is drawn is drawn from the same seed"


def test_pictures_that_are_drawn_several_times_count_so() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        chosen = rng.integers(20, size=20)
        times, taken = np.bincount(chosen, minlength=20), KEPT.take(chosen)
        drawn = KEPT.descending.drawn(times)
        assert drawn.average_precision == pytest.approx(taken.descending.average_precision, nan_ok=True)
        assert drawn.roc_auc == pytest.approx(taken.descending.roc_auc, nan_ok=True)
        counts = Counts(*(times @ each for each in Counts.cells(KEPT.true, KEPT.decided)))
        assert counts.f1 == pytest.approx(taken.counts.f1, nan_ok=True)


def test_labels_that_are_missed_and_those_that_are_told_of_instead(study: Study) -> None:
    info = confusions_info(study)
    assert info.labels == NAMES
    assert info.matrix == ((0, 1, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 1, 0))
    assert info.pictures == (10, 12, 0)
    assert info.frequent == (Confused("ant", "bee", 1), Confused("ant", None, 1), Confused(None, "cat", 1))
    texts = label_confusions_figure(info).data[0].hovertext
    assert texts[0][1] == "<b>ant</b> missed, <b>bee</b> told of<br>1 of 20 pictures<br>10 have <b>ant</b>"
    assert texts[3][2] == "<b>cat</b> told of, nothing missed<br>1 of 20 pictures"


def test_of_many_labels_those_of_the_most_mistakes_are_shown(study: Study) -> None:
    rows = np.zeros((4, 40), np.uint8)
    rows[:3, 5] = rows[0, 39] = 1
    many = LabelPredictions(
        rows, np.zeros((4, 40), np.float32), np.full(40, 0.5), tuple(f"l{each}" for each in range(40))
    )
    study.environment["dataset"]["outputs"] = list(many.names)
    study.store.write(kept_at(0), to_bytes(many))
    info = confusions_info(study)
    assert (len(info.labels), info.left_out) == (30, 10)
    assert {"l5", "l39"} <= {*info.labels}
    assert info.frequent == (Confused("l5", None, 3), Confused("l39", None, 1))


def test_the_pictures_of_mistakes(study: Study) -> None:
    worst = KEPT.mistakes(2, NAMES).worst
    listed = [{"file": f"{number}.png", "picture": f"p{number}", **each.told} for number, each in enumerate(worst)]
    for each in listed:
        study.store.write(f"best/mistakes/{each['file']}", PNG)
    document = {"trial": 0, "run": None, "wrong": 3, "mistakes": listed}
    study.store.write("best/mistakes/mistakes.json", json.dumps(document))
    info = label_mistakes_info(study)
    assert (info.trial, info.wrong, info.missing) == (0, 3, None)
    first = info.mistakes[0]
    assert (first.true, first.told, first.label, first.probability) == (("ant",), ("bee",), "ant", 0.25)
    study.store.write("best/mistakes/mistakes.json", json.dumps({**document, "run": 1}))
    assert "of another model, one of trial 0" in str(label_mistakes_info(study).missing)
    study.store.write("best/mistakes/mistakes.json", json.dumps({**document, "mistakes": [{"file": "0.png"}]}))
    assert "cannot be read (InputError)" in str(label_mistakes_info(study).missing)


def test_labels_of_few_pictures_are_told(study: Study) -> None:
    (told,) = doubts(study)
    assert told.startswith("Fewer than 10 validation pictures have the label 'dog' (9): their metrics tell little")


def test_what_is_missing_is_said(study: Study, tmp_path: Path) -> None:
    (tmp_path / kept_at(0)).unlink()
    for info in (labels_info(study), confusions_info(study)):
        assert info.missing == "no predictions of trial 0 were kept"
    assert label_mistakes_info(study).missing == "the sweep kept no pictures of mistakes"


def test_the_page_shows_them(study: Study) -> None:
    page = render([study])
    for heading in ("Labels", "Labels mistaken for each other", "Worst mistakes"):
        assert f">{heading}</h" in page
    assert "No validation picture has cat" in page
