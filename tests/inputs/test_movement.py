"""What follows pictures that augmentation moves: maps of the places in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augmented import SEED

from cnnsearch.inputs.pictures.augmentation import Augmentation
from cnnsearch.inputs.pictures.spec import AUGMENTATION

FILL_MODES = AUGMENTATION["fill_mode"].options

TURNED = {"random_flip": "both", "random_rotation": 0.2, "random_zoom": 0.3, "random_shear": 0.2, "rand_augment": 0.4}
STRAIGHT = {"random_flip": "both", "random_translation": 0.3, "random_crop": 0.4, "random_zoom": 0.2}
MOVES = {"turned": TURNED, "straight": STRAIGHT, "flipped": {"random_flip": "both"}}

OUTSIDE = 255


def make(range_: tuple[float, float] = (0.0, 255.0), **values: Any) -> Augmentation:
    """With exactly the parameters of ``values`` active; not compiled, which would take seconds."""
    active = frozenset(values) - {"fill_mode"}
    settings = {"random_flip": "none", "fill_mode": "reflect", **values}
    strengths = {name: settings[name] for name in active - {"random_flip"}}
    return Augmentation(active, settings, strengths, range_, by_xla=False)


def coordinates(count: int, height: int, width: int) -> np.ndarray:
    """``(count, height, width, 2)``: of each pixel its row and its column, which are smooth in both."""
    rows, columns = np.mgrid[:height, :width]
    return np.repeat(np.stack([rows, columns], axis=-1)[np.newaxis].astype(np.float32), count, axis=0)


def moved(part: Augmentation, x: np.ndarray, outside: int = OUTSIDE) -> tuple[np.ndarray, list[np.ndarray]]:
    """The pictures, and a map of each of their channels, which is whole numbers."""
    import tensorflow as tf

    pictures, movement = part.with_movement(tf.constant(x), tf.constant(SEED))
    maps = [movement.nearest(tf.constant(x[..., at].astype(np.uint8)), outside).numpy() for at in range(x.shape[-1])]
    return pictures.numpy(), maps


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_a_map_goes_where_its_picture_goes(kind: str, fill_mode: str) -> None:
    """Between two pixels the picture lies between both, and the map is one of the two."""
    names = {"rand_augment"} & {*MOVES[kind]}  # which changes colours too
    part = make((0.0, 64.0), fill_mode=fill_mode, **{k: v for k, v in MOVES[kind].items() if k not in names})
    x = coordinates(12, 9, 11)
    pictures, maps = moved(part, x)
    assert (pictures != x).any()
    for at in range(2):
        known = maps[at] != OUTSIDE
        assert known.mean() > 0.5
        assert known.all() or fill_mode == "constant"
        apart = np.abs(maps[at].astype(float) - pictures[..., at])[known]
        near = apart <= 0.5 + 1e-4
        # Across the seam a picture lies between its first row and its last one; at an edge that is filled it fades.
        assert near.mean() > 0.6 if fill_mode in ("wrap", "constant") else near.all()


def test_rand_augment_moves_maps_too() -> None:
    _, (rows, columns) = moved(make(rand_augment=0.6), coordinates(16, 9, 11))
    still = (rows == coordinates(1, 9, 11)[..., 0]).all(axis=(1, 2)) & (columns == coordinates(1, 9, 11)[..., 1]).all(
        axis=(1, 2)
    )
    assert 0 < still.sum() < 16, "some draw colours alone"


def test_what_lies_outside_of_a_picture_is_told() -> None:
    _, (rows, columns) = moved(make(random_translation=0.5, fill_mode="constant"), coordinates(12, 9, 11))
    np.testing.assert_array_equal(rows == OUTSIDE, columns == OUTSIDE)
    assert 0 < (rows == OUTSIDE).mean() < 1


def test_at_strength_zero_nothing_moves() -> None:
    x = coordinates(3, 6, 5)
    for part in (make(random_rotation=0.0, random_crop=0.0), make(random_translation=0.0, fill_mode="constant")):
        _, maps = moved(part, x)
        for at in range(2):
            np.testing.assert_array_equal(maps[at], x[..., at])


def test_pictures_are_those_that_nothing_follows() -> None:
    import tensorflow as tf

    part, x = make(**TURNED), coordinates(6, 7, 9)
    alone = part(tf.constant(x), tf.constant(SEED)).numpy()
    np.testing.assert_array_equal(alone, moved(part, x)[0])


def test_what_changes_colours_alone_moves_nothing() -> None:
    assert not make(random_brightness=0.3, random_erasing=0.3, gaussian_noise=0.1).moves
    assert all(make(**{name: value}).moves for name, value in {**TURNED, **STRAIGHT}.items())


@pytest.mark.parametrize("kind", MOVES)
def test_a_box_goes_where_its_picture_goes(kind: str) -> None:
    """The hull of a rectangle's moved corners is that of its moved pixels, of which the outermost may fade."""
    import tensorflow as tf

    part = make((0.0, 255.0), fill_mode="constant", **{k: v for k, v in MOVES[kind].items() if k != "rand_augment"})
    x = np.zeros((24, 41, 53, 1), np.float32)
    box = (20, 15, 34, 25)  # near the middle, so that most stay inside
    x[:, box[1] : box[3], box[0] : box[2]] = 255.0
    pictures, movement = part.with_movement(tf.constant(x), tf.constant(SEED))
    boxes = tf.constant([[box, (0, 0, 53, 41)]] * 24, tf.float32)
    found = movement.hulls(boxes).numpy()
    assert found.shape == (24, 2, 4)
    compared = 0
    for picture, hull in zip(pictures.numpy()[..., 0], found[:, 0], strict=True):
        rows, columns = np.nonzero(picture > 127)
        if len(rows) and min(rows.min(), columns.min()) > 0 and rows.max() < 40 and columns.max() < 52:
            seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            np.testing.assert_allclose(hull, seen, atol=1.6 if kind == "turned" else 0.75)
            compared += 1
    assert compared > 10
    if kind == "flipped":
        np.testing.assert_array_equal(found[:, 1], boxes.numpy()[:, 1])
