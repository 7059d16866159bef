"""What boxes are judged by: equal to pycocotools on boxes that were given to it, and what follows from single boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from boxed import drawn, told_of
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.tasks.contract.metrics import UndefinedError
from cnnsearch.tasks.detection.faults import KINDS
from cnnsearch.tasks.detection.predictions import BoxPredictions, of_boxes, recorded

RECORDED = {"pycocotools": 3, "pycocotools_crowds": 2}
"""File -> sets in it of boxes of ``boxed.py``, and what ``COCOeval`` of pycocotools 2.0.11 says of them: ``stats[:6]``
and ``stats[8]``, and of each class its mean of ``precision``, that at an overlap of 0.5, and of ``recall``, of all
sizes and 100 boxes. In the second nearly a third of the boxes that are there are crowds."""

FIGURES = ("map", "map50", "map75", "map_small", "map_medium", "map_large", "mean_recall")

NAMES = ("ant", "bee")


def boxes(*rows: tuple[float, ...], most: int = 3) -> np.ndarray:
    """``(1, most, 6)``, as at rest."""
    found = np.full((1, most, 6), -1.0, np.float32)
    found[..., 5] = 1.0
    for at, row in enumerate(rows):
        found[0, at, :5] = row
    return found


def told(*rows: tuple[float, ...], most: int = 4) -> np.ndarray:
    """``(1, most, 6)``: left, top, right, bottom, score and class."""
    found = np.zeros((1, most, 6), np.float32)
    found[..., 5] = -1.0
    for at, row in enumerate(rows):
        found[0, at] = row
    return found


def judged(true: np.ndarray, of: np.ndarray) -> BoxPredictions:
    return of_boxes(true, of, NAMES, 2, None)


@pytest.mark.parametrize(
    ("file", "number"),
    [*(("pycocotools", number) for number in range(3)), *(("pycocotools_crowds", n) for n in (0, 1))],
)
def test_metrics_are_those_of_pycocotools(file: str, number: int) -> None:
    with np.load(Path(__file__).with_name(f"{file}.npz")) as kept:
        true, of, figures, classes = (kept[f"{name}_{number}"] for name in ("true", "told", "figures", "classes"))
    found = of_boxes(true, of, (), classes.shape[1], None)
    mine = [found.scores([name])[name] if figure >= 0 else -1 for name, figure in zip(FIGURES, figures, strict=True)]
    np.testing.assert_allclose(mine, figures, atol=1e-6)
    by_class = np.array([[*scores.values()] for scores in found.by_class().values()], float).T
    np.testing.assert_allclose(np.nan_to_num(by_class, nan=-1), classes, atol=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_resample_is_judged_as_the_pictures_that_it_has(seed: int) -> None:
    true = drawn(12, 2, seed=seed)
    of = told_of(true, 2, seed=seed + 1)
    of[..., 4] += np.random.default_rng(seed).random(of.shape[:2]) / 100  # as equal scores have no order
    found = judged(true, of).take(np.random.default_rng(seed).integers(0, 12, 12))
    again = judged(*found.pair)
    for name in ("map", "map50", "mean_recall"):
        try:
            expected = again.scores([name])
        except UndefinedError:
            continue
        assert found.scores([name]) == pytest.approx(expected, abs=1e-12)


def test_all_right_is_one_and_nothing_told_is_zero() -> None:
    true = boxes((0, 0, 10, 10, 0), (20, 20, 30, 40, 1))
    right = judged(true, told((0, 0, 10, 10, 0.9, 0), (20, 20, 30, 40, 0.8, 1)))
    assert right.scores(["map", "map75", "mean_recall", "map[bee]"]) == dict.fromkeys(
        ("map", "map75", "mean_recall", "map[bee]"), pytest.approx(1.0)
    )
    assert right.mistakes(5, NAMES).wrong == 0
    assert judged(true, told()).scores(["map", "mean_recall"]) == {"map": 0.0, "mean_recall": 0.0}


def test_what_no_picture_has_is_not_defined() -> None:
    found = judged(boxes((0, 0, 10, 10, 0)), told())
    for name in ("map[bee]", "map_large", "loss"):
        with pytest.raises(UndefinedError, match="is not"):
            found.scores([name])
    with pytest.raises(UndefinedError, match="no picture has a box"):
        judged(boxes(), told()).scores(["map"])


def test_sizes_are_of_the_picture_as_it_lies() -> None:
    """A box of 20 x 20 pixels of the network covers 40 x 40 of a picture that is twice as large."""
    true = boxes((0, 0, 20, 20, 0))
    assert "map_small" in judged(true, told()).scores(["map_small"])
    true[..., 5] = 4.0
    assert "map_medium" in judged(true, told()).scores(["map_medium"])


def test_kinds_of_faults() -> None:
    true = boxes(
        (0, 0, 10, 10, 0), (20, 0, 30, 10, 0), (40, 0, 50, 10, 0), (60, 0, 70, 10, 1), (80, 0, 90, 10, 1), most=5
    )
    of = told(
        (0, 0, 10, 10, 0.9, 0),
        (0, 0, 10, 9, 0.89, 0),
        (20, 0, 30, 10, 0.88, 1),
        (46, 0, 56, 10, 0.87, 0),
        (66, 0, 76, 10, 0.86, 0),
        (200, 200, 220, 220, 0.85, 0),
        (60, 0, 70, 10, 0.84, 1),
        (300, 300, 310, 310, 0.01, 1),
        most=8,
    )
    found = judged(true, of)
    assert found.faults.score == pytest.approx(0.9), "two of seven are right at 0.84, one of one at 0.9"
    faults = judged(true, np.where(np.arange(6) == 4, np.where(of[..., 4:5] > 0.1, 0.9, 0.01), of)).faults
    counted = dict(zip(KINDS, (1, 1, 1, 1, 1, 1), strict=True))
    assert faults.counted == counted, "the class, the place, both, twice, nothing there; the last box is missed"
    (worst,) = found.mistakes(5, NAMES).worst
    assert worst.told["wrong_boxes"] == 4, "of five boxes one is told"
    assert worst.told["boxes"][0] == {"box": [20.0, 0.0, 30.0, 10.0], "name": "ant", "fault": "missed"}


def test_what_lies_in_a_crowd_is_neither_right_nor_wrong() -> None:
    true = boxes((0, 0, 10, 10, 0), (20, 0, 60, 40, -2))
    of = told(
        (0, 0, 10, 10, 0.9, 0), (30, 10, 40, 20, 0.9, 0), (41, 10, 50, 20, 0.9, 0), (30, 25, 40, 35, 0.9, 1), most=4
    )
    found = judged(true, of)
    assert [*found.scores(["map[ant]", "recall[ant]"]).values()] == pytest.approx([1.0, 1.0])
    assert found.there.tolist() == [[1, 0]]
    assert found.faults.by_picture.tolist() == [1], "that of another class lies in no crowd of its own"
    assert found.faults.counted["nothing there"] == 1


def test_a_box_beside_one_that_is_right_is_missed() -> None:
    """The box that was told overlaps both by more than a tenth, and is meant for one of them."""
    true = boxes((0, 0, 10, 10, 0), (0, 5, 10, 15, 0))
    faults = judged(true, told((0, 0, 10, 10, 0.9, 0))).faults
    assert faults.missed[0].tolist() == [False, True, False]
    assert faults.by_picture.tolist() == [1]


def test_parts_of_the_pictures_are_judged_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    true = drawn(9, 2)
    of = told_of(true, 2)
    whole = judged(true, of)
    expected = whole.scores(["map", "mean_recall"]), whole.faults
    monkeypatch.setattr("cnnsearch.tasks.detection.boxes._PAIRS", 1)
    parts = judged(true, of)
    assert parts.scores(["map", "mean_recall"]) == expected[0]
    np.testing.assert_array_equal(parts.faults.kinds, expected[1].kinds)
    np.testing.assert_array_equal(parts.faults.missed, expected[1].missed)


def test_they_are_kept_and_read() -> None:
    true = drawn(9, 2)
    found = of_boxes(true, told_of(true, 2), NAMES, 2, np.arange(9.0))
    again = recorded(found.to_arrays(), NAMES)
    assert again.fits
    assert again.is_alike(found)
    assert again.scores(["map", "loss"]) == found.scores(["map", "loss"])
    arrays = found.to_arrays()
    for wrong in ({"detections": arrays["detections"][:, :, :5]}, {"losses": np.zeros(3)}):
        with pytest.raises(ValueError, match="holds"):
            recorded({**arrays, **wrong}, NAMES)
    with pytest.raises(ValueError, match="other classes than the 1"):
        recorded(arrays, NAMES[:1])


def test_pictures_at_another_size_are_the_same() -> None:
    true = drawn(5, 2)
    halved = true.copy()
    halved[..., :4][true[..., 4] >= 0] /= 2
    halved[..., 5] = 4.0
    mine, theirs = (judged(each, told_of(true, 2)) for each in (true, halved))
    assert mine.is_alike(theirs)
    assert not mine.is_alike(judged(true[::-1], told_of(true, 2)))
