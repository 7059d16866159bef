"""Pictures of 8 bits are stretched as Pillow stretches them, on every processor and by every thread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnsearch.inputs.pictures import stretching
from cnnsearch.inputs.pictures.decoding import resize
from cnnsearch.inputs.pictures.stretching import stretched
from cnnsearch.inputs.pictures.threads import in_threads

sides = st.integers(1, 40)


@settings(deadline=None, max_examples=60)
@given(sides, sides, sides, sides, st.integers(1, 6), st.integers(0, 99))
def test_no_pixel_is_more_than_one_level_away(
    height: int, width: int, high: int, wide: int, channels: int, seed: int
) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    found = stretched(picture, (high, wide))
    planes = [Image.fromarray(picture[:, :, at]) for at in range(channels)]
    expected = np.stack([np.asarray(each.resize((wide, high), Image.Resampling.BILINEAR)) for each in planes], axis=2)
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("value", [0, 1, 127, 255])
def test_one_colour_stays(value: int) -> None:
    assert (resize(np.full((50, 40, 3), value, np.uint8), (13, 17)) == value).all()


def test_every_processor_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    simd = pytest.importorskip("cykooz_resizer")
    picture = np.random.default_rng(0).integers(0, 256, (375, 500, 3), dtype=np.uint8)
    expected = stretched(picture, (224, 224))
    slow = simd.Resizer()
    slow.cpu_extensions = simd.CpuExtensions.none
    monkeypatch.setattr(stretching._OWN, "resizer", slow)
    assert (stretched(picture, (224, 224)) == expected).all()


def test_threads_do_not_disturb_each_other() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (64, 60, 80, 3), dtype=np.uint8)
    expected = [stretched(picture, (32, 32)) for picture in pictures]
    found = in_threads(lambda picture: stretched(picture, (32, 32)), pictures)
    assert all((one == other).all() for one, other in zip(found, expected, strict=True))


def test_without_the_library_pillow_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretching, "simd", None)
    picture = np.random.default_rng(0).integers(0, 256, (50, 40, 3), dtype=np.uint8)
    expected = Image.fromarray(picture).resize((17, 13), Image.Resampling.BILINEAR)
    assert (stretched(picture, (13, 17)) == np.asarray(expected)).all()
