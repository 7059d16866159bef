"""What the report shows of masks, from predictions that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.report import figures
from cnnsearch.report.statistics.items import items_of
from cnnsearch.report.views.metrics.info import metrics_info
from cnnsearch.report.views.metrics.view import VIEW
from cnnsearch.study import Study
from cnnsearch.tasks.segmentation.judging import doubts
from cnnsearch.tasks.segmentation.masks import VOID, Mask
from cnnsearch.tasks.segmentation.predictions import MaskPredictions, of_masks
from cnnsearch.tasks.segmentation.targets import MaskTargets
from cnnsearch.tasks.segmentation.views.mask_classes.info import MaskClass, mask_classes_info
from cnnsearch.tasks.segmentation.views.region_sizes.info import Region, SizeRange, region_sizes_info
from cnnsearch.tasks.segmentation.views.worst_masks.info import worst_masks_info

NAMES = ("ground", "house", "tree")
TRUE = np.zeros((3, 4, 4), np.uint8)
TRUE[0, 0] = 1
TRUE[1, :2] = 1
TRUE[2, :, 3] = VOID
TOLD = TRUE.copy()
TOLD[0, 0, :2] = 0
TOLD[2, :, 3] = 2


def found() -> MaskPredictions:
    return of_masks(TRUE, TOLD, NAMES, 3, np.zeros(3))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Of one trial, with its masks and the worst of them."""
    space = {"filters": {"choice": [8, 16]}}
    made = Experiment(name="a", model="unet", task="segmentation", dataset="digit_scenes", space=space)
    described = environment()
    del described["dataset"]["classes"]
    targets = MaskTargets(tuple(map(Mask.of, TRUE)), NAMES)
    described["dataset"] |= targets.describe({"train": np.arange(3), "validation": np.arange(3)})
    scores = found().scores(made.predicted.every_trial)
    values = {"loss": 0.5, "pixel_accuracy": 0.5, **{f"val_{name}": value for name, value in scores.items()}}
    trial = SyntheticTrial("COMPLETED", (values["val_mean_iou"],), {"filters": 8})
    written = write_study(tmp_path / "study", made, [trial], described, predictions=0)
    (tmp_path / "study" / "predictions").mkdir(exist_ok=True)
    np.savez(tmp_path / "study" / "predictions" / "000000.npz", **found().to_arrays())
    listed = found().mistakes(16, NAMES)
    entries: list[dict[str, Any]] = []
    written.store.write("best/mistakes/01.png", b"\x89PNG")
    for worst in listed.worst:
        entries.append({"file": "01.png", "picture": f"picture {worst.position}", **worst.told})
    document = {"trial": 0, "wrong": listed.wrong, "mistakes": entries}
    written.store.write("best/mistakes/mistakes.json", json.dumps(document))
    return Study.load(tmp_path / "study")


def test_each_class(study: Study) -> None:
    info = mask_classes_info(study)
    ground, house, tree = info.rows
    shares = (12 / 44, pytest.approx(10 / 12), pytest.approx(20 / 22))
    # Of the first picture the boundary is 4 pixels, of which 2 are found, and a third is next to one of these.
    contours = (pytest.approx((1 + 2 * 0.75 / 1.75) / 2), pytest.approx(1.85 / 2))
    assert house == MaskClass("house", 2, *shares, *contours, 10 / 12, 1.0)
    assert ground.recall == 1.0
    assert ground.precision == pytest.approx(32 / 34)
    assert (tree.iou, tree.recall, tree.precision) == (None, None, None), "told on void alone"
    assert info.weakest == "house"


def test_sizes_of_regions(study: Study) -> None:
    info = region_sizes_info(study)
    assert info.regions == (Region(0, "house", 4, pytest.approx(2 / 3)), Region(1, "house", 8, 1.0))
    assert info.ranges == (SizeRange(4, 4, 1, pytest.approx(2 / 3)), SizeRange(8, 8, 1, 1.0))
    assert len(figures.region_sizes(study).data[0].x) == 2


def test_the_worst_masks_are_laid_over_their_pictures(study: Study) -> None:
    (worst,) = worst_masks_info(study).pictures
    assert (worst.picture, list(worst.layers)) == ("picture 0", ["true", "predicted", "wrong"])
    assert [(one.name, one.colour) for one in worst.classes] == [("house", "#1f77b4"), ("ground", None)]
    assert 'class="masked"' in Path(study.report()).read_text("utf-8")


def test_a_layer_that_is_no_picture_is_not_shown(study: Study) -> None:
    document = json.loads(study.store.read("best/mistakes/mistakes.json"))
    document["mistakes"][0]["true_layer"] = '"><script>'
    study.store.write("best/mistakes/mistakes.json", json.dumps(document))
    assert worst_masks_info(study).missing == "the masks of the pictures cannot be shown: not a small PNG file"


def test_classes_of_few_pictures_are_doubted(study: Study) -> None:
    (told,) = doubts(study)
    assert told.startswith("Fewer than 10 validation pictures show the classes 'house' (2), 'ground' (3)")


@pytest.mark.parametrize("key", ["group_of", "tile_of"])
def test_groups_that_are_not_those_of_the_predictions_are_refused(study: Study, key: str) -> None:
    study.environment["dataset"][key] = {"validation": [0, 0]}  # type: ignore[index]
    told = rf"environment\.json: dataset\.{key}\.validation: tells of 2 pictures, and the predictions are of 3: one of "
    for reads in (metrics_info, lambda of: items_of(of, found(), 0, None)):
        with pytest.raises(InputError, match=told):
            reads(study)


def test_tiles_of_a_picture_are_compared_together(study: Study) -> None:
    before = items_of(study, found(), 0, None)
    assert before is not None
    study.environment["dataset"]["group_of"] = {"validation": [0, 0, 1]}  # type: ignore[index]  # a mapping that is read
    together = items_of(study, found(), 0, None)
    assert together is not None
    assert (len(before), len(together)) == (3, 2)
    assert together.mean() == pytest.approx(before.mean())
    assert metrics_info(study).groups == (2, 0)
    first, second, *_ = VIEW.notes(metrics_info(study))
    assert "of 3 validation pictures in 2 groups" in first
    assert second.startswith("Intervals and tests are by groups")
    study.environment["dataset"]["group_of"] = {"validation": [0, 0, 0]}  # type: ignore[index]
    assert items_of(study, found(), 0, None) is None
