from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.opening import open_files
from cnnsearch.inputs.pictures.pictures import ArrayPictures, PictureFile, decode

X = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)


def files(*paths):
    return [PictureFile(path, path.name) for path in paths]


def test_arrays_are_read_in_order_and_untouched() -> None:
    pictures = ArrayPictures(X)
    assert (pictures.shape, pictures.channels, pictures.dtype, len(pictures)) == ((4, 6), 3, np.uint8, 5)
    assert (pictures.read(np.array([3, 0])) == X[[3, 0]]).all()
    assert (pictures.read(np.array([3, 0]), (4, 6)) == X[[3, 0]]).all()
    assert pictures.read(np.array([3, 0]), (2, 2)).shape == (2, 2, 2, 3)
    assert (pictures.take(np.array([4])).read(np.array([0])) == X[4]).all()


def test_array_fingerprint_tells_shape_dtype_and_order() -> None:
    others = [X, X[::-1], X.astype(np.int16), X.reshape(5, 6, 4, 3), X[:4]]
    assert len({ArrayPictures(x).fingerprint for x in others}) == len(others)
    assert ArrayPictures(np.asfortranarray(X)).fingerprint == ArrayPictures(X).fingerprint


def test_files_equal_single_decoding(picture, tmp_path) -> None:
    paths = [picture(tmp_path / f"{seed}.png", seed, size=(8, 9)) for seed in range(4)]
    for hint in (None, (8, 9), (5, 5)):
        pictures, kept, unreadable = open_files(files(*paths), "auto", hint)
        assert kept.tolist() == [0, 1, 2, 3]
        assert unreadable == ()
        for size in (None, (5, 5), (12, 3)):
            read = pictures.read(np.array([2, 0]), size)
            assert (read == np.stack([decode(paths[2], 3, size), decode(paths[0], 3, size)])).all()


@pytest.mark.parametrize("hint", [None, (4, 4)])
def test_auto_is_grey_only_where_all_are(picture, tmp_path, hint) -> None:
    grey = [picture(tmp_path / f"{mode}.png", 1, mode=mode) for mode in ("1", "L", "LA")]
    palette = tmp_path / "palette.gif"
    Image.open(grey[1]).convert("P").save(palette)
    pictures, *_ = open_files(files(*grey, palette), "auto", hint)
    assert pictures.channels == 1
    mixed = [*grey, picture(tmp_path / "colour.png", 2)]
    pictures, *_ = open_files(files(*mixed), "auto", hint)
    read = pictures.read(np.arange(4), (4, 4))
    assert read.shape == (4, 4, 4, 3)
    assert (read == np.stack([decode(path, 3, (4, 4)) for path in mixed])).all()


@pytest.mark.parametrize(("color", "channels"), [("grey", 1), ("rgb", 3)])
@pytest.mark.parametrize("hint", [None, (4, 4)])
def test_named_colour_is_obeyed(picture, tmp_path, color, channels, hint) -> None:
    paths = [picture(tmp_path / "colour.png", 1), picture(tmp_path / "grey.png", 2, mode="L")]
    pictures, *_ = open_files(files(*paths), color, hint)
    read = pictures.read(np.arange(2), (4, 4))
    assert (read == np.stack([decode(path, channels, (4, 4)) for path in paths])).all()


@pytest.mark.parametrize("hint", [None, (4, 4)])
def test_unreadable_files_are_named_and_left_out(picture, tmp_path, monkeypatch, hint) -> None:
    good = [picture(tmp_path / f"{seed}.png", seed) for seed in range(2)]
    (tmp_path / "notes.jpg").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(good[0].read_bytes()[:60])
    (tmp_path / "empty.png").touch()
    (tmp_path / "drawn.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n%%EOF\n")
    huge = picture(tmp_path / "huge.png", 3, size=(50, 50))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1500)
    names = ["notes.jpg", "cut.png", "empty.png", "gone.png", "folder", "nul\0.png", "drawn.png"]
    (tmp_path / "folder").mkdir()
    listed = files(good[0], *(tmp_path / name for name in names), huge, good[1])
    pictures, kept, unreadable = open_files(listed, "rgb", hint)
    assert kept.tolist() == [0, 9]
    assert (pictures.read(np.arange(2), (4, 4)) == np.stack([decode(path, 3, (4, 4)) for path in good])).all()
    reasons = dict(line.split(": ", 1) for line in unreadable)
    assert reasons["notes.jpg"] == "not a picture"
    assert "truncated" in reasons["cut.png"]
    assert reasons["empty.png"] == "not a picture"
    assert reasons["gone.png"] == "there is no such file"
    assert reasons["folder"] == "a folder, not a file"
    assert "bomb" in reasons["huge.png"]
    assert "no picture but a program" in reasons["drawn.png"], "Ghostscript would run it"
    assert len(reasons) == 8


