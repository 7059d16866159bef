"""What the report shows of boxes, from predictions that are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.report import figures
from cnnsearch.study import Study
from cnnsearch.tasks.detection.judging import doubts
from cnnsearch.tasks.detection.predictions import BoxPredictions, of_boxes
from cnnsearch.tasks.detection.targets import BoxTargets
from cnnsearch.tasks.detection.views.box_classes.info import BoxClass, box_classes_info
from cnnsearch.tasks.detection.views.box_counts.info import CountPair, box_counts_info
from cnnsearch.tasks.detection.views.box_faults.info import box_faults_info
from cnnsearch.tasks.detection.views.box_precision_recall.info import box_precision_recall_info
from cnnsearch.tasks.detection.views.box_sizes.info import BoxRange, box_sizes_info
from cnnsearch.tasks.detection.views.kept import network_size
from cnnsearch.tasks.detection.views.worst_boxes.info import DrawnBox, worst_boxes_info

NAMES = ("ant", "bee", "cat")
TRUE = np.full((3, 2, 6), -1.0, np.float32)
TRUE[..., 5] = 1.0
TRUE[0, 0, :5] = (0, 0, 12, 12, 0)
TRUE[0, 1, :5] = (24, 24, 48, 48, 1)
TRUE[1, 0, :5] = (10, 10, 22, 22, 0)
TOLD = np.zeros((3, 2, 6), np.float32)
TOLD[..., 5] = -1.0
TOLD[0, 0] = (0, 0, 12, 12, 0.9, 0)
TOLD[0, 1] = (0, 24, 12, 36, 0.8, 1)
TOLD[1, 0] = (10, 10, 22, 20, 0.8, 0)


def found() -> BoxPredictions:
    return of_boxes(TRUE, TOLD, NAMES, 3, np.zeros(3))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Of one trial, with its boxes and the worst of them."""
    space = {"filters": {"choice": [8, 16]}}
    made = Experiment(name="a", model="detector", task="detection", dataset="digit_boxes", space=space)
    described = environment()
    del described["dataset"]["classes"]
    all_three = {"train": np.arange(3), "validation": np.arange(3)}
    described["dataset"] |= {**BoxTargets(TRUE, NAMES).describe(all_three), "shape": [48, 48, 1]}
    scores = found().scores(made.predicted.every_trial)
    values = {"loss": 0.5, **{f"val_{name}": value for name, value in scores.items()}}
    trial = SyntheticTrial("COMPLETED", (values["val_map"],), {"filters": 8})
    written = write_study(tmp_path / "study", made, [trial], described, predictions=0)
    (tmp_path / "study" / "predictions").mkdir(exist_ok=True)
    np.savez(tmp_path / "study" / "predictions" / "000000.npz", **found().to_arrays())
    listed = found().mistakes(16, NAMES)
    written.store.write("best/mistakes/01.png", b"\x89PNG")
    entries = [{"file": "01.png", "picture": f"picture {worst.position}", **worst.told} for worst in listed.worst]
    document = {"trial": 0, "wrong": listed.wrong, "mistakes": entries}
    written.store.write("best/mistakes/mistakes.json", json.dumps(document))
    return Study.load(tmp_path / "study")


def test_each_class(study: Study) -> None:
    info = box_classes_info(study)
    ant, bee, cat = info.rows
    assert (ant.boxes, ant.pictures, ant.map50, ant.recall) == (2, 2, pytest.approx(1.0), pytest.approx(0.85))
    assert bee == BoxClass("bee", 1, 1, 0.0, 0.0, 0.0)
    assert cat == BoxClass("cat", 0, 0, None, None, None)
    assert info.weakest == "bee"


def test_precision_at_each_recall(study: Study) -> None:
    first, second = box_precision_recall_info(study).curves
    assert (first.name, first.recall, first.precision) == ("ant", (0.0, 1.0), pytest.approx((1.0, 1.0)))
    assert (second.name, second.recall[-1], second.precision) == ("bee", 0.0, (0.0, 0.0))
    drawn = figures.box_precision_recall(study).data
    assert [line.line.shape for line in drawn] == ["vh"] * 2, "a precision holds for the recalls before it"


def test_what_is_wrong_by_kind(study: Study) -> None:
    info = box_faults_info(study)
    assert (info.right, info.there, info.score) == (2, 3, pytest.approx(0.8))
    assert {kind: count for kind, count in info.counted.items() if count} == {"nothing there": 1, "missed": 1}


def test_sizes_and_numbers(study: Study) -> None:
    ranges = box_sizes_info(study).ranges
    assert ranges[0] == BoxRange(12.0, 12.0, 1, 1.0, 1.0)
    assert ranges[-1] == BoxRange(24.0, 24.0, 1, 0.0, 0.0)
    counts = box_counts_info(study)
    assert counts.pairs == (CountPair(0, 0, 1), CountPair(1, 1, 1), CountPair(2, 2, 1))
    assert (counts.exact, counts.pictures) == (3, 3)
    assert figures.box_sizes(study).data
    assert figures.box_counts(study).data


def test_the_worst_boxes_are_drawn_over_their_pictures(study: Study) -> None:
    (worst,) = worst_boxes_info(study).pictures
    assert (worst.picture, worst.wrong) == ("picture 0", 2)
    missed, nothing, right = worst.boxes
    assert missed == DrawnBox(50.0, 50.0, 50.0, 50.0, missed.colour, "bee: missed", True)
    assert (nothing.left, nothing.top, nothing.width, nothing.height) == (0.0, 50.0, 25.0, 25.0)
    assert (nothing.words, right.words) == ("bee 0.80: nothing there", "ant 0.90: right")
    page = study.report().read_text(encoding="utf-8")
    assert 'class="boxed"' in page
    assert "Boxes a picture" in page


def test_boxes_are_of_the_size_to_which_preprocessing_brings_pictures(study: Study) -> None:
    made = study.experiment.updated({"preprocessing.image_size": [96, 64]})
    (study.path / "experiment.yaml").write_text(made.to_yaml())
    assert network_size(Study.load(study.path)) == (96.0, 64.0)


def test_few_boxes_are_a_doubt(study: Study) -> None:
    (doubt,) = doubts(study)
    assert doubt.startswith("Fewer than 20 validation boxes are of the classes 'bee' (1), 'ant' (2): their precision")
