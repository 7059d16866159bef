from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.decoding import resize
from cnnsearch.inputs.pictures.pictures import decode

RED, CLEAR = (255, 0, 0), (0, 0, 0, 0)


def stored(image: Image.Image, form: str = "png", **options: object) -> io.BytesIO:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("1", "png"),
        ("L", "png"),
        ("LA", "png"),
        ("P", "gif"),
        ("P", "png"),
        ("RGB", "bmp"),
        ("RGB", "webp"),
        ("RGBA", "png"),
        ("RGBA", "webp"),
        ("CMYK", "jpeg"),
        ("CMYK", "tiff"),
        ("YCbCr", "tiff"),
        ("LAB", "tiff"),
        ("I;16", "png"),
        ("I;16", "tiff"),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_becomes_grey_or_rgb(mode: str, form: str, channels: int) -> None:
    picture = decode(stored(Image.new(mode, (5, 4)), form), channels)
    assert picture.shape == (4, 5, channels)
    assert picture.dtype == (np.uint16 if mode == "I;16" else np.uint8)


def test_colours_stay() -> None:
    assert (decode(stored(Image.new("RGB", (3, 2), RED)), 3) == RED).all()
    assert (decode(stored(Image.new("RGB", (3, 2), RED)), 1) == 76).all()  # ITU-R 601-2: 0.299 of red
    assert (decode(stored(Image.new("L", (3, 2), 90)), 3) == 90).all()


def test_cmyk_is_not_inverted() -> None:
    assert (decode(stored(Image.new("CMYK", (3, 2), (0, 255, 255, 0)), "tiff"), 3) == RED).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_transparency_is_white(channels: int) -> None:
    half = Image.new("RGBA", (2, 1), CLEAR)
    half.putpixel((0, 0), (0, 0, 0, 255))
    assert decode(stored(half), channels)[0, :, 0].tolist() == [0, 255]
    assert decode(stored(half.convert("LA")), channels)[0, :, 0].tolist() == [0, 255]
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 10, 10, 10])
    palette.putpixel((1, 0), 1)
    assert decode(stored(palette, transparency=1), channels)[0, :, 0].tolist() == [0, 255]
    assert decode(stored(palette, transparency=b"\xff\x00"), channels)[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_sixteen_bits_keep_their_levels(form: str) -> None:
    levels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    assert (decode(stored(Image.fromarray(levels), form), 1)[:, :, 0] == levels).all()
    assert (decode(stored(Image.fromarray(levels), form), 3) == levels[:, :, np.newaxis]).all()


def test_sixteen_bits_of_a_big_endian_tiff() -> None:
    levels = np.array([[0, 1, 4095, 65535]], dtype=np.uint16)
    assert decode(stored(Image.frombytes("I;16B", (4, 1), levels.astype(">u2").tobytes()), "tiff"), 1).tolist() == (
        levels[:, :, np.newaxis].tolist()
    )


def test_between_8_and_16_bits_white_stays_white() -> None:
    wide = Image.fromarray(np.array([[0, 257, 32896, 65535]], dtype=np.uint16))
    narrow = Image.fromarray(np.array([[0, 1, 128, 255]], dtype=np.uint8))
    assert decode(stored(wide), 1, dtype=np.uint8)[0, :, 0].tolist() == [0, 1, 128, 255]
    assert decode(stored(narrow), 1, dtype=np.uint16)[0, :, 0].tolist() == [0, 257, 32896, 65535]


def test_transparency_of_sixteen_bits_is_white() -> None:
    wide = Image.fromarray(np.array([[7, 8]], dtype=np.uint16))
    assert decode(stored(wide, transparency=7), 1)[0, :, 0].tolist() == [65535, 8]


@pytest.mark.parametrize("channels", [2, 4, 5])
def test_other_channels_than_those_of_the_file(channels: int) -> None:
    with pytest.raises(InputError, match=f"picture: has 3 channels, and {channels} are needed"):
        decode(stored(Image.new("RGBA", (3, 3))), channels)


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 2)), (6, (0, 1)), (8, (2, 0))])
def test_exif_rotation_is_applied(orientation: int, corner: tuple[int, int]) -> None:
    image = Image.new("L", (3, 2))
    image.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(stored(image, exif=exif), 1)
    assert picture.shape == ((2, 3, 1) if orientation in (1, 3) else (3, 2, 1))
    assert np.argwhere(picture[:, :, 0] == 255).tolist() == [list(corner)]


def test_size_is_height_and_width() -> None:
    assert decode(stored(Image.new("RGB", (10, 20))), 3, (7, 9)).shape == (7, 9, 3)


def test_truncated_file_says_so() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    cut = io.BytesIO(stored(noise, "jpeg").getvalue()[:-300])
    with pytest.raises(InputError, match="truncated"):
        decode(cut, 3)


def test_text_file_is_no_picture(tmp_path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    with pytest.raises(InputError, match=rf"{tmp_path}/notes\.jpg: not a picture"):
        decode(tmp_path / "notes.jpg", 3)
    with pytest.raises(InputError, match="there is no such file"):
        decode(tmp_path / "none.jpg", 3)


def test_decompression_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    image = stored(Image.new("L", (30, 30)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600)
    with pytest.raises(InputError, match="decompression bomb"):
        decode(image, 1)


@pytest.mark.parametrize(("mode", "dtype"), [("F", np.float32), ("I", np.int32)])
def test_wider_files_keep_their_numbers(mode: str, dtype: type) -> None:
    numbers = np.array([[0, 1, 70_000]], dtype)
    read = decode(stored(Image.fromarray(numbers, mode), "tiff"), 1)
    assert (read.dtype, read[:, :, 0].tolist()) == (dtype, numbers.tolist())


def test_numbers_that_nobody_can_bring_to_others_are_refused() -> None:
    with pytest.raises(InputError, match="has pixels of float32, and uint8 is needed"):
        decode(stored(Image.new("F", (3, 3)), "tiff"), 1, dtype=np.uint8)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int64", "float16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_resize_keeps_dtype_and_constants(dtype: str, channels: int) -> None:
    values = np.arange(10, 10 + channels).astype(dtype)
    resized = resize(np.broadcast_to(values, (6, 4, channels)), (3, 8))
    assert resized.dtype == dtype
    assert resized.shape == (3, 8, channels)
    assert (resized == values).all()


def test_resize_is_antialiased() -> None:
    """Stripes one pixel wide become grey, they do not vanish."""
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (16, 32))[:, :, np.newaxis]
    assert np.abs(resize(stripes, (4, 4)).astype(int) - 128).max() < 25
    assert np.abs(resize(stripes.astype(np.float32), (4, 4)) - 127.5).max() < 25


def test_resize_stays_in_range() -> None:
    noise = np.random.default_rng(0).choice(np.array([0, 65535], np.uint16), (9, 9, 1))
    resized = resize(noise, (20, 20))
    assert resized.min() == 0
    assert resized.max() == 65535


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_are_rounded(dtype: str) -> None:
    noise = np.random.default_rng(0).integers(0, 200, (9, 9, 2)).astype(dtype)
    exact = resize(noise.astype(np.float32), (5, 6))
    assert np.abs(resize(noise, (5, 6)) - exact).max() < (0.51 if dtype != "uint8" else 1.01)


def test_largest_numbers_do_not_wrap() -> None:
    assert (resize(np.full((4, 4, 1), 2**32 - 1, np.uint32), (3, 3)) == 2**32 - 1).all()
