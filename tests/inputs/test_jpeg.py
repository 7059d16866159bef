"""JPEG files: the same pixels as Pillow gives; at a part of their size what differs, and who decodes how."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.inputs.pictures.decoding import decode, decoder_of, open_at, picture_array
from cnnsearch.inputs.pictures.jpeg import open_jpeg
from cnnsearch.inputs.pictures.opened import UnreadableError, open_picture

ROWS, COLUMNS = np.mgrid[:160, :240]
SMOOTH = np.stack([ROWS, COLUMNS, ROWS // 2 + COLUMNS // 2], axis=2).astype(np.uint8)


def jpeg(mode: str = "RGB", turned: int | None = None, form: str = "JPEG") -> bytes:
    image, stream, exif = Image.fromarray(SMOOTH).convert(mode), io.BytesIO(), Image.Exif()
    if turned is not None:
        exif[0x0112] = turned
    image.save(stream, form, exif=exif, **({"quality": 95} if form == "JPEG" else {}))
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("turned", [None, 3, 6, 8])
@pytest.mark.parametrize("size", [(20, 30), (64, 64), (70, 70)])
def test_smooth_pictures_are_nearly_the_same(mode: str, turned: int | None, size: tuple[int, int]) -> None:
    content, channels = jpeg(mode, turned), 3 if mode == "RGB" else 1
    full, reduced = (decode(io.BytesIO(content), channels, size, None, how) for how in ("full", "reduced"))
    assert full.shape == reduced.shape == (*size, channels)
    assert open_jpeg(content, size, "reduced") is not None
    assert np.abs(full.astype(int) - reduced).max() <= 6
    assert open_at(content, size, "reduced")[1] == open_at(content, size, "full")[1]


@pytest.mark.parametrize(
    ("size", "decoded"), [((20, 30), (40, 60)), ((21, 30), (60, 90)), ((50, 50), (100, 150)), ((81, 20), (160, 240))]
)
def test_it_is_decoded_to_twice_what_is_asked_for(size: tuple[int, int], decoded: tuple[int, int]) -> None:
    found, own = open_jpeg(jpeg(), size, "reduced") or pytest.fail("decoded by Pillow")
    assert found.size == decoded
    assert own == (160, 240)
    assert (open_jpeg(jpeg(), size, "full") or pytest.fail("decoded by Pillow"))[0].size == (160, 240)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1, "quality": 40}])
@pytest.mark.parametrize("turned", [None, *range(1, 9)])
def test_all_of_it_is_what_pillow_gives(mode: str, options: dict[str, Any], turned: int | None) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    stream, exif = io.BytesIO(), Image.Exif()
    if turned is not None:
        exif[0x0112] = turned
    Image.fromarray(noise).convert(mode).save(stream, "JPEG", exif=exif, **options)
    found, own = open_jpeg(stream.getvalue(), None, "full") or pytest.fail("decoded by Pillow")
    expected = open_picture(stream.getvalue())
    assert (found.pixels == expected.pixels).all()
    assert own == expected.size == found.size
    assert (found.channels, found.is_plain) == (expected.channels, True)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_grey_and_colour_become_each_other_as_ever(mode: str) -> None:
    content = jpeg(mode)
    found, _ = open_jpeg(content, None, "full") or pytest.fail("decoded by Pillow")
    for channels in (1, 3):
        assert (picture_array(found, channels) == picture_array(open_picture(content), channels)).all()


def test_what_xmp_says_of_which_way_is_up_counts() -> None:
    stream = io.BytesIO()
    told = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'
    Image.fromarray(SMOOTH).save(stream, "JPEG", xmp=told)
    assert open_at(stream.getvalue(), None, "full")[1] == open_picture(stream.getvalue()).size == (240, 160)


@pytest.mark.parametrize(("mode", "form"), [("RGB", "PNG"), ("CMYK", "JPEG"), ("P", "PNG"), ("RGB", "WEBP")])
def test_other_files_are_decoded_as_ever(mode: str, form: str) -> None:
    content = jpeg(mode, form=form)
    assert open_jpeg(content, (20, 30), "reduced") is None
    assert (decode(io.BytesIO(content), 3, (20, 30), None, "reduced") == decode(io.BytesIO(content), 3, (20, 30))).all()


def test_damaged_files_are_told_as_ever() -> None:
    content = jpeg()
    for harmed in (content[: len(content) // 2], content[:30], b""):
        with pytest.raises(UnreadableError) as reduced:
            open_at(harmed, (20, 30), "reduced")
        with pytest.raises(UnreadableError) as full:
            open_at(harmed, (20, 30), "full")
        assert str(reduced.value) == str(full.value)


def test_too_many_pixels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(UnreadableError, match="too large"):
        open_at(jpeg(), (20, 30), "reduced")


def test_the_decoder_tells_what_it_is() -> None:
    assert decoder_of("full") != decoder_of("reduced")
    assert "simplejpeg" in decoder_of("reduced")


def test_a_study_of_before_goes_on_with_all_of_every_picture() -> None:
    keys = {"name": "x", "dataset": {"source": "directory", "path": "p"}, "space": {"filters": 4}}
    assert Experiment(**keys).dataset.decoding == "reduced"
    with reading_a_record():
        assert Experiment(**keys).dataset.decoding == "full"
        told = Experiment(**{**keys, "dataset": {**keys["dataset"], "decoding": "reduced"}})
        assert told.dataset.decoding == "reduced"
        assert Experiment(**{**keys, "dataset": {"source": "digits"}}).dataset.source == "digits"
