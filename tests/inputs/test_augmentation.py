from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from augmented import SEED, make, pictures, run

from cnnsearch.inputs.pictures.augmentation import Augmentation, augmentation
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED, MOVING

STRENGTHS = [name for name, spec in AUGMENTATION.items() if spec.kind == "float" and name not in MIXED]
AFFINE = [name for name in MOVING if name not in ("random_flip", "rand_augment")]
FIRST = [*AFFINE, "random_brightness", "random_contrast"]
"""Of any number of channels, and each by a formula that can be compared with Keras's."""
PARTS = ["random_flip", *STRENGTHS]
FILL_MODES = AUGMENTATION["fill_mode"].options
PADDED = {"nearest": "edge", "reflect": "symmetric", "wrap": "wrap", "constant": "constant"}


@pytest.mark.usefixtures("eagerly")
class TestEveryPart:
    """What holds for each parameter of the table that changes pictures; below, of all at once, compiled too."""

    @pytest.mark.parametrize("name", PARTS)
    def test_is_repeatable_for_each_picture_and_off_at_strength_zero(self, name: str) -> None:
        import tensorflow as tf

        strength = tf.Variable(2.0 if name == "random_gaussian_blur" else 0.3)
        flip = "both" if name == "random_flip" else "none"
        settings = {"random_flip": flip, "fill_mode": "reflect"}
        part = Augmentation(frozenset({name}), settings, {name: strength}, (0.0, 255.0))
        x = np.repeat(pictures(1, 7, 9, 3), 12, axis=0)
        kept = x.copy()
        changed = run(part, x)
        assert changed.shape == x.shape
        assert changed.dtype == np.float32
        assert np.isfinite(changed).all()
        alike = {"random_flip": 4, "random_erasing": 8, "rand_augment": 8}  # a few draws may give the same
        assert len({picture.tobytes() for picture in changed}) >= alike.get(name, 12)
        np.testing.assert_array_equal(x, kept)
        np.testing.assert_array_equal(run(part, x), changed)
        assert (run(part, x, (3, 5)) != changed).any()
        if name != "random_flip":
            strength.assign(0.0)
            np.testing.assert_array_equal(run(part, x), x)


@pytest.mark.parametrize("names", [PARTS, ["random_flip"], ["random_crop"]], ids=["all", "flip", "crop"])
def test_takes_uint8_at_rest_as_the_same_numbers(names: list[str]) -> None:
    part = make(**{name: "both" if name == "random_flip" else 0.3 for name in names})
    x = pictures(4, 6, 5, 3).astype(np.uint8)
    changed = run(part, x)
    np.testing.assert_array_equal(run(part, x.astype(np.float32)), changed)
    if names == PARTS:  # how many others there are changes nothing: each size is compiled anew, which takes a second
        np.testing.assert_array_equal(run(part, x[:3]), changed[:3])


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_all_parts_at_strength_zero_are_the_identity(fill_mode: str) -> None:
    x = pictures(5, 6, 11, 3)
    names = STRENGTHS if fill_mode == "reflect" else AFFINE
    np.testing.assert_array_equal(run(make(**dict.fromkeys(names, 0.0), fill_mode=fill_mode), x), x)
    if fill_mode == "reflect":  # of the others, by a hair: below
        straight = {"random_translation": 0.0, "random_zoom": 0.0, "random_crop": 0.0}
        np.testing.assert_array_equal(run(make(**straight, fill_mode=fill_mode), x), x)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_compiled_or_not_the_numbers_are_the_same(fill_mode: str, drawn: Callable[..., None]) -> None:
    import tensorflow as tf

    draws = np.random.default_rng(0).uniform(size=(len(augmentation._DRAWS), 20))
    drawn(**{name: row.tolist() for name, row in zip(augmentation._DRAWS, draws, strict=True)})
    part = make(**dict.fromkeys(FIRST, 0.3), random_flip="both", fill_mode=fill_mode)
    x = pictures(20, 7, 9, 3)
    compiled = run(part, x)
    tf.config.run_functions_eagerly(True)
    try:
        np.testing.assert_allclose(run(part, x), compiled, atol=1e-3)
    finally:
        tf.config.run_functions_eagerly(False)