def test_different_sizes_need_one_to_be_named(picture, tmp_path) -> None:
    paths = [picture(tmp_path / "a.png", 1, size=(4, 9)), picture(tmp_path / "b.png", 2, size=(7, 9))]
    pictures, *_ = open_files(files(*paths), "auto", None)
    assert pictures.shape is None
    with pytest.raises(InputError, match=r"dataset\.image_size.*4 to 7 pixels high"):
        pictures.read(np.arange(2))
    assert pictures.read(np.arange(2), (5, 5)).shape == (2, 5, 5, 3)


def test_file_that_went_away_is_named(picture, tmp_path) -> None:
    path = picture(tmp_path / "a.png", 1)
    pictures, *_ = open_files(files(path), "auto", None)
    path.unlink()
    with pytest.raises(InputError, match=r"a\.png: there is no such file"):
        pictures.read(np.arange(1))


def test_taken_files_are_those(picture, tmp_path) -> None:
    paths = [picture(tmp_path / f"{seed}.png", seed) for seed in range(4)]
    for hint in (None, (3, 3)):
        pictures, *_ = open_files(files(*paths), "auto", hint)
        taken = pictures.take(np.array([3, 1]))
        assert (taken.read(np.arange(2), (3, 3)) == pictures.read(np.array([3, 1]), (3, 3))).all()
        assert taken.fingerprint not in (pictures.fingerprint, pictures.take(np.array([1, 3])).fingerprint)


def test_taken_files_have_their_own_shape(picture, tmp_path) -> None:
    paths = [picture(tmp_path / f"{side}.png", 1, size=(side, side)) for side in (4, 5)]
    pictures, *_ = open_files(files(*paths), "auto", None)
    assert pictures.take(np.array([1])).shape == (5, 5)


def test_fingerprint_does_not_depend_on_the_hint(picture, tmp_path) -> None:
    paths = files(*(picture(tmp_path / f"{seed}.png", seed) for seed in range(2)))
    found = {open_files(paths, "rgb", hint)[0].fingerprint for hint in (None, (3, 3), (6, 5))}
    assert len(found) == 1
    assert open_files(paths, "grey", None)[0].fingerprint not in found


def test_pictures_can_be_sent_to_another_process(picture, tmp_path) -> None:
    pictures, *_ = open_files(files(picture(tmp_path / "a.png", 1)), "auto", (4, 4))
    for sent in (pictures, ArrayPictures(X)):
        back = pickle.loads(pickle.dumps(sent))
        assert back.fingerprint == sent.fingerprint
        assert (back.read(np.array([0]), (4, 4)) == sent.read(np.array([0]), (4, 4))).all()


class TestSixteenBits:
    """Grey files of 16 bits, as X-rays and microscopes give them."""

    LEVELS = np.random.default_rng(0).integers(1000, 1100, (4, 6, 5), dtype=np.uint16)

    @pytest.fixture
    def wide(self, tmp_path):
        paths = [tmp_path / f"{number}.{form}" for number, form in enumerate(("png", "tif", "png", "tif"))]
        for path, levels in zip(paths, self.LEVELS, strict=True):
            Image.fromarray(levels).save(path)
        return paths

    @pytest.mark.parametrize("hint", [None, (6, 5), (3, 3)])
    def test_no_level_is_lost(self, wide, hint) -> None:
        pictures, kept, unreadable = open_files(files(*wide), "auto", hint)
        assert (kept.tolist(), unreadable, pictures.altered) == ([0, 1, 2, 3], (), ())
        assert (pictures.dtype, pictures.channels) == (np.uint16, 1)
        assert (pictures.read(np.arange(4))[..., 0] == self.LEVELS).all()
        small = pictures.take(np.array([2, 0])).read(np.arange(2), (3, 3))
        assert (small == np.stack([decode(wide[row], 1, (3, 3)) for row in (2, 0)])).all()

    def test_their_values_are_those_of_the_pictures_asked_for(self, wide) -> None:
        pictures, *_ = open_files(files(*wide), "auto", None)
        asked = np.array([1, 3])
        values = pictures.values(asked)
        assert (values.low, values.high, values.scale) == (self.LEVELS[asked].min(), self.LEVELS[asked].max(), None)

    @pytest.mark.parametrize("hint", [None, (6, 5)])
    def test_among_pictures_of_8_bits_these_are_widened_and_that_is_told(self, picture, wide, tmp_path, hint) -> None:
        narrow = picture(tmp_path / "narrow.png", 1, mode="L")
        pictures, *_ = open_files(files(narrow, *wide), "auto", hint)
        assert pictures.altered == (
            "1 of 5 pictures have 8 bits and are widened to the 16 of the others, values times 257 "
            "(the first one: narrow.png)",
        )
        read = pictures.read(np.arange(5))
        assert (read[0] == decode(narrow, 1).astype(np.uint16) * 257).all()
        assert (read[1:, ..., 0] == self.LEVELS).all()

    def test_they_are_other_pictures_than_those_of_8_bits_were(self, wide) -> None:
        """Studies of an older version were trained on what was left of them."""
        import hashlib

        pictures, *_ = open_files(files(*wide), "auto", None)
        assert pictures.fingerprint != hashlib.sha256(b"".join((b"1", *pictures.digests))).hexdigest()


