"""Colours, blur, noise, erasing and RandAugment: what each does to pictures, by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augmented import make, pictures, run

from cnnsearch.errors import TrialError
from cnnsearch.inputs.pictures.augmentation import colours, effects, rand_augment
from cnnsearch.inputs.pictures.augmentation.colours import grey
from cnnsearch.inputs.pictures.augmentation.draws import compiled

RANGE = (-3.0, 5.0)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", ["random_saturation", "random_hue", "rand_augment", "gaussian_noise"])
def test_values_stay_within_the_range(name: str) -> None:
    x = np.random.default_rng(0).uniform(*RANGE, (20, 6, 6, 3)).astype(np.float32)
    changed = run(make(RANGE, **{name: 1.0}), x)
    assert changed.min() >= RANGE[0] - 1e-5
    assert changed.max() <= RANGE[1] + 1e-5


@pytest.mark.usefixtures("eagerly")
class TestColours:
    @pytest.mark.parametrize("name", ["random_saturation", "random_hue"])
    def test_what_is_grey_stays_grey(self, name: str) -> None:
        x = np.repeat(pictures(4, 5, 5, 1), 3, axis=-1)
        np.testing.assert_allclose(run(make(**{name: 1.0}), x), x, atol=1e-3)

    @pytest.mark.parametrize("draw", [0.1, 0.9], ids=["less", "more"])
    def test_saturation_is_keras(self, draw: float, drawn: Any) -> None:
        import keras

        x = pictures(3, 6, 5, 3)
        drawn(saturation=draw)
        factor = 1 + 0.8 * (2 * draw - 1)
        layer = keras.layers.RandomSaturation(0.5, value_range=(0, 1))
        theirs = layer.transform_images(x, {"factor": np.full(3, factor, np.float32)}).numpy()
        np.testing.assert_allclose(run(make(random_saturation=0.8), x), theirs, atol=1e-2)

    def test_hue_is_keras(self, drawn: Any) -> None:
        import keras

        x = pictures(3, 6, 5, 3)
        drawn(hue=0.9)
        layer = keras.layers.RandomHue(0.5, value_range=(0, 255))
        theirs = layer.transform_images(x, {"factor": np.full(3, 0.4 * 0.7, np.float32)}).numpy()
        np.testing.assert_allclose(run(make(random_hue=0.7), x), theirs, atol=1e-2)

    @pytest.mark.parametrize("channels", [1, 2, 5])
    def test_of_other_channels_it_is_refused(self, channels: int) -> None:
        with pytest.raises(TrialError, match=f"random_hue changes colours.* {channels}"):
            run(make(random_hue=0.1), pictures(2, 4, 4, channels))


@pytest.mark.usefixtures("eagerly")
class TestBlur:
    def test_is_a_gaussian(self, drawn: Any) -> None:
        from scipy.ndimage import gaussian_filter1d

        x = pictures(1, 20, 21, 2)
        drawn(blur=0.5)
        blurred = run(make(random_gaussian_blur=2.0), x)
        expected = x
        mass = np.ones(x.shape)
        for axis in (1, 2):
            expected, mass = (
                gaussian_filter1d(each, 1.0, axis, mode="constant", truncate=6) for each in (expected, mass)
            )
        np.testing.assert_allclose(blurred, expected / mass, atol=1e-2)

    def test_one_colour_stays_also_at_the_edge_and_of_a_picture_smaller_than_it(self) -> None:
        x = np.full((5, 2, 9, 1), 77, np.float32)
        np.testing.assert_allclose(run(make(random_gaussian_blur=2.0), x), x, rtol=1e-5)


def test_noise_has_its_deviation_and_is_drawn_anew_for_each_value_and_picture() -> None:
    x = np.full((40, 16, 16, 3), 100.0, np.float32)
    noise = (run(make(gaussian_noise=0.1), x) - x) / 25.5
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
    assert abs((noise**4).mean() - 3) < 0.1
    correlations = np.corrcoef(noise.reshape(40, -1)) - np.eye(40)
    assert np.abs(correlations).max() < 0.2


class TestErasing:
    COUNT = 2000

    def test_covers_up_to_its_share_anywhere_with_the_mean_colour(self) -> None:
        x = np.zeros((self.COUNT, 20, 15, 2), np.float32)
        x[:, ::2, :, 0], x[:, :, ::2, 1] = 200, 100
        changed = run(make(random_erasing=0.5), x)
        means = x[0].mean(axis=(0, 1))
        inside = np.isclose(changed, means, atol=1e-3).all(axis=-1)
        np.testing.assert_array_equal(changed[~inside], x[~inside])
        shares = np.sort(inside.mean(axis=(1, 2)))
        np.testing.assert_allclose(shares, 0.5 * (np.arange(self.COUNT) + 0.5) / self.COUNT, atol=0.04)
        assert (inside.mean(axis=0) > 0.01).all()
        rows, columns = inside.any(axis=2).sum(axis=1), inside.any(axis=1).sum(axis=1)
        np.testing.assert_array_equal(inside.sum(axis=(1, 2)), rows * columns)

    @pytest.mark.parametrize("aspect", [0.0, 0.3, 0.5, 1.0])
    @pytest.mark.parametrize("area", [0.0, 0.1, 0.5, 0.9])
    def test_area_is_what_was_drawn_within_a_row_of_pixels(self, area: float, aspect: float) -> None:
        import tensorflow as tf

        tall, wide = effects.erasing_sides(tf.constant([[area]]), tf.constant([[aspect]]), 40, 30)
        high, long = tall.numpy().item(), wide.numpy().item()
        assert abs(high * long / 1200 - area) <= max(high, long) / 2 / 1200 + 1e-6
        assert high <= 40
        assert long <= 30


class TestRandAugment:
    COUNT = 4000

    def test_two_operations_for_each_picture_all_as_likely(self) -> None:
        import tensorflow as tf

        found = rand_augment.chosen(0.3, tf.constant(self.COUNT), tf.constant((3, 4)))
        acts = np.concatenate([found.acts[name] for name in rand_augment._OPERATIONS], axis=1)
        np.testing.assert_array_equal(acts.sum(axis=1), 2)
        np.testing.assert_allclose(acts.mean(axis=0), 2 / 14, atol=0.03)
        turned = np.asarray(found.amount("rotate", 1.0))
        np.testing.assert_allclose(np.unique(np.abs(turned)), [0, 0.3], rtol=1e-6)
        assert abs((turned > 0).sum() - (turned < 0).sum()) < 100

    @pytest.mark.usefixtures("eagerly")
    def test_moves_are_one_resampling_with_all_others(self, drawn: Any) -> None:
        x = pictures(1, 9, 9, 3)
        drawn(rotate=0.0, identity=0.1, rotate_way=0.9)
        turn = 30 / 360 * 0.6
        alone = run(make(rand_augment=0.6), x)
        drawn(rotation=1.0)
        np.testing.assert_allclose(alone, run(make(random_rotation=turn), x), atol=1e-2)

    @pytest.mark.usefixtures("eagerly")
    @pytest.mark.parametrize("name", [*rand_augment.COLOURS])
    def test_colours_are_pillows(self, name: str, drawn: Any) -> None:
        from PIL import Image, ImageEnhance, ImageOps

        x = pictures(1, 22, 20, 3).astype(np.uint8)
        drawn(**{name: 0.0, "identity": 0.1, f"{name}_way": 0.9})
        ours = run(make(rand_augment=0.5), x)[0]
        image = Image.fromarray(x[0])
        theirs = {
            "brightness": lambda: ImageEnhance.Brightness(image).enhance(1.45),
            "color": lambda: ImageEnhance.Color(image).enhance(1.45),
            "contrast": lambda: ImageEnhance.Contrast(image).enhance(1.45),
            "sharpness": lambda: ImageEnhance.Sharpness(image).enhance(1.45),
            "posterize": lambda: ImageOps.posterize(image, 6),
            "solarize": lambda: ImageOps.solarize(image, 128),
            "autocontrast": lambda: ImageOps.autocontrast(image),
            "equalize": lambda: ImageOps.equalize(image),
        }[name]()
        np.testing.assert_allclose(ours, np.asarray(theirs), atol=2.1)

    @pytest.mark.parametrize("by_xla", [False, True])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_equalize_is_pillows_to_the_last_level(self, channels: int, by_xla: bool) -> None:
        from PIL import Image, ImageOps

        rng = np.random.default_rng(channels)
        levels = [2, 3, 40, 200, 256, 256, 256]
        x = np.stack([rng.integers(0, most, (23, 20, channels)) ** rng.uniform(0.5, 1) for most in levels])
        x[0] = 7
        x[1, 5:] = 1  # fewer than 255 beside the most frequent
        x = x.astype(np.uint8)
        theirs = [ImageOps.equalize(Image.fromarray(each.squeeze())) for each in x]
        ours = compiled(colours.equalized, by_xla)(x.astype(np.float32) / 255) * 255
        np.testing.assert_allclose(ours, np.reshape(theirs, x.shape), atol=1e-3)

    def test_grey_is_that_of_pillow(self) -> None:
        from PIL import Image

        x = pictures(1, 4, 4, 3).astype(np.uint8)
        np.testing.assert_allclose(
            grey(x.astype(np.float32))[0, :, :, 0], np.asarray(Image.fromarray(x[0]).convert("L")), atol=1
        )

    def test_solarize_at_its_full_strength_inverts_black_too(self) -> None:
        x = np.float32([0.0, 1 / 255, 0.5, 1.0])
        np.testing.assert_allclose(colours.solarized(x, 0.0), 1 - x)

    def test_takes_grey_pictures_and_tiny_ones(self) -> None:
        assert run(make(rand_augment=1.0), pictures(6, 2, 2, 1)).shape == (6, 2, 2, 1)