def test_without_any_part_pictures_pass() -> None:
    x = pictures(2, 3, 4, 1).astype(np.uint8)
    result = run(make(), x)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, x)


@pytest.mark.usefixtures("eagerly")
def test_any_number_of_channels_is_changed_alike() -> None:
    part = make(**dict.fromkeys(FIRST, 0.2), random_flip="both")
    x = pictures(3, 8, 6, 5)
    alone = np.concatenate([run(part, x[..., channel : channel + 1]) for channel in range(5)], axis=-1)
    np.testing.assert_allclose(run(part, x), alone, atol=1e-3)


class TestFlip:
    @pytest.mark.usefixtures("eagerly")
    @pytest.mark.parametrize(
        ("mode", "axes", "affine"),
        [
            ("none", (), {}),
            ("horizontal", (1,), {}),
            ("vertical", (0,), {}),
            ("both", (0, 1), {}),
            ("horizontal", (1,), {"random_zoom": 0.0}),
            ("vertical", (0,), {"random_shear": 0.0}),
        ],
    )
    def test_moves_pixels_exactly(
        self, mode: str, axes: tuple[int, ...], affine: dict[str, float], drawn: Callable[..., None]
    ) -> None:
        x = pictures(1, 5, 8, 3)
        drawn(flip_x=0.4, flip_y=0.4)
        np.testing.assert_array_equal(run(make(random_flip=mode, **affine), x)[0], np.flip(x[0], axes))
        drawn(flip_x=0.6, flip_y=0.6)
        np.testing.assert_array_equal(run(make(random_flip=mode, **affine), x), x)

    def test_every_second_picture_and_either_axis_by_itself(self) -> None:
        x = np.tile(np.float32([[0, 1], [2, 3]])[None, :, :, None], (2000, 1, 1, 1))
        corners = run(make(random_flip="both"), x)[:, 0, 0, 0]
        np.testing.assert_allclose(np.bincount(corners.astype(int)) / 2000, 0.25, atol=0.04)
        corners = run(make(random_flip="horizontal"), x)[:, 0, 0, 0]
        np.testing.assert_allclose(np.bincount(corners.astype(int)) / 2000, 0.5, atol=0.04)