class TestOtherNumbers:
    """Files of signed, 32-bit and floating-point pixels, and of any number of channels."""

    @pytest.mark.parametrize("hint", [None, (6, 5), (3, 3)])
    @pytest.mark.parametrize(("dtype", "channels"), [("int16", 1), ("int32", 3), ("float32", 1), ("uint8", 5)])
    def test_they_are_read_as_they_are(self, tmp_path, dtype, channels, hint) -> None:
        x = np.random.default_rng(0).normal(0, 50, (3, 6, 5, channels)).astype(dtype)
        paths = [tmp_path / f"{number}.tif" for number in range(3)]
        for path, array in zip(paths, x, strict=True):
            written_tiff(path, array)
        pictures, kept, unreadable = open_files(files(*paths), "auto", hint)
        assert (kept.tolist(), unreadable, pictures.altered) == ([0, 1, 2], (), ())
        assert (pictures.dtype, pictures.channels, pictures.shape) == (dtype, channels, (6, 5))
        assert (pictures.read(np.arange(3)) == x).all()
        asked = np.array([2, 0])
        if dtype != "uint8":
            assert pictures.values(asked) == ArrayPictures(x).values(asked)
        assert pictures.take(asked).read(np.arange(2), (3, 3)).dtype == dtype

    @pytest.mark.parametrize("hint", [None, (4, 4)])
    def test_what_is_of_another_kind_than_most_is_left_out_by_name(self, picture, tmp_path, hint) -> None:
        paths = [tmp_path / f"{number}.tif" for number in range(4)]
        for number, path in enumerate(paths):
            written_tiff(path, np.full((4, 4, 1), -number, np.int16))
        odd = [picture(tmp_path / "a.png", 1, mode="L"), tmp_path / "b.tif"]
        written_tiff(odd[1], np.zeros((4, 4, 2), np.int16))
        pictures, kept, unreadable = open_files(files(*odd, *paths), "auto", hint)
        assert unreadable == (
            "a.png: 1 channel of uint8, among pictures of 1 channel of int16",
            "b.tif: 2 channels of int16, among pictures of 1 channel of int16",
        )
        assert kept.tolist() == [2, 3, 4, 5]
        assert pictures.read(np.arange(4), (4, 4))[:, 0, 0, 0].tolist() == [0, -1, -2, -3]

    def test_among_most_of_8_bits_too(self, picture, tmp_path) -> None:
        paths = [picture(tmp_path / f"{seed}.png", seed, size=(4, 4)) for seed in range(2)]
        written_tiff(tmp_path / "odd.tif", np.zeros((4, 4, 1), np.float32))
        pictures, kept, unreadable = open_files(files(tmp_path / "odd.tif", *paths), "auto", (4, 4))
        assert (kept.tolist(), len(unreadable), pictures.dtype) == ([1, 2], 1, np.uint8)
        assert (pictures.read(np.array([0]), (4, 4))[0] == decode(paths[0], 3)).all()

    def test_files_of_colour_that_are_asked_for_in_grey(self, tmp_path) -> None:
        written_tiff(tmp_path / "a.tif", np.full((4, 4, 3), 30_000, np.int32))
        written_tiff(tmp_path / "b.tif", np.full((4, 4, 5), 30_000, np.int32))
        pictures, _, unreadable = open_files(files(tmp_path / "a.tif", tmp_path / "b.tif"), "grey", None)
        assert (pictures.read(np.array([0])) == 30_000).all()
        assert pictures.channels == 1
        assert unreadable == ("b.tif: has 5 channels, and 1 are needed",)


def written_tiff(path, array) -> None:
    import tifffile

    keys = {"photometric": "minisblack", "planarconfig": "contig"} if array.shape[2] > 1 else {}
    tifffile.imwrite(path, array if array.shape[2] > 1 else array[:, :, 0], **keys)


def test_what_of_files_is_not_used_is_told_once(tmp_path) -> None:
    black, red = (Image.new("RGB", (5, 6), colour) for colour in ("black", "red"))
    black.save(tmp_path / "a.png")
    for name in ("b.gif", "c.gif"):
        black.save(tmp_path / name, save_all=True, append_images=[red])
    pictures, *_ = open_files(files(*sorted(tmp_path.iterdir())), "auto", None)
    assert pictures.altered == (
        "2 of 3 pictures are read without the frames or pages after the first one (the first one: b.gif)",
    )


def test_values_of_arrays_are_those_of_the_pictures_asked_for() -> None:
    x = np.zeros((600, 2, 2, 1), np.float32)
    x[599], x[3] = 1, 7
    asked = np.array([0, 1, 599])
    assert ArrayPictures(x).values(asked).scale == (0, 1)
    assert ArrayPictures(x).values(np.arange(600)).high == 7
