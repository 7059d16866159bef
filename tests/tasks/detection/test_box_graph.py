"""What detection computes in the graph: overlaps, assignment, losses and suppression, against plain loops."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from boxed import drawn

from cnnsearch.tasks.detection import losses
from cnnsearch.tasks.detection.assignment import by_centre, by_overlap
from cnnsearch.tasks.detection.geometry import generalised
from cnnsearch.tasks.detection.head import BoxHead
from cnnsearch.tasks.detection.parameters import PARAMETERS
from cnnsearch.tasks.detection.suppression import detections

CLASSES = 3
SIDE = 64.0


def iou(one: np.ndarray, other: np.ndarray) -> float:
    sides = np.minimum(one[2:4], other[2:4]) - np.maximum(one[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / float(np.prod(one[2:4] - one[:2]) + np.prod(other[2:4] - other[:2]) - shared)


def priors_of(*strides: int) -> np.ndarray:
    """``(1, places, 4)``, squares of four strides."""
    found = []
    for stride in strides:
        middles = np.arange(0, SIDE, stride) + stride / 2
        x, y = (axis.ravel() for axis in np.meshgrid(middles, middles))
        found.append(np.stack([x - 2 * stride, y - 2 * stride, x + 2 * stride, y + 2 * stride], -1))
    return np.concatenate(found)[np.newaxis].astype(np.float32)


PRIORS = priors_of(4, 8)


def outputs(count: int, seed: int = 0, classes: int = CLASSES) -> np.ndarray:
    """Of a network: a box near each prior, the prior, and logits of which some are high."""
    rng = np.random.default_rng(seed)
    priors = np.repeat(PRIORS, count, axis=0)
    boxes = priors + rng.normal(0, 1.0, priors.shape)
    logits = rng.normal(-1, 2, (*priors.shape[:2], classes))
    return np.concatenate([boxes, priors, logits], -1).astype(np.float32)


def test_overlap_is_that_of_areas_and_of_boxes_apart_the_gap_counts() -> None:
    boxes = np.float32([[0, 0, 4, 4], [0, 0, 2, 2], [0, 0, 1, 1], [1, 1, 1, 1]])
    others = np.float32([[2, 2, 6, 6], [0, 0, 2, 2], [3, 0, 4, 1], [0, 0, 2, 2]])
    overlap, wider = map(np.asarray, generalised(boxes, others))
    np.testing.assert_allclose(overlap, [4 / 28, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(wider, [4 / 28 - 8 / 36, 1, -2 / 4, 0], atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_places_in_the_middle_of_a_box_of_their_size_learn_it(share: float) -> None:
    """As a loop over boxes and places says it."""
    targets = drawn(20, CLASSES, seed=3, side=SIDE)
    rows, learns, counts = map(np.asarray, by_centre(tf.constant(targets), tf.constant(PRIORS), share))
    assert (counts == 1).all()
    middles, sides = (PRIORS[0, :, 2:] + PRIORS[0, :, :2]) / 2, PRIORS[0, :, 2:] - PRIORS[0, :, :2]
    for number, boxes in enumerate(targets):
        expected: dict[int, np.ndarray] = {}
        for box in sorted(boxes[boxes[:, 4] >= 0], key=lambda box: -np.prod(box[2:4] - box[:2])):
            misfit = (np.log(sides / (box[2:4] - box[:2])) ** 2).sum(axis=1)
            away = np.abs(middles - (box[2:4] + box[:2]) / 2)
            fits = misfit <= misfit.min() + 1e-4
            distance = np.where(fits, (away**2).sum(axis=1), np.inf)
            within = (away <= share * (box[2:4] - box[:2]) / 2).all(axis=1)
            claimed = fits & (within | (distance <= distance.min()))
            expected |= dict.fromkeys(np.flatnonzero(claimed).tolist(), box)  # the smallest comes last
        assert set(np.flatnonzero(learns[number]).tolist()) == set(expected)
        for place, box in expected.items():
            np.testing.assert_array_equal(rows[number, place], box)


def test_priors_that_overlap_a_box_learn_it_and_the_best_in_any_case() -> None:
    targets = drawn(20, CLASSES, seed=4, side=SIDE)
    rows, learns, counts = map(np.asarray, by_overlap(tf.constant(targets), tf.constant(PRIORS), 0.5))
    for number, boxes in enumerate(targets):
        there = boxes[boxes[:, 4] >= 0]
        if not len(there):
            assert not learns[number].any()
            continue
        found = np.array([[iou(box, prior) for prior in PRIORS[0]] for box in there])
        best = found >= found.max(axis=1, keepdims=True) - 1e-6
        most = found.max(axis=0)
        np.testing.assert_array_equal(learns[number] == 1, (most >= 0.5) | best.any(axis=0))
        np.testing.assert_array_equal(counts[number] == 1, (most < 0.4) | (most >= 0.5) | best.any(axis=0))
        clear = (learns[number] == 1) & (best.sum(axis=0) == 0)
        np.testing.assert_array_equal(rows[number][clear], there[found.argmax(axis=0)[clear]])


@pytest.mark.parametrize("way", [by_centre, by_overlap])
def test_many_rows_are_looked_at_in_parts_as_all_at_once(way: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = drawn(5, CLASSES, most=45, seed=6, side=SIDE)
    targets[0, 37, 4] = -2.0 - targets[0, 37, 4] if targets[0, 37, 4] >= 0 else -1.0
    targets[1, 3] = [0, 0, 50, 50, -2, 1]
    given = tf.constant(targets), tf.constant(np.repeat(PRIORS, 5, axis=0)), 0.5
    parts = [np.asarray(each) for each in tf.function(way)(*given)]
    monkeypatch.setattr("cnnsearch.tasks.detection.assignment._ROWS", 45)
    whole = [np.asarray(each) for each in way(*given)]
    np.testing.assert_array_equal(parts[1], whole[1])
    np.testing.assert_array_equal(parts[2], whole[2])
    np.testing.assert_array_equal(parts[0][whole[1] == 1], whole[0][whole[1] == 1])


@pytest.mark.parametrize("way", [by_centre, by_overlap])
def test_places_in_a_crowd_learn_boxes_and_no_emptiness(way: Any) -> None:
    targets = np.full((1, 2, 6), -1.0, np.float32)
    targets[0, 0] = [8, 8, 24, 24, 1, 1]
    alone = [np.asarray(each) for each in way(tf.constant(targets), tf.constant(PRIORS), 0.5)]
    targets[0, 1] = [0, 0, 40, 40, -2, 1]
    beside = [np.asarray(each) for each in way(tf.constant(targets), tf.constant(PRIORS), 0.5)]
    np.testing.assert_array_equal(beside[1], alone[1])
    sides = np.clip(np.minimum(PRIORS[0, :, 2:], 40) - np.maximum(PRIORS[0, :, :2], 0), 0, None)
    inside = sides.prod(axis=1) >= 0.5 * (PRIORS[0, :, 2:] - PRIORS[0, :, :2]).prod(axis=1)
    np.testing.assert_array_equal(beside[2][0], np.where(inside & (alone[1][0] == 0), 0, alone[2][0]))
    assert inside.any()


def test_losses_are_none_where_all_is_told_and_fall_on_what_is_not() -> None:
    targets = drawn(4, CLASSES, seed=5, side=SIDE)
    targets[0, :, :5] = -1.0  # a picture with nothing on it
    assigned = by_centre(tf.constant(targets), tf.constant(PRIORS), 0.5)
    right = tf.where(assigned.learns[..., tf.newaxis] > 0, assigned.rows[..., :4], PRIORS)
    logits = tf.one_hot(tf.cast(assigned.rows[..., 4], tf.int32), CLASSES) * assigned.learns[..., tf.newaxis]
    of_boxes, overlap = losses.of_boxes(right, assigned, is_generalised=True)
    np.testing.assert_allclose(of_boxes, 0.0, atol=1e-6)
    np.testing.assert_allclose(np.asarray(overlap)[np.asarray(assigned.learns) == 1], 1.0, atol=1e-6)
    found = losses.of_scores(40.0 * logits - 20.0, assigned, tf.ones_like(overlap), 2.0, 0.25)
    np.testing.assert_allclose(found, 0.0, atol=1e-6)
    wrong = losses.of_scores(20.0 - 40.0 * logits, assigned, tf.ones_like(overlap), 2.0, 0.25)
    assert (np.asarray(wrong) > 5).all()
    # With gamma 0 and alpha 0.5 half of the cross-entropy of sigmoids is left.
    plain = losses.of_scores(logits, assigned, tf.ones_like(overlap), 0.0, 0.5)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(logits, logits)
    count = np.maximum(np.asarray(assigned.learns).sum(axis=1), 1)
    np.testing.assert_allclose(plain, 0.5 * np.asarray(entropy).sum(axis=(1, 2)) / count, rtol=1e-5)


@pytest.mark.parametrize(("most", "threshold", "overlap"), [(100, 0.05, 0.5), (10, 0.3, 0.3), (200, 0.5, 0.9)])
def test_suppression_is_what_taking_one_box_after_the_other_gives(most: int, threshold: float, overlap: float) -> None:
    given = outputs(3, seed=most)
    found = np.asarray(detections(tf.constant(given), most, threshold, overlap))
    assert found.shape == (3, most, 6)
    for rows, of in zip(found, given, strict=True):
        scores = 1 / (1 + np.exp(-of[:, 8:].astype(np.float64)))
        ranked = np.argsort(-scores.ravel(), kind="stable")[: max(3 * most, 100)]
        expected: list[tuple[np.ndarray, float, int]] = []
        for number in ranked.tolist():
            place, kind = divmod(number, CLASSES)
            score, box = float(scores[place, kind]), of[place, :4]
            if score >= threshold and all(kind != k or iou(box, other) <= overlap for other, _, k in expected):
                expected.append((box, score, kind))
        expected = expected[:most]
        told = rows[rows[:, 5] >= 0]
        assert len(told) == len(expected)
        np.testing.assert_array_equal(
            rows[len(told) :], np.tile(np.float32([0, 0, 0, 0, 0, -1]), (most - len(told), 1))
        )
        for row, (box, score, kind) in zip(told, expected, strict=True):
            np.testing.assert_allclose(row, [*box, score, kind], rtol=1e-5, atol=1e-4)


def test_one_picture_alone_is_told_the_boxes_that_it_is_told_among_others() -> None:
    given = keras.Input((PRIORS.shape[1], 8 + CLASSES))
    model, pictures = keras.Model(given, detections(given, 20, 0.05, 0.5)), outputs(3, seed=5)
    alone = np.concatenate([np.asarray(model(pictures[at : at + 1])) for at in range(3)])
    np.testing.assert_allclose(alone, np.asarray(model(pictures)), rtol=1e-5, atol=1e-5)


def chained(count: int) -> np.ndarray:
    """Boxes along a line, each overlapping its neighbours by more than a half alone, in descending order of scores."""
    left = 3.0 * np.arange(count)
    boxes = np.stack([left, 0 * left, left + 12, 0 * left + 12], -1)
    return np.concatenate([boxes, boxes, np.linspace(3, 1, count)[:, np.newaxis]], -1)[np.newaxis].astype(np.float32)


def test_a_long_chain_of_boxes_loses_none_that_one_box_after_the_other_would_keep() -> None:
    found = np.asarray(detections(tf.constant(chained(30)), 30, 0.05, 0.5))[0]
    np.testing.assert_array_equal(found[found[:, 5] >= 0][:, 0], 6.0 * np.arange(15))


def test_of_few_boxes_that_may_be_told_none_is_crowded_out_by_many_of_one_object() -> None:
    given = np.repeat(chained(1), 21, axis=1)
    given[0, :20, 8] = 3.0
    given[0, 20] = [40, 40, 50, 50, 40, 40, 50, 50, 0.0]
    found = np.asarray(detections(tf.constant(given), 2, 0.05, 0.5))[0]
    np.testing.assert_array_equal(found[:, 0], [0.0, 40.0])


def test_suppression_writes_no_number_for_each_pair_of_boxes_into_a_model() -> None:
    given = keras.Input((400, 9))
    assert len(keras.Model(given, detections(given, 100, 0.05, 0.5)).to_json()) < 3 * 300**2


class Shifted:
    """Pictures that were moved to the right."""

    size = (64, 64)

    def hulls(self, boxes: Any) -> Any:
        return boxes + tf.constant([10.0, 0.0, 10.0, 0.0])

    def nearest(self, maps: Any, outside: Any) -> Any:
        raise NotImplementedError


def test_boxes_that_leave_the_picture_are_cut_off_and_those_of_which_little_is_left_are_none() -> None:
    head = BoxHead(PARAMETERS.filled({}))
    targets = np.float32(
        [[[10, 5, 20, 15, 2, 3], [40, 5, 60, 15, 1, 3], [53, 5, 63, 15, 0, 3], [-1, -1, -1, -1, -1, 3]]]
    )
    moved = np.asarray(head.moved(tf.constant(targets), Shifted()))
    nothing = [-1, -1, -1, -1, -1, 3]
    np.testing.assert_array_equal(moved, [[[20, 5, 30, 15, 2, 3], [50, 5, 64, 15, 1, 3], nothing, nothing]])
    # Of a crowd whatever is seen of it may hold objects that nobody has drawn.
    targets[0, 2:, 4] = [-2, -3]
    targets[0, 3, :4] = [58, 5, 64, 15]
    moved = np.asarray(head.moved(tf.constant(targets), Shifted()))
    np.testing.assert_array_equal(moved[0, 2:], [[63, 5, 64, 15, -2, 3], nothing])


def test_what_gives_no_boxes_is_refused_in_words() -> None:
    head = BoxHead(PARAMETERS.filled({}))
    assert head.refused(outputs(2)) is None
    assert "8 + classes" in str(head.refused(np.zeros((2, 5), np.float32)))
    assert "without a size" in str(head.refused(np.zeros((2, 5, 9), np.float32)))
