"""Files of 16 bits a channel keep their levels, in colour too."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from imagecodecs import jpeg2k_encode, png_encode
from PIL import Image

from cnnsearch.inputs.pictures.decoding import decode
from cnnsearch.inputs.pictures.opened import UnreadableError, open_picture

LEVELS = np.random.default_rng(0).integers(0, 65536, (32, 31, 3), np.uint16)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def netpbm(kind: str, array: np.ndarray, most: int) -> bytes:
    head = f"{kind}\n# a comment\n{array.shape[1]} {array.shape[0]}\n{most}\n".encode()
    if kind in ("P5", "P6"):
        return head + array.astype(">u2").tobytes()
    return head + b"# another one\n" + " ".join(map(str, array.ravel())).encode()


@pytest.mark.parametrize(
    "content",
    [png_encode(LEVELS), netpbm("P6", LEVELS, 65535), netpbm("P3", LEVELS, 65535), jpeg2k_encode(LEVELS, level=0)],
    ids=["png", "ppm", "ppm-text", "jp2"],
)
def test_colours_keep_their_levels(content: bytes) -> None:
    picture = open_picture(content)
    assert (picture.channels, picture.cut) == (3, ())
    assert (picture.pixels == LEVELS).all()


@pytest.mark.parametrize("kind", ["P5", "P2"])
def test_grey_of_12_bits_stays_as_it_is(kind: str) -> None:
    levels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    assert (open_picture(netpbm(kind, levels, 4095)).pixels[:, :, 0] == levels).all()


def test_of_8_bits_pillow_reads_everything() -> None:
    for form in ("png", "ppm", "jpeg2000"):
        stream = io.BytesIO()
        Image.fromarray((LEVELS >> 8).astype(np.uint8)).save(stream, form)
        assert open_picture(stream.getvalue()).array is None


def test_transparency_is_white() -> None:
    colour = np.array([[[0, 100, 65535, 65535], [0, 100, 65535, 0]]], np.uint16)
    assert open_picture(png_encode(colour)).pixels.tolist() == [[[0, 100, 65535], [65535] * 3]]
    grey = np.array([[[7, 65535], [7, 0]]] * 2, np.uint16)
    assert open_picture(png_encode(grey)).pixels.tolist() == [[[7], [65535]]] * 2
    plain = png_encode(np.ascontiguousarray(colour[:, :, :3]))
    clear = plain[:33] + chunk(b"tRNS", struct.pack(">HHH", 0, 100, 65535)) + plain[33:]
    assert (open_picture(clear).pixels == 65535).all()


def test_it_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = png_encode(LEVELS)
    content = plain[:33] + chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")) + plain[33:]
    assert (open_picture(content).pixels == np.rot90(LEVELS, -1)).all()


def test_grey_is_made_of_colours_as_pillow_makes_it() -> None:
    expected = LEVELS.astype(float) @ [0.299, 0.587, 0.114]
    assert (decode(io.BytesIO(png_encode(LEVELS)), 1)[:, :, 0] == np.rint(expected)).all()


def test_damaged_pixels_are_damaged() -> None:
    for content in (png_encode(LEVELS)[:-200], netpbm("P6", LEVELS, 65535)[:-1]):
        with pytest.raises(UnreadableError):
            open_picture(content)