class TestTranslation:
    @pytest.mark.usefixtures("eagerly")
    @pytest.mark.parametrize("turning", [{}, {"random_rotation": 0.0}], ids=["straight", "turning"])
    @pytest.mark.parametrize("fill_mode", FILL_MODES)
    def test_by_whole_pixels_is_padding(
        self, fill_mode: str, turning: dict[str, float], drawn: Callable[..., None]
    ) -> None:
        x = np.repeat(pictures(1, 8, 8, 2), 2, axis=0)
        shifts = [(3, -2), (-8, 8)]
        drawn(shift_x=[(1 + right / 8) / 2 for right, _ in shifts], shift_y=[(1 + down / 8) / 2 for _, down in shifts])
        result = run(make(random_translation=1.0, fill_mode=fill_mode, **turning), x)
        padded = np.pad(x[0], ((8, 8), (8, 8), (0, 0)), mode=PADDED[fill_mode])
        for moved, (right, down) in zip(result, shifts, strict=True):
            np.testing.assert_array_equal(moved, padded[8 - down : 16 - down, 8 - right : 16 - right])

    @pytest.mark.usefixtures("eagerly")
    @pytest.mark.parametrize("fill_mode", FILL_MODES)
    def test_by_parts_of_a_pixel_is_keras(self, fill_mode: str, drawn: Callable[..., None]) -> None:
        import keras

        x = pictures(2, 8, 10, 3)
        drawn(shift_x=0.75, shift_y=0.1)
        result = run(make(random_translation=0.37, fill_mode=fill_mode), x)
        layer = keras.layers.RandomTranslation(0.37, 0.37, fill_mode=fill_mode)
        shifts = np.float32([[0.5 * 0.37 * 10, -0.8 * 0.37 * 8]] * 2)
        theirs = layer.transform_images(x, {"translations": shifts}).numpy()
        if fill_mode == "wrap":  # Keras does not interpolate between the last and the first pixel: rows 5, columns 1
            result, theirs = (np.delete(np.delete(each, 5, axis=1), 1, axis=2) for each in (result, theirs))
        np.testing.assert_allclose(result, theirs, atol=1e-3)

    @pytest.mark.usefixtures("eagerly")
    @pytest.mark.parametrize("fill_mode", FILL_MODES)
    def test_on_a_single_pixel(self, fill_mode: str, drawn: Callable[..., None]) -> None:
        drawn(shift_x=1.0, shift_y=0.25)
        result = run(make(random_translation=0.5, fill_mode=fill_mode), np.full((1, 1, 1, 1), 8, np.float32))
        assert result.item() == (8 * 0.5 * 0.75 if fill_mode == "constant" else 8)

    @pytest.mark.usefixtures("eagerly")
    @pytest.mark.parametrize("turning", [{}, {"random_shear": 0.0}], ids=["straight", "turning"])
    @pytest.mark.parametrize("fill_mode", FILL_MODES)
    def test_by_a_hair_stays_in_the_picture(
        self, fill_mode: str, turning: dict[str, float], drawn: Callable[..., None]
    ) -> None:
        x = np.float32([5, 9]).reshape(2, 1, 1, 1)
        drawn(shift_x=1.0, shift_y=1.0)
        np.testing.assert_array_equal(run(make(random_translation=1e-9, fill_mode=fill_mode, **turning), x), x)


@pytest.mark.usefixtures("eagerly")
class TestAgainstKeras:
    """Each part against the layer of the same name, given the same draw."""

    @pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "constant"])
    def test_rotation(self, fill_mode: str, drawn: Callable[..., None]) -> None:
        import keras

        x = pictures(2, 12, 9, 3)
        theirs = keras.layers.RandomRotation((0.12, 0.12), fill_mode=fill_mode)(x, training=True).numpy()
        drawn(rotation=0.8)
        np.testing.assert_allclose(run(make(random_rotation=0.2, fill_mode=fill_mode), x), theirs, atol=5e-3)

    @pytest.mark.parametrize("draw", [0.1, 0.9], ids=["in", "out"])
    def test_zoom(self, draw: float, drawn: Callable[..., None]) -> None:
        import keras

        x = pictures(2, 12, 9, 3)
        change = 0.5 * (2 * draw - 1)
        theirs = keras.layers.RandomZoom((change, change))(x, training=True).numpy()
        drawn(zoom=draw)
        np.testing.assert_allclose(run(make(random_zoom=0.5), x), theirs, atol=1e-3)

    def test_shear_about_the_centre(self, drawn: Callable[..., None]) -> None:
        import keras

        x = pictures(1, 12, 10, 3)
        drawn(shear_x=0.9, shear_y=0.2)
        along_x, along_y = 0.3 * 0.8, 0.3 * -0.6
        # Keras slants about the upper left pixel: the shift takes the centre back to where it was.
        matrix = keras.layers.RandomShear()._get_shear_matrix(np.float32([[along_x, along_y]])).numpy()
        matrix[:, 2], matrix[:, 5] = -along_x * 11 / 2, -along_y * 9 / 2
        theirs = keras.ops.image.affine_transform(x, matrix, fill_mode="reflect").numpy()
        np.testing.assert_allclose(run(make(random_shear=0.3), x), theirs, atol=1e-3)

    def test_brightness(self, drawn: Callable[..., None]) -> None:
        import keras

        x = pictures(2, 6, 5, 3)
        theirs = keras.layers.RandomBrightness((0.16, 0.16))(x, training=True).numpy()
        drawn(brightness=0.9)
        ours = run(make(random_brightness=0.2), x)
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
        assert ours.max() == 255

    @pytest.mark.parametrize("draw", [0.1, 0.9], ids=["less", "more"])
    def test_contrast(self, draw: float, drawn: Callable[..., None]) -> None:
        import keras

        x = pictures(2, 6, 5, 3)
        drawn(contrast=draw)
        factor = np.full((2, 1, 1, 1), 1 + 0.7 * (2 * draw - 1), np.float32)
        theirs = keras.layers.RandomContrast(0.7).transform_images(x, {"contrast_factor": factor}).numpy()
        np.testing.assert_allclose(run(make(random_contrast=0.7), x), theirs, atol=1e-3)


