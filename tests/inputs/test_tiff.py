"""TIFF files keep their levels and channels, whoever wrote them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from cnnsearch.inputs.pictures.opened import FRAMES, UnreadableError, is_turned, open_picture
from cnnsearch.inputs.pictures.within import Content

NOISE = np.random.default_rng(0)


def written(array: np.ndarray, **keys: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **keys)
    return stream.getvalue()


def numbers(dtype: str, *shape: int) -> np.ndarray:
    """Noise that reaches the ends of the dtype."""
    if dtype.startswith("f"):
        return NOISE.normal(size=shape).astype(dtype)
    ends = np.iinfo(dtype)
    array = NOISE.integers(ends.min, ends.max, shape, dtype, endpoint=True)
    array.flat[0], array.flat[1] = ends.min, ends.max
    return array


@pytest.mark.parametrize("keys", [{}, {"compression": "lzw"}, {"compression": "zlib", "byteorder": ">"}], ids=str)
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f4"])
def test_every_level_and_channel_is_read(dtype: str, channels: int, keys: dict[str, Any]) -> None:
    array = numbers(dtype, 20, 19, channels)
    grey = {} if channels == 1 else {"photometric": "minisblack", "planarconfig": "contig"}
    picture = open_picture(written(array[:, :, 0] if channels == 1 else array, **grey, **keys))
    assert (picture.pixels.dtype, picture.channels, picture.size, picture.cut) == (array.dtype, channels, (20, 19), ())
    assert (picture.pixels == array).all()


@pytest.mark.parametrize(
    "keys",
    [
        {"photometric": "minisblack", "planarconfig": "separate"},
        {"imagej": True, "metadata": {"axes": "CYX"}},
        {"ome": True, "metadata": {"axes": "CYX"}},
    ],
    ids=["planes", "imagej", "ome"],
)
def test_channels_that_come_first_in_the_file(keys: dict[str, Any]) -> None:
    array = numbers("u2", 5, 20, 19)
    picture = open_picture(written(array, **keys))
    assert picture.cut == ()
    assert (picture.pixels == np.moveaxis(array, 0, -1)).all()


def test_an_array_that_was_written_as_pages() -> None:
    array = numbers("u1", 8, 9, 5)
    assert (open_picture(written(array)).pixels == array).all()


def test_pages_of_one_size_are_pages() -> None:
    array = numbers("i2", 3, 8, 9)
    picture = open_picture(written(array, photometric="minisblack"))
    assert picture.cut == (FRAMES,)
    assert (picture.pixels[:, :, 0] == array[0]).all()


def test_of_a_stack_of_channels_the_first_plane() -> None:
    array = numbers("u2", 2, 5, 20, 19)
    picture = open_picture(written(array, imagej=True, metadata={"axes": "ZCYX"}))
    assert picture.cut == (FRAMES,)
    assert (picture.pixels == np.moveaxis(array[0], 0, -1)).all()


def test_a_fourth_channel_that_is_no_transparency_is_kept() -> None:
    array = numbers("u1", 8, 9, 4)
    assert (open_picture(written(array, photometric="rgb", extrasamples=[0])).pixels == array).all()


def test_transparency_of_sixteen_bits_is_white() -> None:
    array = np.array([[[0, 100, 65535, 65535], [0, 100, 65535, 0], [0, 0, 65535, 32768]]], np.uint16)
    straight = open_picture(written(array, photometric="rgb", extrasamples=["unassalpha"])).pixels
    assert straight.tolist() == [[[0, 100, 65535], [65535] * 3, [32767, 32767, 65535]]]
    array[0, 2] = [0, 0, 32768, 32768]
    premultiplied = open_picture(written(array, photometric="rgb", extrasamples=["assocalpha"])).pixels
    assert premultiplied[0, 2].tolist() == [32767, 32767, 65535]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_they_are_turned_upright_as_pillow_turns(orientation: int) -> None:
    array = numbers("u1", 3, 5)
    tags = [(274, "H", 1, orientation, True)]
    expected = np.asarray(open_picture(written(array, extratags=tags)).image)
    picture = open_picture(written(array.astype(np.int32), extratags=tags))
    assert picture.size == expected.shape
    assert (picture.pixels[:, :, 0] == expected).all()
    for dtype in ("u1", "i4"):
        content = Content("a.tif", written(array.astype(dtype), extratags=tags))
        assert is_turned(content) == (orientation > 1)


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        (np.array([[0.0, np.nan]], "f4"), "has a pixel that is not a finite number"),
        (np.array([[0, 1]], "i8"), "int64 pixels, which are not read"),
        (np.array([[0, 1j]], "c8"), "complex64 pixels, which are not read"),
    ],
)
def test_numbers_that_no_network_can_take(array: np.ndarray, rule: str) -> None:
    with pytest.raises(UnreadableError, match=rule):
        open_picture(written(array))


def test_more_digits_than_networks_compute_with_become_float32() -> None:
    assert open_picture(written(np.array([[0.1, 2]]))).pixels[:, :, 0].tolist() == [[np.float32(0.1), 2]]


def test_a_file_that_is_cut_short_is_damaged() -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        open_picture(written(numbers("i2", 20, 19, 5), photometric="minisblack", planarconfig="contig")[:-40])


def test_one_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for array in (numbers("i2", 20, 19), numbers("i2", 90, 5, 5)):
        with pytest.raises(UnreadableError, match="too large"):
            open_picture(
                written(array, imagej=False) if array.ndim == 2 else written(array, ome=True, metadata={"axes": "CYX"})
            )
