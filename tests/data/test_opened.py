"""Odd files: what stands beside the pixels never decides, and what is not used is told."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.decoding import decode
from cnnsearch.inputs.pictures.opened import FRAMES, UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.wide import has_more_bits

HALVES = np.tile(np.uint8([0, 255]).repeat(8)[:, None], (8, 1, 3))
"""``(8, 16, 3)``: black at the left, white at the right."""

TEXT, SIGNED, RATIONALS, SHORT, LONG = 2, 10, 10, 3, 4


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def block(entries: list[tuple[int, int, int, bytes]], at: int) -> bytes:
    """A directory of EXIF; what does not fit into four bytes stands behind it."""
    head, data, base = struct.pack("<H", len(entries)), b"", at + 6 + 12 * len(entries)
    for tag, kind, count, value in sorted(entries):
        head += struct.pack("<HHI", tag, kind, count)
        head += value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", base + len(data))
        data += value if len(value) > 4 else b""
    return head + bytes(4) + data


def photograph(odd: tuple[int, int, int, bytes], in_gps: bool = False) -> bytes:
    """A JPEG file that must be turned by 90 degrees, with an odd field."""
    entries = [(0x112, SHORT, 1, struct.pack("<H", 6)), *([(0x8825, LONG, 1, bytes(4))] if in_gps else [odd])]
    at = 8 + len(block(entries, 8))
    entries = [(*entry[:3], struct.pack("<I", at)) if entry[0] == 0x8825 else entry for entry in entries]
    exif = b"Exif\0\0II*\0\x08\0\0\0" + block(entries, 8) + (block([odd], at) if in_gps else b"")
    plain = saved(Image.fromarray(HALVES), "jpeg")
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Pillow warns about odd files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize(
    ("odd", "in_gps"),
    [
        ((0x11A, SIGNED, 1, struct.pack("<ii", -1, 0)), False),
        ((0x11A, TEXT, 3, b"72\0"), False),
        ((0x100, TEXT, 5, b"4032\0\0"), False),
        ((0x106, SHORT, 3, struct.pack("<HHH", 2, 2, 2)), False),
        ((2, RATIONALS, 3, struct.pack("<6i", -1, 1, 2, 1, 3, 1)), True),
        ((7, TEXT, 9, b"12:00:00\0\0"), True),
        ((0, TEXT, 4, b"220\0"), True),
    ],
    ids=["below-0", "resolution-text", "width-text", "three-numbers", "latitude", "time-text", "version-text"],
)
def test_odd_exif_is_turned_all_the_same(odd: tuple[int, int, int, bytes], in_gps: bool) -> None:
    picture = decode(io.BytesIO(photograph(odd, in_gps)), 1)
    assert picture.shape == (16, 8, 1)
    assert picture[0, 0, 0] < 50, "turned clockwise, what was at the left comes to the top"
    assert picture[-1, 0, 0] > 200


@pytest.mark.parametrize("value", [0, 9])
def test_an_orientation_that_is_none_turns_nothing(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert decode(io.BytesIO(saved(Image.fromarray(HALVES), "png", exif=exif)), 3).shape == (8, 16, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_that_of_pillow(orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    noise = np.random.default_rng(0).integers(0, 256, (3, 5, 3), dtype=np.uint8)
    content = saved(Image.fromarray(noise), "png", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert (decode(io.BytesIO(content), 3) == np.asarray(upright)).all()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class TestPng:
    def test_large_texts_and_profiles_do_not_decide(self) -> None:
        note = PngImagePlugin.PngInfo()
        note.add_text("history", "x" * 2_000_000, zip=True)
        for odd in ({"pnginfo": note}, {"icc_profile": b"x" * 2_000_000}):
            assert (decode(io.BytesIO(saved(Image.fromarray(HALVES), "png", **odd)), 3) == HALVES).all()

    def test_a_damaged_text_does_not_decide_and_the_picture_is_still_turned(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        plain = saved(Image.fromarray(HALVES), "png", exif=exif)
        odd = chunk(b"tEXt", b"a\0b")[:-1] + b"?"
        content = plain[:33] + odd + plain[33:]  # behind the signature and the header
        assert decode(io.BytesIO(content), 3).shape == (16, 8, 3)

    def test_transparency_is_kept_without_the_texts(self) -> None:
        plain = saved(Image.fromarray(HALVES), "png", transparency=(0, 0, 0))
        content = plain[:33] + chunk(b"iCCP", b"odd") + plain[33:]
        assert decode(io.BytesIO(content), 3).min() == 255

    def test_damaged_pixels_are_damaged(self) -> None:
        content = saved(Image.fromarray(HALVES), "png")
        at = content.index(b"IDAT") + 8
        with pytest.raises(UnreadableError):
            open_picture(content[:at] + b"????" + content[at + 4 :])


class TestJpeg:
    @pytest.mark.parametrize(
        ("marker", "odd"),
        [(0xE0, b"JFIF\0"), (0xEE, b"Adobe\x07"), (0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\x10\0")],
        ids=["short-jfif", "short-adobe", "cut-photoshop"],
    )
    def test_odd_segments_of_applications_do_not_decide_and_the_picture_is_still_turned(
        self, marker: int, odd: bytes
    ) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        plain = saved(Image.fromarray(HALVES), "jpeg", exif=exif)
        content = plain[:2] + b"\xff\xff" + struct.pack(">BH", marker, len(odd) + 2) + odd + plain[2:]
        assert (decode(io.BytesIO(content), 3) == decode(io.BytesIO(plain), 3)).all()
        assert decode(io.BytesIO(content), 3).shape == (16, 8, 3)

    def test_four_inks_keep_their_meaning(self) -> None:
        plain = saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpeg")
        content = plain[:2] + b"\xff\xe0" + struct.pack(">H", 7) + b"JFIF\0" + plain[2:]
        assert (decode(io.BytesIO(content), 3) == decode(io.BytesIO(plain), 3)).all()


class TestReadFile:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_named_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(UnreadableError, match="a named pipe, not a file"):
            read_file(tmp_path / "pipe.png")
        with pytest.raises(InputError, match=rf"{tmp_path}/pipe\.png: a named pipe"):
            decode(tmp_path / "pipe.png", 3)

    def test_a_folder_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableError, match="a folder, not a file"):
            read_file(tmp_path)


class TestCut:
    @pytest.mark.parametrize("form", ["gif", "tiff", "webp", "png"])
    def test_frames_and_pages_after_the_first(self, form: str) -> None:
        black, red = (Image.new("RGB", (8, 8), colour) for colour in ("black", "red"))
        several = open_picture(saved(black, form, save_all=True, append_images=[red], lossless=True))
        assert several.cut == (FRAMES,)
        assert np.asarray(several.image).max() == 0
        assert open_picture(saved(black, form)).cut == ()

    def test_nothing_of_sixteen_bits(self) -> None:
        assert open_picture(saved(Image.new("I;16", (4, 4)), "png")).cut == ()

    def test_the_last_bits_of_avif(self) -> None:
        content = saved(Image.new("RGB", (4, 4)), "avif")
        assert open_picture(content).cut == ()
        at = content.index(b"av1C") + 6
        assert has_more_bits(content[:at] + bytes([content[at] | 0x40]) + content[at + 1 :])