@pytest.mark.usefixtures("eagerly")
def test_a_quarter_turn(drawn: Callable[..., None]) -> None:
    x = pictures(1, 9, 9, 3)
    drawn(rotation=1.0)
    np.testing.assert_allclose(run(make(random_rotation=0.25), x)[0], np.rot90(x[0]), atol=1e-3)
    drawn(rotation=0.0)
    np.testing.assert_allclose(run(make(random_rotation=0.25, fill_mode="wrap"), x)[0], np.rot90(x[0], -1), atol=1e-3)


@pytest.mark.parametrize(("place", "window"), [(0.0, np.s_[:3, :5]), (1.0, np.s_[2:, 4:])], ids=["first", "last"])
def test_a_crop_shows_a_window_between_its_outermost_pixels(
    place: float, window: tuple[slice, slice], drawn: Callable[..., None]
) -> None:
    x = pictures(1, 5, 9, 2)
    drawn(crop=1.0, crop_x=place, crop_y=place)
    result = run(make(random_crop=0.5), x)[0]
    np.testing.assert_array_equal(result[::2, ::2], x[0][window])
    np.testing.assert_allclose(result[1::2], (result[:-1:2] + result[2::2]) / 2, rtol=1e-5)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "constant"])
def test_affine_parts_and_flips_are_the_product_of_their_matrices_in_one_resampling(
    fill_mode: str, drawn: Callable[..., None]
) -> None:
    import keras

    height, width = 14, 11
    drawn(flip_x=0.1, rotation=0.7, shift_x=0.9, shift_y=0.2, zoom=0.1, shear_x=0.8, shear_y=0.3, crop=0.6, crop_x=0.9)
    strengths = dict.fromkeys(AFFINE, 0.3)
    x = pictures(1, height, width, 3)
    ours = run(make(**strengths, random_flip="both", fill_mode=fill_mode), x)
    turn, cut = 2 * np.pi * 0.3 * 0.4, 0.3 * 0.6
    flip = np.diag([-1.0, 1.0, 1.0])
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    translation = np.array([[1, 0, -0.3 * 0.8 * width], [0, 1, 0.3 * 0.6 * height], [0, 0, 1]])
    zoom = np.diag([1 - 0.3 * 0.8, 1 - 0.3 * 0.8, 1])
    shear = np.array([[1, 0.3 * 0.6, 0], [0.3 * -0.4, 1, 0], [0, 0, 1]])
    crop = np.array([[1 - cut, 0, cut * 0.4 * (width - 1)], [0, 1 - cut, 0], [0, 0, 1]])
    centre = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    matrix = centre @ flip @ rotation @ translation @ zoom @ shear @ crop @ np.linalg.inv(centre)
    theirs = keras.ops.image.affine_transform(x, matrix.reshape(1, 9)[:, :8].astype(np.float32), fill_mode=fill_mode)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=2e-2)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("turning", [{}, {"random_shear": 0.0}], ids=["straight", "turning"])
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_a_place_far_outside_is_filled_by_going_on(
    fill_mode: str, turning: dict[str, float], drawn: Callable[..., None]
) -> None:
    x = pictures(1, 1, 8, 1)
    drawn(zoom=1.0, shift_x=0.0)
    result = run(make(random_zoom=0.5, random_translation=1.0, fill_mode=fill_mode, **turning), x)[0, 0, :, 0]
    padded = np.pad(x[0, 0, :, 0], 40, mode=PADDED[fill_mode])
    places = 40 + 3.5 + 1.5 * (np.arange(8) - 3.5) + 8
    np.testing.assert_allclose(result, np.interp(places, np.arange(len(padded)), padded), rtol=1e-5, atol=1e-3)


