"""What resamples cannot show is told of what is right, or wrong, in all pictures, and of nothing right in parts."""

from __future__ import annotations

import numpy as np

from cnnsearch.report.statistics.clusters import Clusters
from cnnsearch.report.statistics.unseen import unseen
from cnnsearch.tasks.multilabel.predictions import LabelPredictions
from cnnsearch.tasks.segmentation.predictions import MaskPredictions, of_masks

COUNT = 12


def masks(wrong: int) -> MaskPredictions:
    """Of 8 by 8 pixels, half of them of each of two classes; so many pixels of each class are told wrongly."""
    true = np.zeros((COUNT, 8, 8), np.uint8)
    true[:, 4:] = 1
    told = true.copy().reshape(COUNT, -1)
    told[:, :wrong] = 1
    told[:, 64 - wrong :] = 0
    return of_masks(true, told.reshape(true.shape), ("a", "b"), 2, np.zeros(COUNT))


def hidden(predictions: object, metric: str) -> tuple[bool, bool]:
    below, above = unseen([predictions], metric, Clusters.of(None, COUNT))  # type: ignore[list-item]
    return below > 0, above > 0


def test_masks_hide_what_they_do_where_all_pixels_are_right_or_none() -> None:
    assert hidden(masks(0), "mean_iou") == (True, False)
    assert hidden(masks(3), "mean_iou") == (False, False), "a mask with some wrong pixels may be no better in others"
    assert hidden(masks(32), "mean_iou") == (False, True)


def test_so_do_labels_all_together() -> None:
    true = np.ones((COUNT, 3), bool)

    def of(*told: bool) -> LabelPredictions:
        probabilities = np.tile(np.where(told, 0.9, 0.1), (COUNT, 1)).astype(np.float32)
        return LabelPredictions(true.astype(np.int32), probabilities, np.full(3, 0.5), ("a", "b", "c"))

    assert hidden(of(True, True, True), "micro_f1") == (True, False)
    assert hidden(of(True, False, True), "micro_f1") == (False, False)
    assert hidden(of(False, False, False), "micro_f1") == (False, True)
