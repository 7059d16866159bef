"""Mosaics: each pixel is one of four pictures, and boxes lie around what is seen of their objects."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.inputs.pictures.augmentation.mosaic import Mosaic, Quarters
from cnnsearch.previews.draws import drawn
from cnnsearch.tasks.detection.moving import joined

COUNT, HEIGHT, WIDTH, ROWS = 60, 24, 36, 3
SEED = (3, 4)


def scenes() -> tuple[np.ndarray, np.ndarray]:
    """Pictures with a rectangle each, of a level that no other one has, and its box, in a row that is not always the
    first one; some have none."""
    rng = np.random.default_rng(0)
    x = np.zeros((COUNT, HEIGHT, WIDTH, 1), np.float32)
    y = np.full((COUNT, ROWS, 6), -1.0, np.float32)
    y[..., 5] = 1.5
    for number in range(COUNT - 6):
        top, left = rng.integers(0, HEIGHT - 5), rng.integers(0, WIDTH - 5)
        bottom, right = rng.integers(top + 4, HEIGHT + 1), rng.integers(left + 4, WIDTH + 1)
        x[number, top:bottom, left:right] = number + 1
        y[number, number % ROWS] = (left, top, right, bottom, number, 1.5)
    return x, y


def made(share: float, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, Quarters]:
    import tensorflow as tf

    found, quarters = Mosaic(share, by_xla=False)(tf.constant(x), tf.constant(SEED))
    return found.numpy(), joined(tf.constant(y), quarters).numpy(), quarters


def test_pixels_and_boxes_are_those_of_the_next_pictures_of_the_batch() -> None:
    x, y = scenes()
    found, boxes, quarters = made(1.0, x, y)
    seen_areas = []
    for at in range(COUNT):
        expected = {}
        for part, (window, shift) in enumerate(
            zip(quarters.windows[at].numpy(), quarters.shifts[at].numpy(), strict=True)
        ):
            source = (at + part) % COUNT
            left, top, right, bottom = window.astype(int)
            across, down = shift[:2].astype(int)
            shown = x[source, top - down : bottom - down, left - across : right - across]
            np.testing.assert_array_equal(found[at, top:bottom, left:right], shown)
            rows, columns = np.nonzero(shown[..., 0])
            share = len(rows) / max(1.0, float((x[source] > 0).sum()))
            seen_areas.append(share)
            if share >= 0.25:
                hull = (columns.min() + left, rows.min() + top, columns.max() + left + 1, rows.max() + top + 1)
                expected[source] = (*map(float, hull), 1.5)
        there = boxes[at][boxes[at, :, 4] >= 0]
        assert {int(row[4]): (*row[:4].tolist(), float(row[5])) for row in there} == expected
        assert len(there) == len(expected)
        assert (boxes[at, len(there) :, :5] == -1).all(), "rows of nothing are the last ones"
    assert 0 < np.mean([share < 0.25 for share in seen_areas if share]) < 1


def test_the_point_is_in_the_middle_half_and_all_of_a_picture_is_filled() -> None:
    windows = made(1.0, *scenes())[2].windows.numpy()
    points = windows[:, 0, 2:]
    assert (points >= [WIDTH // 4, HEIGHT // 4]).all()
    assert (points <= [WIDTH - WIDTH // 4, HEIGHT - HEIGHT // 4]).all()
    sides = windows[..., 2:] - windows[..., :2]
    np.testing.assert_array_equal(sides.prod(axis=-1).sum(axis=-1), np.full(COUNT, HEIGHT * WIDTH))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_weight_of_a_mosaic_is_the_mean_over_its_pixels(share: float) -> None:
    """Of pictures that are their weights, and of such as stay what they are every bit."""
    import tensorflow as tf

    weights = np.random.default_rng(1).uniform(0, 3, COUNT).astype(np.float32)
    x = np.tile(weights[:, None, None, None], (1, HEIGHT, WIDTH, 1))
    found, _, quarters = made(share, x, scenes()[1])
    means = quarters.means(tf.constant(weights)).numpy()
    np.testing.assert_allclose(means, found.mean(axis=(1, 2, 3)), rtol=1e-5)
    assert (means == weights).all() == (share == 0.0)


def test_at_a_share_of_0_everything_keeps_every_bit() -> None:
    x, y = scenes()
    found, boxes, _ = made(0.0, x, y)
    np.testing.assert_array_equal(found, x)
    for before, after in zip(y, boxes, strict=True):
        np.testing.assert_array_equal(after[after[:, 4] >= 0], before[before[:, 4] >= 0])


def test_a_larger_share_adds_mosaics_to_those_of_a_smaller_one() -> None:
    x, y = scenes()
    last = [made(share, x, y)[2].windows.numpy()[:, 3] for share in (0.3, 0.7)]
    few, many = (window[:, 0] < window[:, 2] for window in last)
    assert few.mean() == pytest.approx(0.3, abs=0.2)
    assert many.mean() == pytest.approx(0.7, abs=0.2)
    assert (many >= few).all()


def test_of_a_crowd_any_part_stays_and_it_is_no_object() -> None:
    x, y = scenes()
    y[:, 0] = (0, 0, WIDTH, HEIGHT, -2, 1.5)
    boxes = made(1.0, x, y)[1]
    assert ((boxes[..., 4] == -2).sum(axis=1) == 4).all()


def test_a_batch_with_fewer_pictures_begins_again() -> None:
    x, y = scenes()
    found, boxes, _ = made(1.0, x[:2], y[:2])
    assert {*np.unique(found)} <= {0.0, 1.0, 2.0}
    assert boxes.shape == (2, 4 * ROWS, 6)


def test_a_preview_draws_them() -> None:
    x = np.arange(1, 5, dtype=np.uint8)[:, None, None, None] * np.ones((4, 8, 8, 1), np.uint8)
    boxes = np.full((4, 2, 6), -1.0, np.float32)
    found = drawn({"mosaic": 1.0}, x, boxes, (0.0, 255.0), 0)
    for picture in found.x:
        assert {*np.unique(picture)} == {1.0, 2.0, 3.0, 4.0}
    assert (found.shares == 1.0).all()