class TestDraws:
    """The distributions, read off many small pictures whose values are the coordinates of their pixels."""

    COUNT = 4000

    def source(self, **values: Any) -> tuple[np.ndarray, np.ndarray]:
        """The linear part ``(count, 2, 2)`` and the shift ``(count, 2)`` of the map of each picture of 9 x 9."""
        y, x = np.mgrid[-4.0:5.0, -4.0:5.0].astype(np.float32)
        result = run(make((-4, 4), **values), np.tile(np.stack([x, y], axis=-1), (self.COUNT, 1, 1, 1)))
        centre = result[:, 4, 4]
        return np.stack([result[:, 4, 5] - centre, result[:, 5, 4] - centre], axis=-1), centre

    def assert_uniform(self, values: np.ndarray, low: float, high: float) -> None:
        shares = (np.sort(values) - low) / (high - low)
        assert shares[0] >= -1e-4
        assert shares[-1] <= 1 + 1e-4
        # Kolmogorov and Smirnov's distance: 1.95 / sqrt(n) is passed once in a thousand times.
        assert np.abs(shares - np.arange(self.COUNT) / self.COUNT).max() < 1.95 / np.sqrt(self.COUNT)

    def assert_independent(self, *values: np.ndarray) -> None:
        correlations = np.corrcoef(values) - np.eye(len(values))
        assert np.abs(correlations).max() < 0.06

    def test_rotation(self) -> None:
        linear, shift = self.source(random_rotation=0.2)
        self.assert_uniform(np.arctan2(linear[:, 1, 0], linear[:, 0, 0]) / (2 * np.pi), -0.2, 0.2)
        np.testing.assert_allclose(np.linalg.det(linear), 1, rtol=1e-4)
        np.testing.assert_allclose(shift, 0, atol=1e-5)

    def test_translation(self) -> None:
        linear, shift = self.source(random_translation=0.25)
        self.assert_uniform(shift[:, 0], -0.25 * 9, 0.25 * 9)
        self.assert_uniform(shift[:, 1], -0.25 * 9, 0.25 * 9)
        self.assert_independent(shift[:, 0], shift[:, 1])
        np.testing.assert_allclose(linear, np.tile(np.eye(2), (self.COUNT, 1, 1)), atol=1e-5)

    def test_zoom(self) -> None:
        linear, shift = self.source(random_zoom=0.9)
        self.assert_uniform(linear[:, 0, 0], 0.1, 1.9)
        np.testing.assert_allclose(linear[:, 1, 1], linear[:, 0, 0], atol=1e-5)
        np.testing.assert_allclose(shift, 0, atol=1e-5)

    def test_shear(self) -> None:
        linear, shift = self.source(random_shear=0.8)
        self.assert_uniform(linear[:, 0, 1], -0.8, 0.8)
        self.assert_uniform(linear[:, 1, 0], -0.8, 0.8)
        self.assert_independent(linear[:, 0, 1], linear[:, 1, 0])
        np.testing.assert_allclose(shift, 0, atol=1e-5)

    def test_crop(self) -> None:
        linear, shift = self.source(random_crop=0.6)
        cut = 1 - linear[:, 0, 0]
        self.assert_uniform(cut, 0, 0.6)
        np.testing.assert_allclose(linear[:, 1, 1], linear[:, 0, 0], atol=1e-5)
        assert (np.abs(shift) <= 4 * cut[:, None] + 1e-5).all()
        wide = cut > 0.01
        places = np.where(wide[:, None], shift / np.where(wide, 8 * cut, 1)[:, None], 0)
        self.assert_independent(cut, places[:, 0], places[:, 1])
        np.testing.assert_allclose(places.std(axis=0), 1 / np.sqrt(12), rtol=0.05)

    def test_brightness_and_contrast(self) -> None:
        x = np.tile(np.float32([-0.25, 0.25])[None, :, None, None], (self.COUNT, 1, 1, 1))
        result = run(make((-1.0, 1.0), random_brightness=0.2, random_contrast=0.9), x)[:, :, 0, 0]
        brightness, contrast = result.mean(axis=1), (result[:, 1] - result[:, 0]) / 0.5
        self.assert_uniform(brightness, -0.4, 0.4)
        self.assert_uniform(contrast, 0.1, 1.9)
        self.assert_independent(brightness, contrast)

    def test_what_else_is_active_changes_no_draw(self) -> None:
        _, alone = self.source(random_translation=0.1)
        _, together = self.source(random_translation=0.1, random_shear=0.1, random_brightness=0.0)
        np.testing.assert_allclose(together, alone, atol=1e-5)


class TestShading:
    def test_follows_the_affine_parts_on_what_they_filled(self, drawn: Callable[..., None]) -> None:
        x = np.full((1, 4, 4, 1), 200.0, np.float32)
        drawn(shift_x=1.0, shift_y=0.5, brightness=1.0, contrast=0.0)
        result = run(make(random_translation=0.5, random_brightness=0.1, random_contrast=0.5, fill_mode="constant"), x)
        filled, shown, mean = 25.5, 225.5, 125.5
        np.testing.assert_allclose(result[0, :, :2, 0], (filled + mean) / 2, rtol=1e-6)
        np.testing.assert_allclose(result[0, :, 2:, 0], (shown + mean) / 2, rtol=1e-6)

    def test_stays_within_any_range_of_values(self) -> None:
        x = np.random.default_rng(0).uniform(-3, 5, (50, 4, 4, 3)).astype(np.float32)
        result = run(make((-3.0, 5.0), random_brightness=1.0, random_contrast=1.0), x)
        assert result.min() == -3
        assert result.max() == 5


def test_in_a_compiled_epoch_batches_may_be_smaller_and_strengths_change_without_tracing_again() -> None:
    import tensorflow as tf

    strengths = {name: tf.Variable(0.2) for name in FIRST}  # each part more is compiled for each size of a batch
    settings = {"random_flip": "horizontal", "fill_mode": "reflect"}
    part = Augmentation(frozenset({"random_flip", *FIRST}), settings, strengths, (0.0, 255.0))
    traces = []

    @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.uint8), tf.TensorSpec((), tf.int32)])
    def epoch(x: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
        traces.append(x)
        steps = -(-tf.shape(x)[0] // batch)
        results = tf.TensorArray(tf.float32, steps, infer_shape=False, element_shape=(None, 8, 8, 3))
        for step in tf.range(steps):
            one = x[step * batch : (step + 1) * batch]
            results = results.write(step, part(one, tf.stack([7, step])))
        return results.concat()

    x = pictures(10, 8, 8, 3).astype(np.uint8)
    result = epoch(x, 4).numpy()
    assert result.shape == x.shape
    np.testing.assert_array_equal(result[:4], run(part, x[:4], (7, 0)))
    np.testing.assert_array_equal(result[8:], run(part, x[8:], (7, 2)))
    for strength in strengths.values():
        strength.assign(0.0)
    still = epoch(x, 4).numpy()
    for now, before in zip(still, x, strict=True):
        assert (now == before).all() or (now == before[:, ::-1]).all()
    assert len(traces) == 1


def test_seeds_of_both_integer_types() -> None:
    import tensorflow as tf

    part, x = make(random_brightness=0.3), tf.constant(pictures(3, 4, 4, 1))
    narrow, wide = (part(x, tf.constant(SEED, dtype)).numpy() for dtype in (tf.int32, tf.int64))
    np.testing.assert_array_equal(narrow, wide)
